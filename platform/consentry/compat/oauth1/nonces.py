"""Nonces: each (client, token, timestamp, nonce) counts once (RFC 5849 §3.3, THREATS 1)."""

from collections.abc import Awaitable, Callable
from typing import Any

from .caches import Cache
from .shelf import Shelf

ExistsNonce = Callable[[str, str, str, str | None], Awaitable[bool]]


def create_exists_nonce_func(
    cache: Cache, key_prefix: str = "nonce:", expires: int = 86_400
) -> ExistsNonce:
    """`exists_nonce(nonce, timestamp, client_id, oauth_token)`: whether it was seen before.

    Asking records it, in one step: of any number of equal calls one gets False.
    expires: seconds; no less than twice the timestamp window.
    """
    shelf = Shelf(cache, key_prefix)

    async def exists_nonce(
        nonce: str, timestamp: str, client_id: str, oauth_token: str | None
    ) -> bool:
        name = (client_id, oauth_token or "", str(timestamp), nonce)
        return not await shelf.claim(expires, *name)

    return exists_nonce


def register_nonce_hooks(
    server: Any, cache: Cache, key_prefix: str = "nonce:", expires: int = 86_400
) -> None:
    """Give a server the hook `exists_nonce` over a cache.

    Raises ValueError when nonces would be forgotten while their requests still count.
    """
    if expires < 2 * server.window:
        raise ValueError("expires covers the timestamp window, before and after now")
    server.register_hook("exists_nonce", create_exists_nonce_func(cache, key_prefix, expires))
