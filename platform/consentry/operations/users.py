"""People of a tenant: made, changed, disabled, removed."""

import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from consentry.operations import passwords
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.logout import tell_of_person
from consentry.operations.mail import post_for_others
from consentry.operations.mail_limits import count_caused
from consentry.operations.permissions import require
from consentry.operations.rows import with_changes
from consentry.operations.user_rights import check_last, check_person
from consentry.records.user import User
from consentry.spec.claims import check_claims
from consentry.store.ports import Duplicate
from consentry.tenancy.context import TenantContext

ROLES: Final = ("admin", "developer")
MAX_USERNAME: Final = 255
PAGE: Final = 500


async def create_user(
    ctx: TenantContext,
    username: str,
    *,
    email: str | None = None,
    password: str | None = None,
    password_hash: str | None = None,
    roles: Sequence[str] = (),
    claims: Mapping[str, Any] | None = None,
) -> User:
    """A new person; one without a password cannot sign in by one.

    Raises Forbidden, Refused that names the key, or Conflict when username or e-mail is taken.
    """
    await require(ctx, "users.write")
    await check_person(ctx, None, checked_roles(roles))
    if password is not None:
        password_hash = await passwords.hashed(ctx.deployment, password)
    async with changing(ctx) as inner:
        user = await make_user(
            inner, username, email=email, password_hash=password_hash, roles=roles, claims=claims
        )
        detail = {"username": user.username, "roles": user.roles.split()}
        target = ("user", str(user.user_id))
        await record(inner, "user.create", target=target, detail=detail)
    return user


async def make_user(
    ctx: TenantContext,
    username: str,
    *,
    email: str | None = None,
    password_hash: str | None = None,
    roles: Sequence[str] = (),
    claims: Mapping[str, Any] | None = None,
) -> User:
    """The same in a transaction that records by itself. Raises Refused, Conflict."""
    if password_hash is not None:
        passwords.check_password_hash(password_hash)
    now = ctx.now()
    user = User(
        tenant_id=ctx.tenant.tenant_id,
        user_id=uuid4(),
        username=checked_username(username),
        username_key="",
        email=None if email is None else checked_email(email),
        password_hash=password_hash,
        roles=checked_roles(roles),
        claims=checked_claims(claims or {}),
        created_at=now,
        changed_at=now,
    )
    await save_user(ctx, user)
    return user


async def save_user(ctx: TenantContext, user: User) -> None:
    """Store a person in a transaction that records by itself.

    Raises Conflict when another one answers to username or e-mail.
    """
    for key, name in (("username", user.username), ("email", user.email)):
        # Across both: whoever typed one of them must never meet another person's account.
        other = None if name is None else await ctx.store.users.by_identifier(name)
        if other is not None and other.user_id != user.user_id:
            raise Conflict(key, f"{name} belongs to another user")
    try:
        await ctx.store.users.save(user)
    except Duplicate as error:
        raise Conflict("username", "username or e-mail belongs to another user") from error


async def get_user(ctx: TenantContext, identifier: str) -> User:
    """A person by username, else by e-mail. Raises NotFound, Forbidden."""
    await require(ctx, "users.read")
    return await _found(ctx, identifier)


async def _found(ctx: TenantContext, identifier: str) -> User:
    found = await ctx.store.users.by_identifier(identifier)
    if found is None:
        raise NotFound("user", identifier)
    return found


async def each_user(ctx: TenantContext) -> AsyncIterator[User]:
    """Everyone by username, read page by page. Raises Forbidden."""
    await require(ctx, "users.read")
    page = await ctx.store.users.page(limit=PAGE)
    while page:
        for user in page:
            yield user
        page = await ctx.store.users.page(after=page[-1].username, limit=PAGE)


async def set_password(ctx: TenantContext, identifier: str, password: str) -> None:
    """A new password; every login and authorization of the person ends.

    Raises NotFound, Forbidden, Refused for a password that is too short or too long, or
    TooManyRequests when the person was told of new ones too often.
    """
    await require(ctx, "users.write")
    await count_caused(ctx, "password_changed", (await _found(ctx, identifier)).email)
    phc = await passwords.hashed(ctx.deployment, password)
    async with changing(ctx) as inner:
        user = await _found(inner, identifier)
        await check_person(inner, user)
        user_id = user.user_id
        await tell_of_person(inner, user_id)
        await inner.store.users.set_password(user_id, phc, ctx.now())
        await record(inner, "user.password", target=("user", str(user_id)))
        await post_for_others(inner, "password_changed", user)


async def disable_user(ctx: TenantContext, identifier: str) -> None:
    """The person cannot sign in, and no token of theirs counts.

    Raises NotFound, Forbidden, or Conflict for the last administrator.
    """
    await _switch(ctx, identifier, disabled=True)


async def enable_user(ctx: TenantContext, identifier: str) -> None:
    """The person may sign in again. Raises NotFound, Forbidden."""
    await _switch(ctx, identifier, disabled=False)


async def _switch(ctx: TenantContext, identifier: str, *, disabled: bool) -> None:
    await require(ctx, "users.write")
    async with changing(ctx) as inner:
        user = await _found(inner, identifier)
        await check_person(inner, user)
        if disabled:
            await check_last(inner, user, None)
        target = ("user", str(user.user_id))
        if await set_disabled(inner, user, disabled=disabled):
            await record(inner, "user.disable" if disabled else "user.enable", target=target)


async def set_disabled(ctx: TenantContext, user: User, *, disabled: bool) -> bool:
    """Disable or enable in a transaction that records by itself; whether it changed anything."""
    if (user.disabled_at is not None) == disabled:
        return False
    now = ctx.now()
    if disabled:
        await tell_of_person(ctx, user.user_id)
    await ctx.store.users.save(
        with_changes(user, disabled_at=now if disabled else None, changed_at=now)
    )
    return True


async def delete_user(ctx: TenantContext, identifier: str) -> None:
    """Remove the person with logins, consents and authorizations.

    Raises NotFound, Forbidden, or Conflict for the last administrator.
    """
    await require(ctx, "users.write")
    async with changing(ctx) as inner:
        user = await _found(inner, identifier)
        await check_person(inner, user)
        await check_last(inner, user, None)
        target, detail = ("user", str(user.user_id)), {"username": user.username}
        await tell_of_person(inner, user.user_id)
        await inner.store.users.delete(user.user_id)
        await record(inner, "user.delete", target=target, detail=detail)


def checked_username(username: str) -> str:
    """The username as stored, in NFC. Raises Refused."""
    name = unicodedata.normalize("NFC", username)
    if not name or name != name.strip() or not name.isprintable():
        raise Refused("username", "must be printable, with no space at either end")
    if max(len(name), len(name.casefold())) > MAX_USERNAME:
        raise Refused("username", f"must be at most {MAX_USERNAME} characters")
    return name


def checked_email(email: str) -> str:
    """The address as stored, its domain normalized. Raises Refused; asks no name server."""
    try:
        return _read_email(email).normalized
    except EmailNotValidError as reason:
        raise Refused("email", str(reason)) from None


def ascii_email(email: str) -> str | None:
    """The address as every mail server takes it: its domain in A-labels (RFC 5890 §2.3.2.1).

    None where the part before the @ has other characters: that would need SMTPUTF8 all the way
    (RFC 6531 §3.6). None also for what is no address.
    """
    try:
        return _read_email(email).ascii_email
    except EmailNotValidError:
        return None


def _read_email(email: str) -> ValidatedEmail:
    return validate_email(
        email, check_deliverability=False, globally_deliverable=False, test_environment=True
    )


def checked_roles(roles: Sequence[str]) -> str:
    """Roles as stored, space-delimited. Raises Refused."""
    for number, role in enumerate(roles):
        if role not in ROLES:
            raise Refused(f"roles[{number}]", f"must be {' or '.join(ROLES)}")
    return " ".join(role for role in ROLES if role in roles)


def checked_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Standard claims about a person (OIDC Core §5.1). Raises Refused that names the claim."""
    try:
        check_claims(claims)
    except ValueError as error:
        name, _, reason = str(error).partition(": ")
        raise Refused(f"claims.{name}", reason) from None
    return dict(claims)
