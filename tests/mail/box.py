"""Mails as their readers find them."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from support.world import hidden


@dataclass
class Box:
    """A folder of mails."""

    folder: Path

    def all(self) -> list[EmailMessage]:
        """The oldest first."""
        paths = sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    def empty(self) -> None:
        for path in self.folder.glob("*.eml"):
            path.unlink()

    def only(self) -> EmailMessage:
        (mail,) = self.all()
        return mail


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link_of(mail: EmailMessage) -> str:
    """Its link, from the host on."""
    (found,) = [line for line in text_of(mail).splitlines() if line.startswith("http")]
    return found


def path_of(mail: EmailMessage) -> str:
    parts = urlsplit(link_of(mail))
    return f"{parts.path}?{parts.query}"


async def fill(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Open a page and send its form."""
    page = await browser.get(path)
    assert page.status_code == 200, page.text
    action = path.partition("?")[0]
    return await browser.post(action, data={**hidden(page), **fields})
