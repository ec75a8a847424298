"""Requests of an app that are on record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.records import RequestPage, RequestShown, WhichRequests, request_shown
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations.requests import request_of, requests_page

requests = Resource("requests", "What an app asked for lately, and what came of it.")


@requests(
    "GET", "/clients/{client_id}/requests", "refusals.read",
    query=WhichRequests, answer=RequestPage,
)  # fmt: skip
async def list_requests(call: Call[WhichRequests, None]) -> Any:
    """Requests of an app, newest first.

    Of those that were served only some are kept where many came at once.
    """
    place = read_cursor(call.query.after, datetime, UUID)
    page = await requests_page(
        call.ctx,
        call.path["client_id"],
        outcome=call.query.outcome,
        before=(place[0], place[1]) if place else None,
        limit=call.query.limit,
    )
    return page_of(RequestPage, [request_shown(one) for one in page.items], page)


@requests("GET", "/clients/{client_id}/requests/{request_id}", "refusals.read", answer=RequestShown)
async def show_request(call: Call[None, None]) -> RequestShown:
    """One request of an app."""
    request_id = read_id("request", call.path["request_id"])
    return request_shown(await request_of(call.ctx, call.path["client_id"], request_id))
