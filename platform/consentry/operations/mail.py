"""Mails to people: asked for here, written and sent in the background.

Without CONSENTRY_MAIL_URL nobody is written to, and no page offers what needs a mail.
"""

from typing import Any, Final, Literal
from uuid import UUID, uuid4

from consentry.operations import mail_tokens, passwords
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.effects import cause
from consentry.operations.errors import Refused
from consentry.operations.logout import tell_of_person
from consentry.operations.mail_limits import count_asking
from consentry.operations.mail_tokens import Purpose
from consentry.operations.person import stored_person
from consentry.records.outbox import MAIL
from consentry.records.user import User
from consentry.tenancy.context import TenantContext

KIND: Final = MAIL
Letter = Literal[
    "reset", "welcome", "verify", "new_app", "password_changed", "address_changed",
    "webhook_stopped",
]  # fmt: skip
VERIFIED: Final = "email_verified"
COUNTED: Final = "counted"
"""Member of a letter's payload: whether it was counted, so that it is not held back."""
EXPIRED: Final = "This link has expired, or it was used before. Ask for a new one."


def can_mail(ctx: TenantContext) -> bool:
    """Whether mail can be sent at all."""
    return ctx.deployment.mailer is not None


async def post(ctx: TenantContext, letter: Letter, user: User, **told: Any) -> None:
    """Have a person written to, if they have an address; call it inside `changing`.

    told: what the letter says besides; nothing secret: links are made when it is written. With
    an `address` it goes there in place of the person's own.
    """
    if can_mail(ctx) and (told.get("address") or user.email) is not None:
        payload = {"letter": letter, "user_id": str(user.user_id), **told}
        await cause(ctx, KIND, payload, subject=str(user.user_id))


async def post_for_others(ctx: TenantContext, letter: Letter, user: User, **told: Any) -> None:
    """The same at the word of somebody else, whom `mail_limits.count_caused` let."""
    await post(ctx, letter, user, **told, **{COUNTED: True})


async def forgot_password(ctx: TenantContext, identifier: str) -> None:
    """A link to set a new password, for whoever this is; nobody learns whether there is one."""
    user = await ctx.store.users.by_identifier(identifier) if len(identifier) <= 320 else None
    async with changing(ctx) as inner:
        is_written = user is not None and user.disabled_at is None and user.email is not None
        target = ("user", str(user.user_id) if is_written and user else "")
        await record(inner, "user.forgot_password", target=target)
        # For nobody as well: the work, and so the time, is the same. There is nobody to send to.
        user_id = user.user_id if is_written and user is not None else uuid4()
        letter = "welcome" if user is not None and user.password_hash is None else "reset"
        payload = {"letter": letter, "user_id": str(user_id)}
        await cause(inner, KIND, payload, subject=str(user_id))


async def ask_for_proof(ctx: TenantContext, user_id: UUID) -> None:
    """A link for the acting person to prove their address.

    Raises NotFound, Refused, TooManyRequests.
    """
    await count_asking(ctx, f"proof\0{user_id.hex}")
    async with changing(ctx) as inner:
        user = await stored_person(inner, user_id)
        if user.email is None or not can_mail(ctx):
            raise Refused("email", "cannot be written to")
        if not user.claims.get(VERIFIED):
            await post(inner, "verify", user)


async def prove_address(ctx: TenantContext, token: str) -> User:
    """The person whose address is proven from now on. Raises Refused for a link that is over."""
    async with changing(ctx) as inner:
        user = await _of_token(inner, "verify", token)
        if not user.claims.get(VERIFIED):
            claims = {**user.claims, VERIFIED: True}
            await inner.store.users.set_claims(user.user_id, claims, ctx.now())
            target = ("user", str(user.user_id))
            await record(inner, "user.verify_email", target=target)
    return user


async def person_of(ctx: TenantContext, purpose: Purpose, token: str) -> User:
    """Whose link this is, while it counts. Raises Refused."""
    return await _of_token(ctx, purpose, token)


async def set_password_by(
    ctx: TenantContext, purpose: Literal["reset", "welcome"], token: str, password: str
) -> User:
    """The person with the new password, their address proven; logins and authorizations end.

    Raises Refused for a link that is over (`token`) or a password too short or too long.
    """
    await _of_token(ctx, purpose, token)
    phc = await passwords.hashed(ctx.deployment, password)
    async with changing(ctx) as inner:
        # Once more: another one may have used it meanwhile, and changes take turns here.
        user = await _of_token(inner, purpose, token)
        user_id, target = user.user_id, ("user", str(user.user_id))
        await tell_of_person(inner, user_id)
        await inner.store.users.set_password(user_id, phc, ctx.now())
        await inner.store.users.set_claims(user_id, {**user.claims, VERIFIED: True}, ctx.now())
        await record(inner, "user.password", target=target, detail={"by": purpose})
        await post(inner, "password_changed", user)
        return await stored_person(inner, user_id)


async def _of_token(ctx: TenantContext, purpose: Purpose, token: str) -> User:
    user_id = mail_tokens.read(ctx, purpose, token)
    user = await ctx.store.users.get(user_id) if user_id is not None else None
    if user is None or user.disabled_at is not None:
        raise Refused("token", EXPIRED)
    if not mail_tokens.counts_for(ctx, purpose, token, user):
        raise Refused("token", EXPIRED)
    return user
