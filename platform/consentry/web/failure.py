"""The answer to a request that no endpoint could answer, in the form its sender reads."""

import html
from collections.abc import Iterable
from http import HTTPStatus

import orjson

_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><main><h1>{title}</h1><p role="alert">{description}</p></main></body>
</html>
"""


def failure(
    path: str, headers: Iterable[tuple[bytes, bytes]], status: int, error: str, description: str
) -> tuple[bytes, bytes]:
    """Content type and body of a failure.

    A problem document below `/api/` (RFC 9457), a page for who prefers HTML, otherwise the
    error object of OAuth 2 (RFC 6749 §5.2).
    """
    if path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title_of(status), "status": status}
        members = {**problem, "detail": description, "code": error}
        return b"application/problem+json", orjson.dumps(members)
    if prefers_html(headers):
        page = _PAGE.format(title=title_of(status), description=html.escape(description))
        return b"text/html; charset=utf-8", page.encode()
    return b"application/json", orjson.dumps({"error": error, "error_description": description})


def prefers_html(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """True if Accept names HTML, and before JSON when it names both."""
    accept = b",".join(value for name, value in headers if name == b"accept").lower()
    page, data = accept.find(b"text/html"), accept.find(b"application/json")
    return page >= 0 and (data < 0 or page < data)


def title_of(status: int) -> str:
    """The reason phrase of a status (RFC 9110 §15), whatever Python's version calls it."""
    if status in _RENAMED:
        return _RENAMED[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
