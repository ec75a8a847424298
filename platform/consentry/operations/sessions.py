"""A person's signed-in browsers: shown, ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.devices import device_name
from consentry.operations.errors import NotFound
from consentry.operations.logout import tell_of_person, tell_of_session
from consentry.tenancy.context import TenantContext

KEY_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Session:
    """A live login. key: its name on pages and in the API, which signs nobody in."""

    key: str
    device: str
    address: str
    since: datetime
    expires_at: datetime
    is_current: bool


async def sessions_of(ctx: TenantContext, user_id: UUID, current: str = "") -> list[Session]:
    """A person's live logins, newest first; `current` is the id of the one that asks."""
    return [
        Session(
            key=login.login_id[:KEY_DIGITS],
            device=device_name(login.user_agent),
            address=login.address,
            since=login.auth_time,
            expires_at=login.expires_at,
            is_current=login.login_id == current,
        )
        for login in await ctx.store.logins.of_user(user_id, ctx.now())
    ]


async def end_session(ctx: TenantContext, user_id: UUID, key: str) -> None:
    """End one login of this person, and what was to end with it. Raises NotFound."""
    for login in await ctx.store.logins.of_user(user_id, ctx.now()):
        if login.login_id[:KEY_DIGITS] == key:
            async with changing(ctx) as inner:
                await tell_of_session(inner, login)
                await inner.store.logins.end(login.login_id, ctx.now())
                await _record(inner, user_id, 1)
            return
    raise NotFound("session", key)


async def end_other_sessions(ctx: TenantContext, user_id: UUID, keep: str) -> int:
    """End every login of this person but the one with this id. Returns how many ended."""
    async with changing(ctx) as inner:
        await tell_of_person(inner, user_id, keep=keep)
        ended = await inner.store.logins.end_others(user_id, keep, ctx.now())
        await _record(inner, user_id, ended)
    return ended


async def _record(ctx: TenantContext, user_id: UUID, ended: int) -> None:
    target = ("user", str(user_id))
    await record(ctx, "user.end_sessions", target=target, detail={"ended": ended})
