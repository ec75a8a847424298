"""The `Authorization` header and the challenges that answer it (RFC 7617, RFC 6750)."""

import binascii
import re
from base64 import b64decode
from typing import Final
from urllib.parse import unquote_to_bytes

from .errors import InsufficientScope, InvalidClient, InvalidRequest, OAuthError
from .scope import Scope

# RFC 6750 §2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNQUOTABLE = re.compile(r"[^\x20-\x7e]")
_RULE: Final = "Authorization header"


def scheme_of(header: str) -> str:
    """The scheme in lower case; empty when there is none (RFC 9110 §11.1)."""
    return header.strip(" ").partition(" ")[0].lower()


def parse_basic(header: str) -> tuple[str, str]:
    """Client id and secret of a Basic header (RFC 7617 §2, RFC 6749 §2.3.1).

    Both halves are form-encoded before they are joined, so `+` is a space and `%3A` a colon.
    Raises InvalidClient.
    """
    credentials = _credentials(header, "basic")
    if credentials is None:
        raise _bad_basic("not a Basic header")
    try:
        joined = b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        raise _bad_basic("not base64") from None
    client_id, colon, secret = joined.partition(b":")
    if not colon:
        raise _bad_basic("no colon")
    return _form_decode(client_id), _form_decode(secret)


def parse_bearer(header: str) -> str:
    """The token of a Bearer header (RFC 6750 §2.1). Raises InvalidRequest."""
    credentials = _credentials(header, "bearer")
    if credentials is None or not _B64TOKEN.fullmatch(credentials):
        raise InvalidRequest("malformed Bearer credentials", rule=_RULE)
    return credentials


def bearer_challenge(
    realm: str, error: OAuthError | None = None, scope: Scope | None = None
) -> str:
    """A `WWW-Authenticate` value (RFC 6750 §3).

    error: left out when the request carried no token at all (§3.1). The scope needed is taken
    from `scope`, else from an InsufficientScope.
    """
    attributes = [("realm", realm)]
    if error is not None:
        attributes += [("error", error.code), ("error_description", error.description)]
    needed = str(scope) if scope else ""
    if not needed and isinstance(error, InsufficientScope):
        needed = error.scope
    attributes.append(("scope", needed))
    shown = (f"{name}={_quoted(value)}" for name, value in attributes if value or name == "realm")
    return "Bearer " + ", ".join(shown)


def basic_challenge(realm: str) -> str:
    """A `WWW-Authenticate` value that asks for client credentials in UTF-8 (RFC 7617 §2.1)."""
    return f'Basic realm={_quoted(realm)}, charset="UTF-8"'


def _credentials(header: str, scheme: str) -> str | None:
    """What follows the scheme and its spaces; None for another scheme (RFC 9110 §11.4)."""
    named, space, credentials = header.strip(" ").partition(" ")
    if named.lower() != scheme or not space:
        return None
    return credentials.lstrip(" ")


def _form_decode(half: bytes) -> str:
    if b"%" in half or b"+" in half:
        if _BAD_ESCAPE.search(half):
            raise _bad_basic("bad percent escape")
        half = unquote_to_bytes(half.replace(b"+", b" "))
    try:
        text = half.decode()
    except UnicodeDecodeError:
        raise _bad_basic("not UTF-8") from None
    if _CONTROL.search(text):
        raise _bad_basic("control character")
    return text


def _bad_basic(reason: str) -> InvalidClient:
    return InvalidClient("malformed Basic credentials", detail=reason, rule=_RULE)


def _quoted(value: str) -> str:
    """A quoted-string of printable ASCII (RFC 9110 §5.6.4)."""
    plain = _UNQUOTABLE.sub("?", value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
