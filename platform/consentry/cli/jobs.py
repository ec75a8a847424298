"""`consentry jobs`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.authorization import read_id
from consentry.cli.errors import Failed
from consentry.cli.output import show, stamp, table
from consentry.cli.session import command_line, on_deployment
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.operations.jobs import JobState
    from consentry.records.outbox import Effect
    from consentry.tenancy.deployment import Deployment

COLUMNS = ("name", "state", "last_run", "rows", "seconds", "next", "error")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "jobs", "what runs in the background")
    command(verb, "list", list_all, "every job, how its last run went, and what waits")
    for name, do, text in (
        ("run", run, "run a job here and now, unless it runs already"),
        ("pause", pause, "let a job not begin until it is resumed"),
        ("resume", resume, "let a paused job run again"),
    ):
        named(command(verb, name, do, text), "NAME", "the job")
    parser = command(verb, "dead", dead, "effects that were tried in vain, the last one first")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    parser = command(verb, "retry", retry, "try an effect again that is finished")
    named(parser, "ID", "the effect")
    parser.add_argument("--tenant", metavar="SLUG", help="whose it is (the base host's)")


def list_all(asked: argparse.Namespace) -> int:
    """Print every job and the backlog."""

    async def work(found: "Deployment") -> dict[str, Any]:
        from consentry.operations.jobs import backlog, list_jobs

        waits = await backlog(found, actor=command_line())
        states = await list_jobs(found, actor=command_line())
        return {
            "jobs": [_described(one) for one in states],
            "effects": {
                "waiting": waits.waiting,
                "dead": waits.dead,
                "oldest_due_at": stamp(waits.oldest_due_at),
            },
        }

    made = on_deployment(work)
    waits = made["effects"]
    text = f"{waits['waiting']} effects wait, {waits['dead']} are dead"
    show(asked, made, f"{table(made['jobs'], COLUMNS)}\n{text}")
    return 0


def run(asked: argparse.Namespace) -> int:
    """Run a job in this process, also one that is not due; not one that is paused."""

    async def work(found: "Deployment") -> dict[str, Any]:
        from consentry.operations.jobs import hasten_job, list_jobs
        from consentry_workers.running import JobRunner

        await hasten_job(found, asked.name, actor=command_line())
        if not await JobRunner(found).run(asked.name):
            raise Failed(f"{asked.name} is paused, or another process has just begun it")
        states = await list_jobs(found, actor=command_line())
        return next(_described(one) for one in states if one.job.name == asked.name)

    ran = on_deployment(work)
    if ran["error"]:
        raise Failed(f"{asked.name}: {ran['error']}")
    show(asked, ran, f"{asked.name}: {ran['rows']} rows in {ran['seconds']} s")
    return 0


def pause(asked: argparse.Namespace) -> int:
    """Pause a job."""
    from consentry.operations.jobs import pause_job

    return _done(asked, pause_job, "paused")


def resume(asked: argparse.Namespace) -> int:
    """Resume a job."""
    from consentry.operations.jobs import resume_job

    return _done(asked, resume_job, "active")


def _done(asked: argparse.Namespace, change: Any, state: str) -> int:
    on_deployment(lambda found: change(found, asked.name, actor=command_line()))
    show(asked, {"job": asked.name, "state": state}, f"job {asked.name} is {state}")
    return 0


def dead(asked: argparse.Namespace) -> int:
    """Print effects tried in vain."""

    async def work(found: "Deployment") -> list[dict[str, Any]]:
        from consentry.operations.jobs import dead_effects

        rows = await dead_effects(found, limit=asked.limit, actor=command_line())
        slugs = await _slugs(found, {one.tenant_id for one in rows})
        return [_told(one, slugs.get(one.tenant_id, "")) for one in rows]

    rows = on_deployment(work)
    columns = ("id", "tenant", "kind", "subject", "attempts", "finished_at", "outcome")
    show(asked, rows, table(rows, columns))
    return 0


def retry(asked: argparse.Namespace) -> int:
    """Try one again."""
    effect_id = read_id(asked.id)

    async def work(found: "Deployment") -> None:
        from consentry.operations.jobs import retry_effect
        from consentry.operations.tenants import get_tenant
        from consentry.tenancy.actor import OPERATORS

        tenant_id = OPERATORS
        if asked.tenant:
            tenant_id = (await get_tenant(found.store, asked.tenant)).tenant_id
        await retry_effect(found, tenant_id, effect_id, actor=command_line())

    on_deployment(work)
    show(asked, {"effect": effect_id.hex, "state": "waiting"}, f"effect {effect_id.hex} waits")
    return 0


async def _slugs(found: "Deployment", ids: set[Any]) -> dict[Any, str]:
    rows = [await found.store.tenants.get(one) for one in ids]
    return {row.tenant_id: row.slug for row in rows if row is not None}


def _told(one: "Effect", slug: str) -> dict[str, Any]:
    return {
        "id": one.effect_id.hex,
        "tenant": slug,
        "kind": one.kind,
        "subject": one.subject,
        "attempts": one.attempts,
        "created_at": stamp(one.created_at),
        "finished_at": stamp(one.finished_at),
        "outcome": one.outcome,
    }


def _described(one: "JobState") -> dict[str, Any]:
    row = one.row
    if row is None:
        return {"name": one.job.name, "state": "never run", "rows": 0, "seconds": 0, "error": ""}
    return {
        "name": one.job.name,
        "state": one.state,
        "last_run": stamp(row.started_at),
        "rows": row.rows,
        "seconds": row.duration_ms / 1_000,
        "next": stamp(row.due_at),
        "error": row.error,
        "detail": row.detail,
    }
