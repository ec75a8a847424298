"""Client assertions (RFC 7523), good ones and forged ones."""

import hmac
import secrets
from functools import cache
from typing import Any

import orjson

from consentry.crypto import base64url
from consentry.jose.keys import PrivateKey, generate
from support.world import Tokens, World

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = "http://photos.localhost:8000"


def key_of(alg: str = "ES256", number: int = 0) -> PrivateKey:
    """One of the numbered keys of an algorithm, made once."""
    return _made(alg, number)


@cache
def _made(alg: str, number: int) -> PrivateKey:
    del number
    return generate(alg)


def jwks_of(*keys: PrivateKey) -> dict[str, Any]:
    """The JWK Set to register."""
    return {"keys": [key.public_jwk for key in keys]}


def claims(world: World, client_id: str, **changes: Any) -> dict[str, Any]:
    """Good claims, changed; None leaves one out."""
    now = int(world.clock().timestamp())
    made = {
        "iss": client_id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60,
        "jti": secrets.token_urlsafe(8), **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


def signed(key: PrivateKey, payload: object, **header: Any) -> str:
    """A JWS by a private key, whatever its header says."""
    head = {"alg": key.alg, "typ": "JWT", "kid": key.kid, **header}
    text = f"{_part({n: v for n, v in head.items() if v is not None})}.{_part(payload)}"
    return f"{text}.{base64url.encode(key.sign(text.encode()))}"


def hs256(secret: str | bytes, payload: object, **header: Any) -> str:
    """A JWS by a shared secret."""
    text = f"{_part({'alg': 'HS256', **header})}.{_part(payload)}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{text}.{base64url.encode(hmac.digest(key, text.encode(), 'sha256'))}"


def unsigned(payload: object) -> str:
    """A JWS that claims to need no signature."""
    return f"{_part({'alg': 'none'})}.{_part(payload)}."


def _part(value: object) -> str:
    return base64url.encode(value if isinstance(value, bytes) else orjson.dumps(value))


async def prove(world: World, assertion: str, **data: Any) -> Tokens:
    """A client credentials request authenticated by an assertion alone."""
    sent = {
        "grant_type": "client_credentials", "client_assertion_type": TYPE,
        "client_assertion": assertion, **data,
    }  # fmt: skip
    wanted = {name: value for name, value in sent.items() if value is not None}
    return await world.token(wanted, secret=None, client_id="")
