"""A mail to a person: written when it is sent, with a link of its own for each attempt."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, get_args
from uuid import UUID

from consentry.operations import mail
from consentry.operations.mail_letters import Letter, letter_of
from consentry.operations.mail_limits import is_too_many
from consentry.operations.users import ascii_email
from consentry.records.outbox import Effect
from consentry.records.user import User
from consentry.tenancy.context import TenantContext
from consentry.tenancy.mailer import MailRefused
from consentry.web.letters import html_of, text_of
from consentry_workers.effects.kind import Kind, Later, Moot, Never, NotYet

MINUTE, HOUR = 60, 3_600
LETTERS: Final = get_args(mail.Letter)
WAITS: Final = (5, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR)


async def do(ctx: TenantContext, effect: Effect) -> str:
    """Send it. A server that had it before knows it by its Message-ID."""
    if effect.payload["letter"] not in LETTERS:
        raise NotYet
    mailer = ctx.deployment.mailer
    if mailer is None:
        raise Later("this process sends no mail: CONSENTRY_MAIL_URL is not set")
    user = await ctx.store.users.get(UUID(effect.payload["user_id"]))
    if user is None or user.disabled_at is not None:
        raise Moot("the person is gone or disabled")
    known = effect.payload.get("address") or user.email
    if not known:
        raise Moot("the person has no address")
    to = ascii_email(known)
    if to is None:
        raise Never("their address cannot be written in ASCII")
    if effect.attempts == 1 and not effect.payload.get(mail.COUNTED):
        # Once for each letter: what is sent again is no other one.
        if await is_too_many(ctx, effect.payload["letter"], known):
            raise Moot("too many of this sort went to this address")
    letter = await letter_of(ctx, effect.payload, user)
    try:
        return await mailer.send(_message(ctx, effect, user, to, letter))
    except MailRefused as refusal:
        raise (Never if refusal.for_good else Later)(str(refusal)) from None


def _message(
    ctx: TenantContext, effect: Effect, user: User, to: str, letter: Letter
) -> EmailMessage:
    """As text and as HTML (RFC 2046 §5.1.4), marked as sent by a program (RFC 3834 §5)."""
    settings = ctx.deployment.settings
    sender = settings.mail_sender
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = Address(_shown(ctx.tenant.name), addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(ctx.now())
    message["Message-ID"] = f"<{effect.effect_id.hex}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(letter, ctx.tenant.name))
    message.add_alternative(html_of(letter, ctx.tenant.name, ctx.policy.accent), subtype="html")
    return message


def _shown(name: str) -> str:
    """A tenant's name as a header can have it: one line of what can be printed."""
    return "".join(char for char in " ".join(name.split()) if char.isprintable())


KIND = Kind(do, WAITS, limit_s=20.0)
