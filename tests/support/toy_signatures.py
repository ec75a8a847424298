"""Signature methods of one's own, right and wrong ones."""

import hashlib
import hmac
from typing import Any

from consentry.spec.oauth1.signatures import SignatureInput
from consentry.spec.oauth1.signing import Credentials

NAME = "TOY-SHA3"
HERE = "support.toy_signatures"
NO_FUNCTION = "anything but a function"


def sign(credentials: Credentials, base_string: str) -> str:
    """The client's side."""
    return _mac(credentials.client_secret, credentials.token_secret, base_string)


def verify(given: SignatureInput) -> bool:
    """The server's side."""
    expected = _mac(given.client_secret, given.token_secret, given.request.base_string)
    return hmac.compare_digest(expected, given.request.signature)


async def verify_later(given: SignatureInput) -> bool:
    """The same, having waited for something."""
    return verify(given)


def say_yes(_: SignatureInput) -> Any:
    """What many would take for a yes, or for a no."""
    return "false"


async def say_yes_later(_: SignatureInput) -> Any:
    return 1


def _mac(client_secret: str, token_secret: str, base_string: str) -> str:
    key = f"{client_secret}&{token_secret}".encode()
    return hmac.new(key, base_string.encode(), hashlib.sha3_256).hexdigest()
