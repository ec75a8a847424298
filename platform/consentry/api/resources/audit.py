"""The audit trail."""

from typing import Any

from consentry.api.models.common import page_of, read_place
from consentry.api.models.records import EventPage, WhichEvents, event_shown
from consentry.api.operation import Call, Resource
from consentry.api.problems import Fault, Problem
from consentry.operations.audit import audit_page
from consentry.operations.lists import paged
from consentry.store.trail import AuditFilter

audit = Resource("audit", "Who did what to what, when and from where.")


@audit("GET", "/audit", "audit.read", query=WhichEvents, answer=EventPage)
async def list_events(call: Call[WhichEvents, None]) -> Any:
    """Events, newest first."""
    query = call.query
    place = read_place(query.after, int)
    found = await audit_page(call.ctx, _asked(query), before=place, limit=query.limit + 1)
    page = paged(found, query.limit, lambda row: str(row.seq))
    return page_of(EventPage, [event_shown(row) for row in page.items], page)


def _asked(query: WhichEvents) -> AuditFilter:
    if (query.target_kind is None) != (query.target_id is None):
        fault = Fault("target_kind", "goes together with target_id")
        raise Problem(400, "invalid_query", "a parameter is wrong", [fault])
    target = (query.target_kind, query.target_id) if query.target_kind and query.target_id else None
    return AuditFilter(query.actor_id, query.action, target, query.since, query.until)
