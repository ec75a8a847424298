"""Tells one client that a session has ended (OIDC Back-Channel Logout §2.5)."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from consentry.records.outbox import Effect
from consentry.tenancy.context import TenantContext
from consentry.tokens.logout_token import mint_logout_token
from consentry_workers.effects.busy import asked_wait_s
from consentry_workers.effects.kind import Kind, Later, Moot, Never

HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}
# Some frameworks turn an empty 200 into a 204, which counts as well (§2.8).
DONE: Final = (200, 204)
REFUSED: Final = 400


async def tell(ctx: TenantContext, effect: Effect) -> str:
    """Send a logout token made for this attempt; the status of the answer.

    A client that was signed out of the session before answers as if it were the first time
    (§2.7), so one token too many does no harm.
    """
    client = await ctx.client(effect.subject)
    if client is None or client.disabled_at is not None:
        raise Moot("the app is disabled or gone")
    uri = client.metadata.backchannel_logout_uri
    if uri is None:
        raise Moot("the app has no backchannel_logout_uri any more")
    user_id, session_id = (UUID(effect.payload[name]) for name in ("user_id", "session_id"))
    token = await mint_logout_token(ctx, client, user_id, session_id)
    body = urlencode({"logout_token": token}).encode()
    try:
        answer = await ctx.deployment.fetcher.send(uri, body, HEADERS)
    except ValueError as reason:
        raise Later(str(reason)) from None
    if answer.status == REFUSED:
        # The token was understood and not taken (§2.8): another one fares no better.
        raise Never("400: the app refused it")
    if answer.status not in DONE:
        raise Later(str(answer.status), after_s=asked_wait_s(answer))
    return str(answer.status)


KIND: Final = Kind(tell, waits=(1, 5, 30, 120, 600, 3_600))
