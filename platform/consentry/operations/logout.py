"""The end of sessions, told to the clients that knew of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from consentry.records.client import Client
from consentry.records.outbox import Effect
from consentry.records.session_client import SessionClient
from consentry.records.user import Login
from consentry.tenancy.context import TenantContext

KIND: Final = "backchannel_logout"
"""The effect that tells one client; `subject` is its client_id."""


async def note_client(ctx: TenantContext, client: Client, login: Login) -> bool:
    """Remember that a client learns of a login (Back-Channel Logout §2.3), before it does.

    Only those that asked to be told of its end are. False if the login is over: then nothing
    may be issued by it, for nobody would be told.
    """
    if login.session_id is None or not client.metadata.hears_of_logout:
        return True
    return await ctx.store.session_clients.note(
        SessionClient(
            tenant_id=ctx.tenant.tenant_id,
            session_id=login.session_id,
            client_id=client.client_id,
            user_id=login.user_id,
            expires_at=login.expires_at,
        ),
        under=login.login_id,
        now=ctx.now(),
    )


async def tell_of_session(ctx: TenantContext, login: Login) -> Sequence[SessionClient]:
    """Have the clients of a login's session, which ends, be told; call it inside `changing`.

    Those that knew of it, for who also tells them through the browser.
    """
    if login.session_id is None:
        return ()
    left = await ctx.store.session_clients.leave(login.user_id, login.session_id)
    return await _tell(ctx, left)


async def tell_of_person(ctx: TenantContext, user_id: UUID, *, keep: str = "") -> None:
    """The same for every session of a person. keep: the `login_id` of one that goes on."""
    await _tell(ctx, await ctx.store.session_clients.leave_all(user_id, keep=keep))


async def _tell(ctx: TenantContext, left: Sequence[SessionClient]) -> Sequence[SessionClient]:
    now = ctx.now()
    effects = [notice(one, now) for one in left if await _is_called(ctx, one.client_id)]
    if effects:
        await ctx.store.outbox.add(effects)
    return left


async def _is_called(ctx: TenantContext, client_id: str) -> bool:
    client = await ctx.client(client_id)
    return client is not None and client.metadata.backchannel_logout_uri is not None


def notice(left: SessionClient, now: datetime) -> Effect:
    """What tells one client that a session is over."""
    return Effect(
        tenant_id=left.tenant_id,
        effect_id=uuid4(),
        kind=KIND,
        subject=left.client_id,
        # Who and which session; the token is made when it is sent.
        payload={"user_id": str(left.user_id), "session_id": str(left.session_id)},
        created_at=now,
        due_at=now,
    )
