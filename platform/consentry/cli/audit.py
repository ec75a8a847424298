"""`consentry audit`."""

import argparse
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from consentry.cli.errors import Failed
from consentry.cli.output import show, table
from consentry.cli.session import on_deployment
from consentry.cli.times import read_time
from consentry.cli.words import command, verbs, whose

if TYPE_CHECKING:
    from consentry.store.trail import Audit, AuditFilter
    from consentry.tenancy.deployment import Deployment

Result = TypeVar("Result")
_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "audit", "who did what")
    parser = command(verb, "list", list_events, "the newest events")
    whose(parser, "the deployment's own: tenants and operators")
    _filter(parser)
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    parser = command(verb, "verify", verify, "whether the trail is as it was written")
    whose(parser, "the deployment's own: tenants and operators")
    parser.add_argument(
        "--noted", metavar="SEQ:DIGEST", help="an event as an earlier `verify` told it"
    )
    parser = command(verb, "export", export, "every event, oldest first, as JSON Lines")
    whose(parser, "the deployment's own: tenants and operators")
    _filter(parser)
    parser.add_argument("--csv", action="store_true", help="as CSV for a spreadsheet")


def _filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--actor", metavar="ID", help="what this user or client did")
    parser.add_argument("--action", metavar="NAME", help="such as client.create")
    parser.add_argument("--target", metavar="KIND:ID", help="such as client:printer")
    parser.add_argument("--since", metavar="TIME", help="from then on, such as 2026-01-31T12:00Z")
    parser.add_argument("--until", metavar="TIME", help="before then")


def list_events(asked: argparse.Namespace) -> int:
    """Print the newest events."""
    from consentry.operations.audit import described

    if asked.limit < 1:
        raise Failed("--limit: must be at least 1")
    wanted = _asked(asked)

    async def work(audit: "Audit") -> list[dict[str, Any]]:
        return [described(row) for row in await audit.page(wanted, limit=asked.limit)]

    rows = _on_trail(asked, work)
    shown = [
        {
            **row,
            "at": row["at"][:19] + "Z",
            "actor": row["actor_name"] or row["actor_id"] or row["actor_kind"],
            "target": " ".join(filter(None, (row["target_kind"], row["target_id"]))),
        }
        for row in rows
    ]
    show(asked, rows, table(shown, ("seq", "at", "actor", "action", "target", "address")))
    return 0


def verify(asked: argparse.Namespace) -> int:
    """Compare every digest; fails with the first event that is not as it was written."""
    from consentry.operations.audit_chain import verify as verify_trail

    noted = None
    if asked.noted:
        found = _NOTED.fullmatch(asked.noted)
        if found is None:
            raise Failed("--noted: write SEQ:DIGEST as `verify` prints it")
        noted = (int(found[1]), found[2])
    is_begun = not asked.operators
    done = _on_trail(asked, lambda audit: verify_trail(audit, noted, is_begun=is_begun))
    text = f"{done.events} events are as they were written"
    if done.events:
        text += f"; the last one is {done.last}:{done.digest}"
    show(asked, asdict(done), text)
    return 0


def export(asked: argparse.Namespace) -> int:
    """Print every event."""
    from consentry.operations.audit_export import csv_lines, json_lines

    wanted, lines = _asked(asked), csv_lines if asked.csv else json_lines

    async def work(audit: "Audit") -> None:
        async for line in lines(audit, wanted):
            sys.stdout.write(line)

    _on_trail(asked, work)
    return 0


def _on_trail(asked: argparse.Namespace, work: "Callable[[Audit], Awaitable[Result]]") -> "Result":
    async def opened(found: "Deployment") -> Result:
        from consentry.operations.tenants import get_tenant
        from consentry.tenancy.actor import OPERATORS

        tenant_id = OPERATORS
        if not asked.operators:
            tenant_id = (await get_tenant(found.store, asked.tenant)).tenant_id
        return await work(found.store.inside(tenant_id).audit)

    return on_deployment(opened)


def _asked(asked: argparse.Namespace) -> "AuditFilter":
    from consentry.store.trail import AuditFilter

    target = None
    if asked.target is not None:
        kind, colon, name = asked.target.partition(":")
        if not colon:
            raise Failed("--target: write KIND:ID, such as client:printer")
        target = (kind, name)
    return AuditFilter(
        actor_id=asked.actor,
        action=asked.action,
        target=target,
        since=read_time("--since", asked.since),
        until=read_time("--until", asked.until),
    )
