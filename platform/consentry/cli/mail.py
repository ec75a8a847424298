"""`consentry mail`."""

import argparse
from email.message import EmailMessage
from email.utils import make_msgid
from typing import TYPE_CHECKING

from consentry.cli.errors import Failed
from consentry.cli.output import show
from consentry.cli.session import on_deployment
from consentry.cli.words import command, verbs

if TYPE_CHECKING:
    from consentry.tenancy.deployment import Deployment


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "mail", "whoever sends mail")
    parser = command(verb, "test", test, "send one mail now, and say how it went")
    parser.add_argument("--to", required=True, metavar="ADDRESS", help="who is to have it")


def test(asked: argparse.Namespace) -> int:
    """Send one mail, past the queue."""

    async def work(found: "Deployment") -> str:
        from consentry.operations.users import ascii_email, checked_email
        from consentry.tenancy.mailer import MailRefused

        if found.mailer is None:
            raise Failed("CONSENTRY_MAIL_URL: is not set")
        sender, to = found.settings.mail_sender, ascii_email(checked_email(asked.to))
        if to is None:
            raise Failed("--to: cannot be written in ASCII")
        message = EmailMessage()
        message["Subject"], message["From"] = "A test of Consentry", sender
        message["To"] = to
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        message.set_content("This deployment can send mail.\n")
        try:
            return await found.mailer.send(message)
        except MailRefused as refusal:
            raise Failed(f"mail: {refusal}") from None

    outcome = on_deployment(work)
    show(asked, {"to": asked.to, "outcome": outcome}, f"mail to {asked.to}: {outcome}")
    return 0
