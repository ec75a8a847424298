"""Links to set a password that somebody else has sent: invitations."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import Refused
from consentry.operations.mail import Letter, can_mail, post_for_others
from consentry.operations.mail_limits import count_caused
from consentry.operations.permissions import require
from consentry.operations.person import stored_person
from consentry.operations.user_rights import check_person
from consentry.operations.users import checked_email, create_user
from consentry.records.user import User
from consentry.tenancy.context import TenantContext

SORT = "invitation"


async def invite_user(ctx: TenantContext, user_id: UUID) -> Letter:
    """A link to set the first password, or a new one for who has one. Which it is.

    Raises Forbidden, NotFound, TooManyRequests, or Refused for a person without an address, or
    one who is disabled, or where no mail can be sent.
    """
    await _check(ctx)
    await count_caused(ctx, SORT, (await stored_person(ctx, user_id)).email)
    async with changing(ctx) as inner:
        return await _invite(inner, user_id)


async def create_invited(
    ctx: TenantContext,
    username: str,
    *,
    email: str,
    roles: Sequence[str] = (),
    claims: Mapping[str, Any] | None = None,
) -> User:
    """A new person who is sent a link to choose a password; without the mail they are not made.

    Raises what `create_user` and `invite_user` do.
    """
    await _check(ctx)
    await count_caused(ctx, SORT, checked_email(email))
    async with changing(ctx) as inner:
        user = await create_user(inner, username, email=email, roles=roles, claims=claims)
        await _invite(inner, user.user_id)
    return user


async def _check(ctx: TenantContext) -> None:
    await require(ctx, "users.write")
    if not can_mail(ctx):
        raise Refused("email", "cannot be written to: this deployment sends no mail")


async def _invite(inner: TenantContext, user_id: UUID) -> Letter:
    user = await stored_person(inner, user_id)
    await check_person(inner, user)
    if user.email is None:
        raise Refused("email", "is needed to be written to")
    if user.disabled_at is not None:
        raise Refused("email", "is of a person who is disabled")
    letter: Letter = "reset" if user.password_hash else "welcome"
    await post_for_others(inner, letter, user)
    target = ("user", str(user_id))
    await record(inner, "user.invite", target=target, detail={"letter": letter})
    return letter
