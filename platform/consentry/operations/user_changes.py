"""Changes to one person, by those who administer people."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from consentry.operations.audit import differences, record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound, Refused
from consentry.operations.logout import tell_of_person
from consentry.operations.mail import VERIFIED, post_for_others
from consentry.operations.mail_limits import count_caused
from consentry.operations.merge import merged
from consentry.operations.permissions import require
from consentry.operations.person import stored_person
from consentry.operations.rows import with_changes
from consentry.operations.user_rights import check_last, check_person
from consentry.operations.users import (
    checked_claims,
    checked_email,
    checked_roles,
    checked_username,
    save_user,
)
from consentry.records.user import User
from consentry.tenancy.context import TenantContext

TOLD: Final[tuple[str, ...]] = ("roles", "disabled")
KEYS: Final = ("username", "email", "roles", "claims", "disabled")


async def get_user_by_id(ctx: TenantContext, user_id: UUID) -> User:
    """A person by id. Raises NotFound, Forbidden."""
    await require(ctx, "users.read")
    return await stored_person(ctx, user_id)


async def own_person(ctx: TenantContext) -> User:
    """The acting person. Raises NotFound when they are gone, or it is no person who acts."""
    if ctx.actor.kind not in ("user", "operator") or not ctx.actor.id:
        raise NotFound("user", ctx.actor.id)
    return await stored_person(ctx, UUID(ctx.actor.id))


async def update_user(ctx: TenantContext, user_id: UUID, given: Mapping[str, Any]) -> User:
    """A person with what is given changed; what is not given stays.

    given: some of `KEYS`; claims are merged, one that is null is removed. Raises NotFound,
    Forbidden, Conflict, Refused that names the key, or TooManyRequests when an address was told
    of changes too often.
    """
    await count_change(ctx, user_id, given)
    return await change_user(ctx, user_id, given)


async def count_change(ctx: TenantContext, user_id: UUID, given: Mapping[str, Any]) -> None:
    """Count the mail that a change causes, outside of the transaction it may be part of.

    Raises NotFound, Forbidden, TooManyRequests.
    """
    await require(ctx, "users.write")
    known = (await stored_person(ctx, user_id)).email
    if given.get("email", known) != known:
        await count_caused(ctx, "address_changed", known)


async def change_user(ctx: TenantContext, user_id: UUID, given: Mapping[str, Any]) -> User:
    """What `update_user` does once its mail is counted."""
    await require(ctx, "users.write")
    async with changing(ctx) as inner:
        before = with_changes(await stored_person(inner, user_id))
        after = _as_asked(inner, before, given)
        changed = differences(outline(before), outline(after))
        await check_person(inner, before, after.roles)
        await check_last(inner, before, after)
        if changed:
            if after.disabled_at is not None and before.disabled_at is None:
                await tell_of_person(inner, user_id)
            await save_user(inner, with_changes(after, changed_at=ctx.now()))
            target = ("user", str(user_id))
            # Names alone, but for what gives power: people may ask to be forgotten.
            told = {key: changed[key] for key in TOLD if key in changed}
            detail: dict[str, Any] = {"changed": sorted(changed), **told}
            await record(inner, "user.update", target=target, detail=detail)
            if "email" in changed and before.email is not None:
                await post_for_others(inner, "address_changed", after, address=before.email)
        return with_changes(await stored_person(inner, user_id))


def _as_asked(ctx: TenantContext, user: User, given: Mapping[str, Any]) -> User:
    unknown = [key for key in given if key not in KEYS]
    if unknown:
        raise Refused(unknown[0], "unknown key")
    changes: dict[str, Any] = {}
    if "username" in given:
        if given["username"] is None:
            raise Refused("username", "is required")
        changes["username"] = checked_username(given["username"])
    if "email" in given:
        email = given["email"]
        changes["email"] = None if email is None else checked_email(email)
    if "roles" in given:
        changes["roles"] = checked_roles(given["roles"] or ())
    if "claims" in given:
        claims = merged(user.claims, given["claims"] or {}, prune=given["claims"] is None)
        changes["claims"] = checked_claims(claims)
    if changes.get("email", user.email) != user.email and VERIFIED not in (
        given.get("claims") or {}
    ):
        # That an address was proven counts for that address alone.
        known = changes.get("claims", user.claims)
        changes["claims"] = {name: one for name, one in known.items() if name != VERIFIED}
    if "disabled" in given and bool(given["disabled"]) != (user.disabled_at is not None):
        changes["disabled_at"] = ctx.now() if given["disabled"] else None
    return with_changes(user, **changes)


def outline(user: User) -> dict[str, Any]:
    """What there is to change about a person."""
    return {
        "username": user.username,
        "email": user.email,
        "roles": user.roles,
        "claims": user.claims,
        "disabled": user.disabled_at is not None,
    }


async def end_sessions(ctx: TenantContext, user_id: UUID) -> int:
    """End every login of a person with what hangs on it. How many ended.

    Raises NotFound, Forbidden.
    """
    await require(ctx, "users.write")
    async with changing(ctx) as inner:
        await stored_person(inner, user_id)
        await tell_of_person(inner, user_id)
        ended = await inner.store.endings.logins(user_id, ctx.now())
        target = ("user", str(user_id))
        await record(inner, "user.end_sessions", target=target, detail={"ended": ended})
    return ended
