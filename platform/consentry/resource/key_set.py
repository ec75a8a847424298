"""The keys an issuer signs with, kept for a while."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from consentry.jose.jwks import PublicJwk, public_only

from .remote_json import RemoteJson, Unavailable

ASK_AGAIN_AFTER_S: Final = 10
STALE_FOR_S: Final = 3600
_log = logging.getLogger("consentry.resource")


class KeySet:
    """The keys at an issuer's `jwks_uri`, found by its metadata if not given.

    Fetched again after `lifetime` seconds, and when a token names a key that is not there;
    never more than once in ten seconds, so that strangers' tokens cannot make us ask. While
    the issuer is away its last keys serve for an hour.
    """

    def __init__(
        self, remote: RemoteJson, issuer: str, jwks_uri: str | None, *,
        lifetime: float, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._remote = remote
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._lifetime = lifetime
        self._clock = clock
        self._keys: list[PublicJwk] = []
        self._fetched_at = self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    async def keys(self, kid: str | None) -> list[PublicJwk]:
        """The keys, among them that of `kid` if the issuer has it. Raises Unavailable.

        While they are being fetched, whoever has use for those that are there need not wait.
        """
        if not self._is_fresh(kid) and not (self._turn.locked() and self._serves(kid)):
            async with self._turn:
                if not self._is_fresh(kid) and self._may_ask():
                    await self._refresh()
        if not self._are_usable():
            raise Unavailable(f"no keys of {self._issuer}")
        return self._keys

    def _is_fresh(self, kid: str | None) -> bool:
        return self._serves(kid) and self._clock() - self._fetched_at < self._lifetime

    def _serves(self, kid: str | None) -> bool:
        is_known = kid is None or any(key.get("kid", kid) == kid for key in self._keys)
        return is_known and self._are_usable()

    def _are_usable(self) -> bool:
        return self._clock() - self._fetched_at <= max(self._lifetime, STALE_FOR_S)

    def _may_ask(self) -> bool:
        return self._clock() - self._tried_at >= ASK_AGAIN_AFTER_S

    async def _refresh(self) -> None:
        self._tried_at = self._clock()
        try:
            uri = self._jwks_uri or await published_jwks_uri(self._remote, self._issuer)
            self._keys = public_only(await self._remote.get(uri))
        except (Unavailable, ValueError) as error:
            reason = error.detail if isinstance(error, Unavailable) else str(error)
            _log.warning("no new keys of %s: %s", self._issuer, reason)
        else:
            self._fetched_at = self._tried_at


async def published_jwks_uri(remote: RemoteJson, issuer: str) -> str:
    """The `jwks_uri` of an issuer's metadata (RFC 8414 §3, OIDC Discovery §4).

    Raises Unavailable, and ValueError for metadata of another issuer (RFC 8414 §3.3) or keys
    that would come by a less protected way than the metadata.
    """
    try:
        metadata = await remote.get(_authorization_server_metadata(issuer))
    except Unavailable as error:
        if error.answered != 404:
            raise
        metadata = await remote.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer:
        raise ValueError("the metadata is another issuer's")
    uri = metadata.get("jwks_uri")
    if not isinstance(uri, str) or not uri.startswith(
        ("https://", f"{urlsplit(issuer).scheme}://")
    ):
        raise ValueError("the metadata has no usable jwks_uri")
    return uri


def _authorization_server_metadata(issuer: str) -> str:
    """The well-known part goes between host and path (RFC 8414 §3.1)."""
    parts = urlsplit(issuer)
    path = f"/.well-known/oauth-authorization-server{parts.path.rstrip('/')}"
    return parts._replace(path=path).geturl()
