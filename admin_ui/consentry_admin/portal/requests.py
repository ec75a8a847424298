"""Requests of an app: what happened, and of a refused one why, and what to do."""

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from starlette.responses import Response

from consentry.operations.app_figures import refusal_of
from consentry.operations.errors import NotFound
from consentry.operations.requests import AppRequest, Outcome, request_of, requests_page
from consentry_admin.listing import Listing, newest, place_of
from consentry_admin.portal.advice import advice_for, meaning_of
from consentry_admin.portal.door import App, app_page, asked_for, for_developer
from consentry_admin.visit import Visit

PAGE_SIZE = 25
OUTCOMES: dict[str | None, Outcome] = {one: one for one in get_args(Outcome)}


@for_developer
async def show(visit: Visit) -> Response:
    """The latest first, `outcome` narrows them; `q` looks one up by its id."""
    app, query = await asked_for(visit), visit.request.query_params
    path, q = f"{app.href}/requests", query.get("q", "")[:200].strip()
    if q:
        return _listed(visit, app, Listing(path, await _by_id(visit, app, q), q))
    outcome, before = OUTCOMES.get(query.get("outcome")), query.get("before", "")
    found = await requests_page(
        visit.ctx, app.client_id, outcome=outcome, before=place_of(before), limit=PAGE_SIZE
    )
    kind = outcome or ""
    listing = newest(path, found.items, before=before, onward=found.next, outcome=kind)
    return _listed(visit, app, listing, kind)


async def _by_id(visit: Visit, app: App, q: str) -> Sequence[AppRequest]:
    id = _uuid(q)
    if id is None:
        return []
    try:
        return [await request_of(visit.ctx, app.client_id, id)]
    except NotFound:
        return []


def _listed(visit: Visit, app: App, listing: Listing, outcome: str = "") -> Response:
    return app_page(
        visit, app, "requests", requests=listing, outcome=outcome, meaning_of=meaning_of
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


@for_developer
async def show_one(visit: Visit) -> Response:
    """One refusal: the rule, what was received, what is registered, what to do."""
    app = await asked_for(visit)
    id = _uuid(visit.parameter("refusal_id"))
    if id is None:
        raise NotFound("refusal", visit.parameter("refusal_id"))
    refusal = await refusal_of(visit.ctx, app.client_id, id)
    return app_page(
        visit,
        app,
        "request",
        refusal=refusal,
        meaning=meaning_of(refusal.error),
        advice=advice_for(refusal),
    )
