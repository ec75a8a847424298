"""Who did what here: filtered, walked, exported."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response, StreamingResponse

from consentry.operations.audit import audit_page
from consentry.operations.audit_export import csv_lines, json_lines
from consentry.operations.errors import NotFound
from consentry.operations.lists import usernames_of
from consentry.operations.permissions import require
from consentry.operations.users import get_user
from consentry.store.trail import AuditFilter
from consentry_admin.listing import Listing, address
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.trail import event_view, targeted
from consentry_admin.visit import Visit, asked

AUDIT = f"{HOME}/audit"
EXPORT = f"{AUDIT}/export"
PAGE_SIZE = 50
ASKED = ("who", "action", "kind", "id", "since", "until")
FORMS = {
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "jsonl": (json_lines, "application/jsonl"),
}


@for_administrator
async def show(visit: Visit) -> Response:
    """Newest first. who: a username or e-mail; since, until: days (UTC), both included."""
    query, before = _query(visit), visit.request.query_params.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else None
    rows = await audit_page(
        visit.ctx, await _filter(visit, query), before=start, limit=PAGE_SIZE + 1
    )
    shown = rows[:PAGE_SIZE]
    names = await usernames_of(visit.ctx, targeted(shown))
    listing = Listing(
        AUDIT,
        [event_view(row, names) for row in shown],
        previous=address(AUDIT, **query) if start is not None else None,
        next=address(AUDIT, **query, before=str(shown[-1].seq)) if len(rows) > PAGE_SIZE else None,
    )
    exports = {form: address(EXPORT, form=form, **query) for form in FORMS}
    return visit.page(
        "tenant/audit.html",
        events=listing,
        asked={name: query.get(name, "") for name in ASKED},
        exports=exports,
    )


@for_administrator
async def download(visit: Visit) -> Response:
    """The same events, all of them and oldest first, as a file."""
    await require(visit.ctx, "audit.read")
    form = visit.request.query_params.get("form", "jsonl")
    if form not in FORMS:
        raise NotFound("form", form)
    write, media_type = FORMS[form]
    lines = write(visit.ctx.store.audit, await _filter(visit, _query(visit)))
    return StreamingResponse(
        _encoded(lines),
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="audit.{form}"',
        },
        media_type=media_type,
    )


async def _encoded(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line.encode()


def _query(visit: Visit) -> dict[str, str]:
    found = {name: asked(visit, name, 500) for name in ASKED}
    return {name: text for name, text in found.items() if text}


async def _filter(visit: Visit, query: dict[str, str]) -> AuditFilter:
    until = _day(query.get("until"))
    kind, id = query.get("kind"), query.get("id")
    return AuditFilter(
        actor_id=await _actor(visit, query.get("who")),
        action=query.get("action"),
        target=(kind, id) if kind and id else None,
        since=_day(query.get("since")),
        until=until + timedelta(days=1) if until else None,
    )


async def _actor(visit: Visit, who: str | None) -> str | None:
    """The id of a person; any other text is an id itself, such as a client's."""
    if who is None:
        return None
    try:
        return str((await get_user(visit.ctx, who[:320])).user_id)
    except NotFound:
        return who


def _day(text: str | None) -> datetime | None:
    """Its first moment; None for what is no day."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    # The last day of the calendar has no next one.
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if found.year < 9999 else None
