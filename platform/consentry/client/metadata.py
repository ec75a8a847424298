"""What a provider publishes of itself (RFC 8414, OIDC Discovery), and its keys, both cached."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from consentry.jose.jwks import PublicJwk, public_only

from .errors import UnexpectedAnswer
from .http import Http, json_object
from .urls import checked_endpoint

LIFETIME: Final = 3600
RETRY: Final = 60
_WELL_KNOWN: Final = "/.well-known/"
_SUFFIX: Final = "/.well-known/openid-configuration"

Metadata = dict[str, Any]


class Cached:
    """A document that is fetched when first needed and again once it is old.

    When a later fetch fails the old document serves on, and another try waits a minute.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Any]], clock: Callable[[], float], lifetime: float
    ) -> None:
        self._fetch, self._clock, self._lifetime = fetch, clock, lifetime
        self._lock = asyncio.Lock()
        self._document: Any = None
        self._fetched_at = self._tried_at = self._forced_at = float("-inf")

    async def get(self) -> Any:
        """The document. Raises what the very first fetch raised."""
        async with self._lock:
            now = self._clock()
            is_old = now >= self._fetched_at + self._lifetime
            if self._document is None or (is_old and now >= self._tried_at + RETRY):
                await self._renew()
            return self._document

    async def newer(self) -> Any:
        """The document, fetched now unless this was asked within the last minute."""
        async with self._lock:
            if self._clock() >= self._forced_at + RETRY:
                self._forced_at = self._clock()
                await self._renew()
            return self._document

    async def _renew(self) -> None:
        self._tried_at = self._clock()
        try:
            self._document = await self._fetch()
        except Exception:
            if self._document is None:
                raise
        else:
            self._fetched_at = self._tried_at


class ServerMetadata:
    """A provider's metadata: what was registered by hand, over what it publishes."""

    def __init__(
        self, http: Http, url: str, given: Mapping[str, Any], clock: Callable[[], float], *,
        allow_http: bool = False, lifetime: float = LIFETIME,
    ) -> None:  # fmt: skip
        self._http, self._url, self._given = http, url, dict(given)
        self._allow_http = allow_http
        self._published = Cached(self._fetch, clock, lifetime)

    async def load(self) -> Metadata:
        """The metadata by its registered names. Raises UnexpectedAnswer."""
        if not self._url:
            return dict(self._given)
        return {**await self._published.get(), **self._given}

    async def _fetch(self) -> Metadata:
        metadata = await fetch_json(self._http, self._url, allow_http=self._allow_http)
        expected = self._given.get("issuer") or issuer_behind(self._url)
        # A document that names another issuer is none of this one's (RFC 8414 §3.3).
        if expected is not None and metadata.get("issuer") != expected:
            raise UnexpectedAnswer("the metadata names another issuer than its address")
        return metadata


class Jwks:
    """A provider's signature keys; an unknown key id fetches them again, once a minute at most."""

    def __init__(
        self, fetch: Callable[[], Awaitable[object]], clock: Callable[[], float],
        lifetime: float = LIFETIME,
    ) -> None:  # fmt: skip
        self._fetch = fetch
        self._cached = Cached(self._usable, clock, lifetime)

    async def keys(self, kid: str | None) -> list[PublicJwk]:
        """The keys, with the one of this id among them if the provider has it.

        Raises UnexpectedAnswer for a set without a usable key.
        """
        keys: list[PublicJwk] = await self._cached.get()
        if kid is not None and all(key.get("kid", kid) != kid for key in keys):
            keys = await self._cached.newer()
        return keys

    async def _usable(self) -> list[PublicJwk]:
        try:
            return public_only(await self._fetch())
        except ValueError as error:
            raise UnexpectedAnswer(f"the provider's keys: {error}") from None


async def fetch_json(http: Http, url: str, *, allow_http: bool = False) -> dict[str, Any]:
    """The JSON object at a URL. Raises UnexpectedAnswer for any status but 200."""
    checked_endpoint(url, allow_http=allow_http)
    answer = await http.fetch("GET", url, {"Accept": "application/json"})
    if answer.status_code != 200:
        raise UnexpectedAnswer(f"{url}: HTTP {answer.status_code}")
    return json_object(answer, url)


def issuer_behind(url: str) -> str | None:
    """The issuer whose metadata stands at a well-known address; None for any other address.

    OpenID Connect appends to the issuer (OIDC Discovery §4.1); RFC 8414 §3.1 puts the same
    between host and path.
    """
    if url.endswith(_SUFFIX):
        return url.removesuffix(_SUFFIX)
    before, found, after = url.partition(_WELL_KNOWN)
    if not found:
        return None
    _, slash, path = after.partition("/")
    return before + slash + path
