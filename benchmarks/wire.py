"""Requests as bytes, and the tokens in them."""

import base64
import secrets
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from urllib.parse import urlencode
from uuid import UUID

from benchmarks.data import CLIENT, REDIRECT_URI, SECRET, VERIFIER, Place
from consentry.crypto import base64url, tokens
from consentry.spec.oauth1.signing import Credentials, sign_request

_BASIC = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()


def get(host: str, path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()


def post(host: str, path: str, **fields: str) -> bytes:
    """A form sent by the client, which proves itself with its secret (RFC 6749 §2.3.1)."""
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nAuthorization: Basic {_BASIC}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def post_bare(host: str, *values: object, authorization: str = f"Basic {_BASIC}") -> bytes:
    """What the bare route is told, in a request with the same headers."""
    body = "|".join(map(str, values))
    return (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nAuthorization: {authorization}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def refresh(host: str, place: Place, authorization: UUID) -> bytes:
    """Rotate the first refresh token."""
    return rotation(host, first_refresh_token(place, authorization))


def first_refresh_token(place: Place, authorization: UUID) -> str:
    """The one that came with the code."""
    raw = authorization.bytes + (1).to_bytes(4, "big")
    sealed = place.keys.seal("refresh-token", raw, sha256(raw).digest()[:12])
    return tokens.encode(tokens.REFRESH, sealed)


def rotation(host: str, refresh_token: str) -> bytes:
    """Trade a refresh token for the next one."""
    return post(host, "/oauth2/token", grant_type="refresh_token", refresh_token=refresh_token)


def redemption(host: str, place: Place, authorization: UUID) -> bytes:
    """Redeem the code."""
    raw = authorization.bytes + (int(time.time()) + 3600).to_bytes(5, "big")
    code = tokens.encode(tokens.CODE, place.keys.seal("authorization-code", raw))
    return post(
        host, "/oauth2/token", grant_type="authorization_code", code=code,
        redirect_uri=REDIRECT_URI, code_verifier=VERIFIER,
    )  # fmt: skip


def introspection(host: str, place: Place, authorization: UUID) -> bytes:
    """Ask about a live opaque access token."""
    now = int(time.time())
    times = now.to_bytes(5, "big") + (now + 3600).to_bytes(5, "big")
    raw = b"\0" + times + secrets.token_bytes(12) + authorization.bytes
    token = tokens.encode(tokens.ACCESS, place.keys.seal("access-token", raw))
    return post(host, "/oauth2/introspect", token=token)


def post_bare_signed(host: str, authorization: UUID) -> bytes:
    """What the bare route is told of a signed request: whose, and a nonce."""
    nonce = sha256(authorization.bytes).hexdigest()
    return post_bare(host, authorization, nonce, authorization=_signed_as_long(host))


@cache
def _signed_as_long(host: str) -> str:
    # As long as one on a token's behalf; nobody checks it.
    return signed("GET", f"http://{host}/", UUID(int=0), token=("x" * 31, ""))


def whoami(host: str, place: Place, authorization: UUID, method: str) -> bytes:
    """Ask who signs, on behalf of the person (RFC 5849 §3.1)."""
    token = token_credentials(place, authorization)
    return signed_get(host, "/api/v1/whoami", authorization, method, token)


def token_credentials(place: Place, authorization: UUID) -> tuple[str, str]:
    """The OAuth 1 token of an authorization, and its secret."""
    raw = (1).to_bytes(2, "big") + authorization.bytes
    message = authorization.bytes + CLIENT.encode()
    secret = base64url.encode(place.keys.mac_under(1, "oauth1-token-secret", message))
    return tokens.encode(tokens.TOKEN_CREDENTIAL, raw), secret


def signed_get(
    host: str, path: str, nonce: UUID, signature_method: str, token: tuple[str, str]
) -> bytes:
    """A GET request signed on a token's behalf."""
    header = signed("GET", f"http://{host}{path}", nonce, signature_method, token)
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nAuthorization: {header}\r\n\r\n"
    ).encode()


def initiate(host: str, place: Place, nonce: UUID) -> bytes:
    """Ask for temporary credentials (RFC 5849 §2.1)."""
    header = signed("POST", f"http://{host}/oauth1/initiate", nonce, callback=REDIRECT_URI)
    return (
        f"POST /oauth1/initiate HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n"
        f"Authorization: {header}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def signed(
    method: str,
    url: str,
    nonce: UUID,
    signature_method: str = "HMAC-SHA1",
    token: tuple[str, str] = ("", ""),
    callback: str = "",
) -> str:
    """The Authorization header of a request that the client signs."""
    made = sign_request(
        Credentials(CLIENT, SECRET, *token), method, url,
        timestamp=int(time.time()), nonce=nonce.hex, signature_method=signature_method,
        extra={"oauth_callback": callback} if callback else {},
    )  # fmt: skip
    return made.headers["Authorization"]


def get_as(host: str, path: str, access_token: str) -> bytes:
    """A GET request with a bearer token (RFC 6750 §2.1)."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n"
        f"Authorization: Bearer {access_token}\r\n\r\n"
    ).encode()


def browse(
    host: str, path: str, cookies: Mapping[str, str], fields: Mapping[str, str] | None = None
) -> bytes:
    """A browser's request for a page, or with fields the sending of its form."""
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    head = f" {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nCookie: {held}\r\n"
    if fields is None:
        return f"GET{head}\r\n".encode()
    body = urlencode(fields)
    return (
        f"POST{head}Origin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
