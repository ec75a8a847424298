"""Answers of a provider as Starlette responses."""

from collections.abc import Sequence
from html import escape
from typing import Final

from starlette.responses import HTMLResponse, Response

from consentry.resource.refused import RETRY_AFTER_S
from consentry.spec.oauth1.encoding import FORM, Pair, form_encode
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.header import oauth_challenge

from .errors import MethodNotAllowed, error_form

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PAGE_HEADERS: Final = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def form_answer(pairs: Sequence[Pair]) -> Response:
    """200 with a form-encoded body that no cache keeps (RFC 5849 §2.1, §2.3)."""
    return Response(form_encode(pairs), headers={**NO_STORE, "Content-Type": FORM})


def error_answer(error: OAuth1Error, realm: str) -> Response:
    """A refusal with its status, and the challenge or `Allow` that belongs to it."""
    headers = {**NO_STORE, "Content-Type": FORM, **error_headers(error, realm)}
    return Response(error_form(error), error.status, headers=headers)


def error_headers(error: OAuth1Error, realm: str) -> dict[str, str]:
    """`WWW-Authenticate` of a 401 (RFC 9110 §15.5.2), `Allow` of a 405 (§15.5.6), and
    `Retry-After` of a 503 (§15.6.4).
    """
    if isinstance(error, MethodNotAllowed):
        return {"Allow": error.allowed}
    if error.status == 503:
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {"WWW-Authenticate": oauth_challenge(realm)} if error.status == 401 else {}


def redirect(location: str) -> Response:
    """302 with a URI as it is: a callback's own escapes must reach it unchanged."""
    headers = {**NO_STORE, "Referrer-Policy": "no-referrer", "Location": location}
    return Response(status_code=302, headers=headers)


def verifier_page(verifier: str) -> Response:
    """The page for `oob`: the verifier, to be typed into the app (RFC 5849 §2.2)."""
    shown = (
        f'Type this code into the app:</p><p><code id="oauth_verifier">{escape(verifier)}</code>'
    )
    return _page("Access granted", shown)


def refusal_page() -> Response:
    """The page for `oob` after a refusal."""
    return _page("Access refused", "The app was given no access. You can close this page.")


def as_tuple(response: Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """An answer as `(status, body, headers)`, for code that composes its own."""
    return response.status_code, bytes(response.body), list(response.headers.items())


def _page(title: str, inner: str) -> Response:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<body><main><h1>{title}</h1><p>{inner}</p></main></body></html>"
    )
    return HTMLResponse(html, headers=_PAGE_HEADERS)
