"""How clients were told of logouts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.logouts import LogoutPage, ToldAgain, WhichLogouts, logout_shown
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations.logouts import logouts_page, tell_again

logouts = Resource("logouts", "Apps told that a session ended (OIDC Back-Channel Logout).")
_OF_CLIENT = "/clients/{client_id}/logouts"


async def _page(call: Call[WhichLogouts, None], client_id: str | None) -> Any:
    place = read_cursor(call.query.after, datetime, UUID)
    before = (place[0], place[1]) if place else None
    page = await logouts_page(call.ctx, client_id, before=before, limit=call.query.limit)
    return page_of(LogoutPage, [logout_shown(one) for one in page.items], page)


@logouts("GET", "/logouts", "authorizations.read", query=WhichLogouts, answer=LogoutPage)
async def list_logouts(call: Call[WhichLogouts, None]) -> Any:
    """Of all clients, the newest first; those of the last 30 days."""
    return await _page(call, None)


@logouts("GET", _OF_CLIENT, "clients.read", query=WhichLogouts, answer=LogoutPage)
async def list_client_logouts(call: Call[WhichLogouts, None]) -> Any:
    """Of one client, the newest first; those of the last 30 days."""
    return await _page(call, call.path["client_id"])


@logouts("POST", f"{_OF_CLIENT}/{{logout_id}}/again", "clients.write", answer=ToldAgain)
async def tell_logout_again(call: Call[None, None]) -> ToldAgain:
    """Tell the client once more, with a new logout token and as many attempts as at first."""
    logout_id = read_id("logout", call.path["logout_id"])
    await tell_again(call.ctx, call.path["client_id"], logout_id)
    return ToldAgain(logout_id=logout_id)
