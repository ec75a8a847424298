"""What happens to a person's logins, with its place in the audit trail."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import uuid4

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.logout import tell_of_session
from consentry.records.session_client import SessionClient
from consentry.records.user import Login, User
from consentry.spec.errors import AccessDenied
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext

NONCE: Final = "throttle-event"


async def sign_in(ctx: TenantContext, login: Login, user: User, *, replaces: str | None) -> None:
    """Store a login of the acting person; the one it replaces ends.

    user: as they were when they proved who they are. A password that was changed since, or an
    account that was disabled or removed, let nobody in: what ends by that must not begin behind
    it. The session goes on if the login replaced is the same person's. Raises AccessDenied.
    """
    target, detail = ("user", str(login.user_id)), {"amr": login.amr.split()}
    async with changing(ctx) as inner:
        found = await inner.store.users.get(user.user_id)
        if (
            found is None
            or found.disabled_at is not None
            or found.password_hash != user.password_hash
        ):
            raise AccessDenied(
                "The account was changed meanwhile. Sign in again.", rule="username and password"
            )
        before = await inner.store.logins.current(replaces, ctx.now()) if replaces else None
        await _go_on_or_begin(inner, login, before)
        await inner.store.logins.start(login, replaces=replaces)
        await record(inner, "user.sign_in", target=target, detail=detail)


async def _go_on_or_begin(ctx: TenantContext, login: Login, before: SignedIn | None) -> None:
    """The session of the login before, if it was the same person's; else that one ends."""
    login.session_id = uuid4()
    if before is None:
        return
    if before.user.user_id != login.user_id:
        await tell_of_session(ctx, before.login)
    elif before.login.session_id is not None:
        login.session_id = before.login.session_id
        clients = ctx.store.session_clients
        await clients.prolong(login.user_id, login.session_id, login.expires_at)


async def sign_out(ctx: TenantContext, current: SignedIn) -> Sequence[SessionClient]:
    """End the acting person's login, and every authorization that was to end with it.

    The clients that knew of the session.
    """
    login_id, user_id = current.login.login_id, current.user.user_id
    async with changing(ctx) as inner:
        left = await tell_of_session(inner, current.login)
        await inner.store.logins.end(login_id, ctx.now())
        await record(inner, "user.sign_out", target=("user", str(user_id)))
    return left


async def note_throttled(
    ctx: TenantContext, subject: str, user: User | None, *, period_s: int
) -> None:
    """Note that tries to sign in are held back, once a period for each subject.

    subject: what is counted (an account, an address). user: whose account it is; with or
    without one the work is the same, so that its time tells nothing.
    """
    now = ctx.now()
    ends_s = (int(now.timestamp()) // period_s + 1) * period_s
    value = sha256(f"{subject}\0{ends_s}".encode()).hexdigest()
    expires_at = now.fromtimestamp(ends_s, now.tzinfo)
    if await ctx.store.nonces.spend(NONCE, value, expires_at):
        target = ("user", "" if user is None else str(user.user_id))
        async with changing(ctx) as inner:
            await record(inner, "user.throttle", target=target)
