"""Where a bearer token travels in a request (RFC 6750 §2)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from consentry.spec.redirect_uri import append_params

from .errors import InvalidToken, Misconfigured
from .http import FORM, hide_queries

IN_HEADER: Final = "header"
PLACEMENTS: Final = (IN_HEADER, "body", "uri")


def checked_placement(placement: str, *, allow_uri: bool = False) -> str:
    """A placement that may be used. Raises Misconfigured.

    In the URI a token reaches logs, histories and referrers, which is why it must not be sent
    so any more (RFC 9700 §2.4); only `allow_uri` brings it back.
    """
    if placement not in PLACEMENTS:
        raise Misconfigured(f"token_placement is one of {', '.join(PLACEMENTS)}")
    if placement == "uri" and not allow_uri:
        raise Misconfigured("token_placement 'uri' shows the token to logs; see allow_token_in_uri")
    if placement == "uri":
        hide_queries()
    return placement


def place(
    token: Mapping[str, Any], placement: str, method: str, url: str, headers: dict[str, str],
    body: bytes,
) -> tuple[str, dict[str, str], bytes]:  # fmt: skip
    """The request with its token.

    A body can carry one only when it is a form and the method has a body (RFC 6750 §2.2); in
    all other requests the token goes into the header. Raises InvalidToken for a type that is
    not Bearer: a token of unknown type must not be used (RFC 6749 §7.1).
    """
    if str(token.get("token_type", "")).lower() != "bearer":
        raise InvalidToken("the token's type is not Bearer")
    access_token = str(token["access_token"])
    if placement == "uri":
        return append_params(url, {"access_token": access_token}), headers, body
    if placement == "body" and takes_form(method, headers, body):
        joined = b"&".join(part for part in (body, _field(access_token)) if part)
        return url, {**headers, "content-type": FORM}, joined
    return url, {**headers, "authorization": f"Bearer {access_token}"}, body


def takes_form(method: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body is a form or can become one (RFC 6750 §2.2, RFC 5849 §3.5.2)."""
    if method.upper() not in ("POST", "PUT", "PATCH"):
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == FORM or (not body and not kind)


def _field(access_token: str) -> bytes:
    return urlencode({"access_token": access_token}).encode()
