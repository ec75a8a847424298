"""Where mail goes, as one text (RFC 3986)."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

PORTS: Final = {"smtp": 587, "smtps": 465}
_FORM: Final = (
    "must be smtp://[USER:PASSWORD@]HOST[:PORT], smtps://…, file:FOLDER or console: "
    "(percent-encoded)"
)


@dataclass(frozen=True)
class MailPlace:
    """What a CONSENTRY_MAIL_URL says. path: a folder, for `file`."""

    kind: Literal["smtp", "smtps", "file", "console"]
    host: str = ""
    port: int = 0
    username: str | None = None
    password: str | None = None
    path: str = ""


def parse_mail_url(url: str) -> MailPlace:
    """Raises ValueError; its text holds nothing of a URL that may hold a password."""
    if url == "console:":
        return MailPlace("console")
    if url.startswith("file:") and len(url) > len("file:"):
        return MailPlace("file", path=url.removeprefix("file:").removeprefix("//"))
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise ValueError(_FORM) from None
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(_FORM)
    name, word = parts.username, parts.password
    if (name is None) != (word is None):
        raise ValueError("name both user and password, or neither")
    return MailPlace(
        "smtps" if parts.scheme == "smtps" else "smtp",
        parts.hostname,
        port,
        None if name is None else unquote(name),
        None if word is None else unquote(word),
    )
