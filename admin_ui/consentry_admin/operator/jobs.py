"""The work in the background: jobs, what waits, and what was tried in vain."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import jobs
from consentry.operations.dead_letters import dead_page, retry_these
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.records.job import JobRow
from consentry.spec.forms import Form
from consentry_admin.listing import Listing, newest, place_of
from consentry_admin.visit import Visit, for_person

JOBS: Final = "/admin/jobs"
PAGE_SIZE: Final = 20


@for_person
async def show(visit: Visit) -> Response:
    """How all of it goes. `before`: where the list of dead letters goes on; `still`: the page
    does not look again by itself."""
    return await _page(visit)


@for_person
async def act(visit: Visit) -> Response:
    """Do what a button says, and show the page again; 409 where something is in the way."""
    form = await visit.form()
    try:
        done = await _done(visit, form)
    except Refused as refusal:
        status = 409 if isinstance(refusal, Conflict) else 400
        return await _page(visit, error=refusal.reason, status=status)
    return go(JOBS, done=done)


async def _done(visit: Visit, form: Form) -> str:
    name = form.get("act") or ""
    if name in _OF_A_JOB:
        change, done = _OF_A_JOB[name]
        await change(visit.ctx.deployment, form.get("job") or "", actor=visit.ctx.actor)
        return done
    if name != "retry":
        raise Refused("act", "Choose what is to be done.")
    if not await retry_these(visit.ctx, _named(form.get("effects") or "")):
        raise NotFound("effect", "")
    return "retried"


_OF_A_JOB: Final[Mapping[str, tuple[Callable[..., Awaitable[None]], str]]] = {
    "run": (jobs.hasten_job, "hastened"),
    "pause": (jobs.pause_job, "paused"),
    "resume": (jobs.resume_job, "resumed"),
}
"""What a button of a job does, and what is said then."""


def _named(text: str) -> list[tuple[UUID, UUID]]:
    """Tenants and effects, as `DeadLetter.key` names them; what is no such name is left out."""
    found = []
    for one in text.split()[:PAGE_SIZE]:
        tenant_id, _, effect_id = one.partition(".")
        try:
            found.append((UUID(hex=tenant_id), UUID(hex=effect_id)))
        except ValueError:
            continue
    return found


async def _page(visit: Visit, *, error: str | None = None, status: int = 200) -> Response:
    deployment, actor = visit.ctx.deployment, visit.ctx.actor
    states = await jobs.list_jobs(deployment, actor=actor)
    swept = next((one.row for one in states if one.job.name == "sweep"), None)
    return visit.page(
        "operator/jobs.html",
        status=status,
        error=error,
        jobs=states,
        tables=_tables(swept),
        backlog=await jobs.backlog(deployment, actor=actor),
        letters=await _letters(visit),
        is_still="still" in visit.request.query_params,
        now=visit.ctx.now().astimezone(UTC),
    )


def _tables(row: JobRow | None) -> list[tuple[str, dict[str, Any]]]:
    """What the last sweep did in each table: those with something to tell, the latest first."""
    told = row.detail.items() if row else ()
    some = [
        one for one in told if one[1]["rows"] or one[1]["oldest_expired_s"] or one[1]["problem"]
    ]
    return sorted(some, key=lambda one: (-one[1]["oldest_expired_s"], one[0]))


async def _letters(visit: Visit) -> Listing:
    before = visit.request.query_params.get("before", "")
    found = await dead_page(visit.ctx, before=place_of(before), limit=PAGE_SIZE)
    return newest(JOBS, found.items, before=before, onward=found.next)
