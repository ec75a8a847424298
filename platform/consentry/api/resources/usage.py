"""Which clients are in use."""

from typing import Any

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.records import OfClient, UsePage, use_shown
from consentry.api.operation import Call, Resource
from consentry.operations.lists import uses_page

usage = Resource("usage", "When clients last proved themselves, by protocol.")


@usage("GET", "/usage", "usage.read", query=OfClient, answer=UsePage)
async def list_uses(call: Call[OfClient, None]) -> Any:
    """Last uses by client and protocol, of one client or of all.

    A developer names a client. Times are kept in batches and may be a minute behind.
    """
    place = read_cursor(call.query.after, str, str)
    page = await uses_page(
        call.ctx,
        client_id=call.query.client_id,
        after=(place[0], place[1]) if place else None,
        limit=call.query.limit,
    )
    return page_of(UsePage, [use_shown(row) for row in page.items], page)
