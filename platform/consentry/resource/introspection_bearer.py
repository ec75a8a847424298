"""Opaque access tokens, told good by who issued them (RFC 7662)."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

import httpx2

from consentry.jose.claims import Expected
from consentry.jose.compact import MAX_CHARACTERS, BadToken
from consentry.spec.errors import InvalidToken

from .access_token import AccessToken
from .remote_json import RemoteJson, Unavailable


class IntrospectionBearer:
    """Validates tokens at an introspection endpoint, as the client this API is there.

    audience, issuer: what the answer must name, where the endpoint tells tokens of several
    APIs or issuers. cache_ttl: seconds a good answer is believed again, which is how late a
    revocation may be heard of; 0 asks each time. cache_size: answers kept at once, the token
    as a hash. requires_token_type: RFC 7662 leaves `token_type` optional; an endpoint that
    leaves it out tells refresh tokens and access tokens alike, so say False only where it
    answers for access tokens alone.
    """

    def __init__(
        self, endpoint: str, client_id: str, client_secret: str, *,
        audience: str | Collection[str] | None = None, issuer: str | None = None,
        cache_ttl: float = 5, cache_size: int = 1000, leeway: int = 0,
        requires_token_type: bool = True, http: httpx2.AsyncClient | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._endpoint = endpoint
        self._client = (client_id, client_secret)
        self._audience = audience
        self._issuer = issuer
        self._leeway = leeway
        self._requires_token_type = requires_token_type
        self._clock = clock
        self._remote = RemoteJson(http)
        self._answers = Answers(cache_ttl, cache_size)

    async def validate(self, token: str) -> AccessToken | None:
        """The token. Raises InvalidToken, and TemporarilyUnavailable if nobody answers."""
        if len(token) > MAX_CHARACTERS:
            raise InvalidToken(f"the token is over {MAX_CHARACTERS} characters")
        kept = self._answers.get(token, self._clock())
        if kept is not None:
            return kept
        answer = await self._remote.post(
            self._endpoint, *self._client, data={"token": token, "token_type_hint": "access_token"}
        )
        self._check(answer)
        found = AccessToken.of(token, answer)
        self._answers.put(found, self._clock())
        return found

    async def aclose(self) -> None:
        """Close the client if none was given."""
        await self._remote.aclose()

    def _check(self, answer: dict[str, Any]) -> None:
        """The members of an answer (RFC 7662 §2.2, §4). Raises InvalidToken."""
        active = answer.get("active")
        if not isinstance(active, bool):
            raise Unavailable(f"{self._endpoint}: an answer without active", 200)
        if not active:
            raise InvalidToken("the token is not active")
        kind = answer.get("token_type", None if self._requires_token_type else "bearer")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise InvalidToken("no bearer token")
        expected = Expected(
            int(self._clock()), self._issuer, self._audience, self._leeway, (),
            ignore_exp="exp" not in answer,
        )  # fmt: skip
        try:
            expected.check(answer)
        except BadToken as error:
            raise InvalidToken(str(error)) from None


class Answers:
    """Good answers, each until it is `lifetime` seconds old or its token expires.

    At most `size`, the longest unused going first. Bad ones are not kept: strangers could
    push the good ones out.
    """

    def __init__(self, lifetime: float, size: int) -> None:
        if lifetime < 0 or size < 1:
            raise ValueError("cache_ttl is 0 or more, cache_size 1 or more")
        self._lifetime = lifetime
        self._size = size
        self._kept: OrderedDict[bytes, tuple[float, AccessToken]] = OrderedDict()

    def get(self, token: str, now: float) -> AccessToken | None:
        """The answer if one is kept and not too old."""
        key = _key(token)
        ends_at, found = self._kept.get(key, (now, None))
        if now >= ends_at:
            self._kept.pop(key, None)
            return None
        self._kept.move_to_end(key)
        return found

    def put(self, token: AccessToken, now: float) -> None:
        """Keep an answer."""
        ends_at = now + self._lifetime
        if token.expires_at is not None:
            ends_at = min(ends_at, token.expires_at)
        self._kept[_key(token.text)] = (ends_at, token)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
