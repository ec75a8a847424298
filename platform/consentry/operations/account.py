"""What a person does with their own account: profile, password, data, its end.

Whoever calls has made sure that the acting person is this one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from consentry.operations import passwords
from consentry.operations.audit import differences, each_event, record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound, Refused
from consentry.operations.logout import tell_of_person
from consentry.operations.mail import post
from consentry.operations.operators import check_others
from consentry.operations.person import stored_person
from consentry.operations.user_rights import check_last
from consentry.operations.users import checked_claims
from consentry.records.user import User
from consentry.store.ports import PersonalRows
from consentry.store.trail import AuditFilter
from consentry.tenancy.context import TenantContext
from consentry.tenancy.operators import is_operators

OWN_CLAIMS: Final = (
    "name",
    "given_name",
    "family_name",
    "nickname",
    "birthdate",
    "gender",
    "website",
    "picture",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
)
"""Claims a person may set about themselves. The others are the tenant's word, such as `email`."""


async def change_profile(ctx: TenantContext, user_id: UUID, claims: Mapping[str, Any]) -> None:
    """Set the claims of `OWN_CLAIMS`, all of them: one that is not given is removed.

    What else is known stays; that a phone number was verified counts for that number alone.
    Raises NotFound, or Refused that names the claim.
    """
    for name, value in claims.items():
        if name not in OWN_CLAIMS:
            raise Refused(f"claims.{name}", "is not yours to set")
        _check_printable(name, value)
    async with changing(ctx) as inner:
        before = (await stored_person(inner, user_id)).claims
        after = _merged(before, checked_claims(claims))
        if before != after:
            await inner.store.users.set_claims(user_id, after, ctx.now())
            # Their names alone: the trail outlives the person's right to be forgotten.
            told = {"changed": sorted(differences(before, after))}
            await record(inner, "user.update", target=("user", str(user_id)), detail=told)


def _merged(before: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in before.items() if name not in OWN_CLAIMS}
    if own.get("phone_number") != before.get("phone_number"):
        kept.pop("phone_number_verified", None)
    return {**kept, **own}


def _check_printable(name: str, value: object) -> None:
    texts = value.values() if isinstance(value, dict) else [value]
    if any(isinstance(text, str) and not text.isprintable() for text in texts):
        raise Refused(f"claims.{name}", "has a character that cannot be shown")


async def change_password(ctx: TenantContext, user_id: UUID, password: str) -> User:
    """The person with a new password, who proved the old one; every login and authorization ends.

    Raises NotFound, or Refused for a password that is too short or too long.
    """
    phc = await passwords.hashed(ctx.deployment, password)
    async with changing(ctx) as inner:
        await tell_of_person(inner, user_id)
        await inner.store.users.set_password(user_id, phc, ctx.now())
        await record(inner, "user.password", target=("user", str(user_id)))
        user = await stored_person(inner, user_id)
        await post(inner, "password_changed", user)
        return user


async def delete_account(ctx: TenantContext, user_id: UUID) -> None:
    """Remove a person who proved who they are, with logins, consents and authorizations.

    The audit trail keeps that it happened. Raises NotFound, Refused for the last operator, or
    Conflict for the last administrator of a tenant.
    """
    async with changing(ctx) as inner:
        user = await stored_person(inner, user_id)
        if is_operators(inner):
            await check_others(inner, user)
        await check_last(inner, user, None)
        username = user.username
        await tell_of_person(inner, user_id)
        await inner.store.users.delete(user_id)
        target = ("user", str(user_id))
        await record(inner, "user.delete", target=target, detail={"username": username})


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends with an account or its password, in counts of what is live now."""

    sessions: int
    apps: int
    authorizations: int


async def what_ends(ctx: TenantContext, user_id: UUID) -> Ending:
    """Logins, and authorizations with the clients that hold them."""
    now = ctx.now()
    sessions = await ctx.store.logins.of_user(user_id, now)
    rows = await ctx.store.authorizations.of_user(user_id, now)
    return Ending(len(sessions), len({row.client_id for row in rows}), len(rows))


async def everything_about(ctx: TenantContext, user_id: UUID) -> dict[str, Any]:
    """All that is kept about a person as JSON members, without what would sign in for them.

    Times are ISO 8601. Raises NotFound.
    """
    rows = await ctx.store.users.everything(user_id)
    if rows is None:
        raise NotFound("user", str(user_id))
    return {
        "issuer": ctx.issuer,
        "written_at": _time(ctx.now()),
        **{chapter: write(rows) for chapter, write in _CHAPTERS.items()},
        "activity": await _activity(ctx, user_id),
    }


async def _activity(ctx: TenantContext, user_id: UUID) -> list[dict[str, Any]]:
    """What the person did and what was done to them; who else did it is another's data."""
    own = AuditFilter(actor_id=str(user_id))
    to_them = AuditFilter(target=("user", str(user_id)))
    found = {row.seq: row async for row in each_event(ctx.store.audit, to_them)}
    found |= {row.seq: row async for row in each_event(ctx.store.audit, own)}
    return [
        {
            "at": _time(row.at),
            "action": row.action,
            "target": f"{row.target_kind} {row.target_id}".strip(),
            "address": row.address if row.actor_id == str(user_id) else None,
        }
        for _, row in sorted(found.items())
    ]


def _profile(rows: PersonalRows) -> dict[str, Any]:
    user: User = rows.user
    return {
        "sub": str(user.user_id),
        "username": user.username,
        "email": user.email,
        "claims": user.claims,
        "roles": user.roles.split(),
        "has_password": user.password_hash is not None,
        "created_at": _time(user.created_at),
        "changed_at": _time(user.changed_at),
    }


def _sessions(rows: PersonalRows) -> list[dict[str, Any]]:
    return [
        {
            "address": login.address,
            "user_agent": login.user_agent,
            "amr": login.amr.split(),
            "since": _time(login.auth_time),
            "expires_at": _time(login.expires_at),
            "ended_at": _time(login.ended_at),
        }
        for login in rows.logins
    ]


def _consents(rows: PersonalRows) -> list[dict[str, Any]]:
    return [
        {
            "client_id": consent.client_id,
            "resource": consent.resource,
            "scope": consent.scope,
            "history": consent.history,
        }
        for consent in rows.consents
    ]


def _authorizations(rows: PersonalRows) -> list[dict[str, Any]]:
    return [
        {
            "client_id": row.client_id,
            "protocol": row.protocol,
            "scope": row.scope,
            "resource": row.resource,
            "redirect_uri": row.redirect_uri,
            "claims": row.claims,
            "authenticated_at": _time(row.auth_time),
            "created_at": _time(row.created_at),
            "last_used_at": _time(row.last_used_at),
            "expires_at": _time(row.expires_at),
            "revoked_at": _time(row.revoked_at),
        }
        for row in rows.authorizations
    ]


_CHAPTERS: Final[dict[str, Callable[[PersonalRows], Any]]] = {
    "profile": _profile,
    "sessions": _sessions,
    "consents": _consents,
    "authorizations": _authorizations,
}
CHAPTERS: Final = (*_CHAPTERS, "activity")
"""Members of what `everything_about` tells."""


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
