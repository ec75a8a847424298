"""HTTP messages as people read them: short, and without secrets."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import httpx2
import orjson

LONGEST = 4_000
_LONG = re.compile(r"[A-Za-z0-9_.~+/%-]{49,}={0,2}")
_SECRETS = re.compile(r"((?:client_secret|oauth_token_secret|csrf_token)=|Basic )[^&\s]+")
_TOLD = ("authorization", "content-type")
_ANSWERED = ("content-type", "location", "www-authenticate")


class Message(NamedTuple):
    """A request and its answer. is_good: it went on from here."""

    title: str
    meaning: str
    asked: str = ""
    answered: str = ""
    is_good: bool = True

    @classmethod
    def of(cls, title: str, meaning: str, answer: httpx2.Response, hidden: Sequence[str]) -> Self:
        """One exchange. hidden: texts that are not to be seen, whatever their form."""
        request = answer.request
        first = f"{request.method} {_opened(str(request.url.raw_path, 'ascii'))}"
        asked = [first, *_lines(request.headers, _TOLD), *_body(request)]
        told = [f"{answer.status_code} {answer.reason_phrase}"]
        told += [*_lines(answer.headers, _ANSWERED), *_body(answer)]
        return cls(
            title,
            meaning,
            shown("\n".join(asked), hidden),
            shown("\n".join(told), hidden),
            answer.status_code < 400,
        )


def _lines(headers: Mapping[str, str], names: Sequence[str]) -> list[str]:
    found = [(name.title(), headers[name]) for name in names if name in headers]
    return [f"{name}: {_opened(value)}" for name, value in found]


def _opened(text: str) -> str:
    """An address or a header with each of its parameters on a line."""
    if text.startswith("OAuth "):
        return text.replace(", ", ",\n  ")
    path, mark, query = text.partition("?")
    return path + (f"\n  {mark}" + query.replace("&", "\n  &") if query else "")


def _body(message: httpx2.Request | httpx2.Response) -> list[str]:
    """What is below the headers, a page left out."""
    kind, text = message.headers.get("content-type", ""), message.content.decode(errors="replace")
    if not text or "html" in kind:
        return []
    if "json" in kind:
        return ["", orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()]
    return ["", text.replace("&", "\n&")]


def shown(text: str, hidden: Sequence[str] = ()) -> str:
    """A message without the secrets it carries, long values cut short."""
    for one in hidden:
        text = text.replace(one, "•••")
    text = _SECRETS.sub(r"\1•••", text)
    return _LONG.sub(lambda found: f"{found[0][:24]}…", text)[:LONGEST]


def as_json(messages: Sequence[Message]) -> list[Any]:
    """What `from_json` reads."""
    return [list(one) for one in messages]


def from_json(members: Sequence[Sequence[Any]]) -> list[Message]:
    """The messages of `as_json`."""
    return [Message(*one) for one in members]
