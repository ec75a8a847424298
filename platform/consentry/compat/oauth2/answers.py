"""How answers look: JSON no cache keeps, redirects to a proven place, a page for people."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consentry.spec.authorization_header import basic_challenge
from consentry.spec.authorization_request import Preview
from consentry.spec.errors import InvalidClient, InvalidRequest, OAuthError, TooManyRequests
from consentry.spec.redirect_uri import append_params, with_fragment
from consentry.spec.response_types import check_response_mode, default_response_mode, normalize

from .errors import MethodNotAllowed

# RFC 6749 §5.1 asks for both.
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_SEND: Final = "document.forms[0].submit()"
_SEND_HASH: Final = b64encode(sha256(_SEND.encode()).digest()).decode()
_PAGE_HEADERS: Final = {
    **NO_STORE,
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{_SEND_HASH}'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Return:
    """Where and how to answer a browser: a proven redirect_uri, the mode, the client's state."""

    redirect_uri: str
    mode: str
    state: str | None

    @classmethod
    def of(cls, redirect_uri: str, asked: Preview) -> "Return":
        """For a request that may turn out wrong: the mode it asked for, if that is one."""
        types = normalize(asked.response_type_text or "code")
        try:
            mode = check_response_mode(types, asked.response_mode_text)
        except InvalidRequest:
            mode = default_response_mode(types)
        return cls(redirect_uri, mode, asked.state)

    def answer(self, parameters: Mapping[str, str]) -> Response:
        """The response (RFC 6749 §4.1.2, §4.2.2, OAuth 2.0 Form Post Response Mode §2).

        303, so that what a person posted here is not posted on (RFC 9700 §4.12).
        """
        sent = dict(parameters)
        if self.state is not None:
            sent["state"] = self.state
        if self.mode == "form_post":
            return _form_post(self.redirect_uri, sent)
        place = append_params if self.mode == "query" else with_fragment
        return RedirectResponse(place(self.redirect_uri, sent), 303, NO_STORE)


def json_answer(members: Any, status: int = 200, headers: Mapping[str, str] = NO_STORE) -> Response:
    """A JSON answer; not cached unless told otherwise."""
    return Response(orjson.dumps(members), status, dict(headers), "application/json")


def error_answer(error: OAuthError, *, realm: str, error_uri: str | None = None) -> Response:
    """An error for a client: status, members, challenge (RFC 6749 §5.2)."""
    headers = dict(NO_STORE)
    if isinstance(error, InvalidClient):
        headers["WWW-Authenticate"] = basic_challenge(realm)
    elif isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    elif isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    members = error.body()
    if error_uri is not None:
        members["error_uri"] = error_uri
    return json_answer(members, error.status, headers)


def error_page(error: OAuthError) -> Response:
    """An error for a person, who cannot be sent anywhere with it (RFC 6749 §4.1.2.1)."""
    said = f"<h1>This request cannot be trusted</h1><p>{escape(error.description)}</p>"
    # A 401 would make the browser ask the person for a password.
    status = 400 if error.status == 401 else error.status
    return _page("Error", f"{said}<p><code>{escape(error.code)}</code></p>", status)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def _form_post(action: str, parameters: Mapping[str, str]) -> Response:
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in parameters.items()
    )
    form = f'<form method="post" action="{escape(action)}">{fields}<button>Continue</button></form>'
    return _page("Returning to the app", f"{form}<script>{_SEND}</script>", 200)


def _page(title: str, main: str, status: int) -> Response:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main>{main}</main></body></html>"
    )
    return HTMLResponse(page, status, _PAGE_HEADERS)
