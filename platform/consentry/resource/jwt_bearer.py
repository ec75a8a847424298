"""JWT access tokens, checked where they arrive (RFC 9068)."""

import time
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

import httpx2

from consentry.jose import strict_json
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.compact import Compact
from consentry.jose.verify import BadToken, verify
from consentry.spec.errors import InvalidToken

from .access_token import AccessToken
from .key_set import KeySet
from .remote_json import RemoteJson

TYPE: Final = "at+jwt"
REQUIRED: Final = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")


class JWTBearer:
    """Validates the JWT access tokens of one issuer (RFC 9068 §4).

    issuer: exactly as the tokens' `iss` has it; its metadata tells where its keys are, unless
    `jwks_uri` does. audience: identifiers of this API; the token must name one of them.
    algs: signature algorithms accepted. cache_ttl, leeway: seconds. http: a client to fetch
    with. A token is good until it expires: to hear of revocations, introspect.
    """

    def __init__(
        self, issuer: str, audience: str | Collection[str], *, jwks_uri: str | None = None,
        algs: Collection[str] = SIGNING_ALGS, cache_ttl: float = 300, leeway: int = 0,
        http: httpx2.AsyncClient | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        if urlsplit(issuer).scheme not in ("https", "http") or not audience:
            raise ValueError("issuer is a URL, and audience names this API")
        if not algs or not set(algs) <= set(SIGNING_ALGS):
            raise ValueError(f"algs are some of {', '.join(SIGNING_ALGS)}")
        self._issuer = issuer
        self._audience = audience
        self._algs = frozenset(algs)
        self._leeway = leeway
        self._clock = clock
        self._remote = RemoteJson(http)
        self._keys = KeySet(self._remote, issuer, jwks_uri, lifetime=cache_ttl, clock=clock)

    async def validate(self, token: str) -> AccessToken | None:
        """The token; None if it is no JWT, or says it is of another issuer.

        Raises InvalidToken, and TemporarilyUnavailable if the issuer's keys cannot be had.
        """
        try:
            jws = Compact.parse(token)
            issuer = strict_json.parse_object(jws.payload).get("iss")
        except ValueError:
            return None
        if issuer != self._issuer:
            return None
        try:
            # Before anything is fetched for it: an algorithm we do not take is no reason to.
            if jws.alg not in self._algs:
                raise BadToken("the token's alg is not allowed here")
            jws.check_typ(TYPE)
            claims = verify(
                token, await self._keys.keys(jws.kid), algs=self._algs, typ=TYPE,
                now=int(self._clock()), issuer=self._issuer, audience=self._audience,
                leeway=self._leeway, require=REQUIRED,
            ).claims  # fmt: skip
        except BadToken as error:
            raise InvalidToken(str(error)) from None
        return AccessToken.of(token, claims)

    async def aclose(self) -> None:
        """Close the client if none was given."""
        await self._remote.aclose()
