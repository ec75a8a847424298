"""Mail, handed to a server; or to a folder or the terminal where somebody develops."""

import asyncio
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import aiosmtplib

from consentry.spec.mail_url import MailPlace, parse_mail_url
from consentry.tenancy.mailer import Mailer, MailRefused

TIMEOUT_S: Final = 10.0


def make_mailer(url: str) -> Mailer:
    """What hands mail on to where a CONSENTRY_MAIL_URL says. Raises ValueError."""
    place = parse_mail_url(url)
    if place.kind == "file":
        return FolderMailer(Path(place.path))
    return ConsoleMailer() if place.kind == "console" else SmtpMailer(place)


class SmtpMailer:
    """A connection for each mail, encrypted: a password, and links that count, travel on it.

    `smtp` turns to TLS before anything is said (RFC 3207); only a server on this very machine
    may do without.
    """

    def __init__(self, place: MailPlace, *, trusted: ssl.SSLContext | None = None) -> None:
        """trusted: whose certificates count; the system's authorities, if omitted."""
        self._place, self._trusted = place, trusted

    async def send(self, message: EmailMessage) -> str:
        """The reply of the server, see the port."""
        try:
            async with self._open() as server:
                await server.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _refused(error) from None
        return "handed over"

    async def check(self) -> str:
        """Connect, encrypt, sign in, and leave."""
        try:
            async with self._open() as server:
                await server.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _refused(error) from None
        return f"{self._place.host} port {self._place.port} takes mail"

    def _open(self) -> aiosmtplib.SMTP:
        place = self._place
        is_plain = place.kind == "smtp"
        return aiosmtplib.SMTP(
            hostname=place.host,
            port=place.port,
            username=place.username,
            password=place.password,
            timeout=TIMEOUT_S,
            use_tls=not is_plain,
            # None: if it is offered.
            start_tls=(None if _is_here(place.host) else True) if is_plain else False,
            tls_context=self._trusted,
        )


class FolderMailer:
    """One `.eml` file for each mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> str:
        """Its name comes from its Message-ID: a mail that is sent again is the same file."""
        await asyncio.to_thread(self._write, message)
        return "written"

    def _write(self, message: EmailMessage) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            name = str(message["Message-ID"]).strip("<>").partition("@")[0]
            path = self._folder / f"{name}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.as_bytes(policy=SMTP))
        except OSError as error:
            raise MailRefused(f"cannot write: {error.strerror}", for_good=False) from None

    async def check(self) -> str:
        """Where they go."""
        return f"mail is written to {self._folder}"


class ConsoleMailer:
    """Whoever sits at the terminal reads it."""

    async def send(self, message: EmailMessage) -> str:
        """To standard error, as it would be sent."""
        print(message.as_string(policy=SMTP), file=sys.stderr, flush=True)
        return "shown"

    async def check(self) -> str:
        """Where they go."""
        return "mail is shown at the terminal"


def _refused(error: Exception) -> MailRefused:
    """What the server says of the recipient or the mail counts for good (RFC 5321 §4.2.1).

    That it does not take our password, our sender or our address is no fault of the mail's:
    somebody can mend it while the mail waits.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException) or error.code < 0:
        return MailRefused(f"no mail server: {type(error).__name__}", for_good=False)
    is_about_it = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    for_good = is_about_it and 500 <= error.code < 600
    return MailRefused(f"the mail server said {error.code}", for_good=for_good)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
