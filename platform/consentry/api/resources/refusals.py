"""Recorded refusals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.records import OfClient, RefusalPage, refusal_shown
from consentry.api.operation import Call, Resource
from consentry.operations.lists import refusals_page

refusals = Resource("refusals", "Requests that were refused, and why.")


@refusals("GET", "/refusals", "refusals.read", query=OfClient, answer=RefusalPage)
async def list_refusals(call: Call[OfClient, None]) -> Any:
    """Refusals, newest first, of one client or of all.

    A developer names a client.
    """
    place = read_cursor(call.query.after, datetime, UUID)
    page = await refusals_page(
        call.ctx,
        client_id=call.query.client_id,
        before=(place[0], place[1]) if place else None,
        limit=call.query.limit,
    )
    return page_of(RefusalPage, [refusal_shown(row) for row in page.items], page)
