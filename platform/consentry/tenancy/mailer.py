"""Whoever sends mail."""

from email.message import EmailMessage
from typing import Protocol


class MailRefused(Exception):
    """The mail was not taken. The text says why, with no address and nothing of the mail.

    for_good: trying again is of no use (RFC 5321 §4.2.1: a reply of 5yz).
    """

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, message: EmailMessage) -> str:
        """How it went, in words. Raises MailRefused."""

    async def check(self) -> str:
        """Who would take mail, without sending any. Raises MailRefused."""
