"""How clients are used, and when they last were."""

from typing import Any

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.records import (
    OfClient,
    Stretches,
    UsageShown,
    UsePage,
    usage_shown,
    use_shown,
)
from consentry.api.operation import Call, Resource
from consentry.operations.lists import uses_page
from consentry.operations.usage import use_of

usage = Resource("usage", "How often clients ask, what is refused, and when they last did.")


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


@usage("GET", "/usage/counts", "usage.read", query=Stretches, answer=UsageShown)
async def count_uses(call: Call[Stretches, None]) -> UsageShown:
    """Requests, tokens, refusals and speed by hour or day, of one client or of all together.

    A developer names a client. Counts may be some seconds behind. At most 168 hours or 400 days;
    of what is older than eight days only days are known.
    """
    query = call.query
    return usage_shown(await use_of(call.ctx, query.client_id, by=query.by, last=query.last))
