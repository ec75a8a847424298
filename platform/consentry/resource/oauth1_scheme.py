"""Signed requests at a protected resource, whoever verifies them (RFC 5849 §3)."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from consentry.spec.errors import OAuthError
from consentry.spec.oauth1.encoding import is_form
from consentry.spec.oauth1.errors import PermissionDenied
from consentry.spec.oauth1.header import oauth_challenge
from consentry.spec.oauth1.request import BODY_HASH, SignedRequest

from .asked import Asked
from .current import OAUTH1
from .need import Need
from .protector import Held, Scheme

DEFAULT_REALM = "api"
Verify = Callable[[SignedRequest, Asked], Awaitable[Held]]
_TELLING = frozenset({"oauth_consumer_key", "oauth_signature"})


class OAuth1Scheme(Scheme):
    """The scheme `OAuth`.

    verify: the credentials of a well-formed request; raises OAuthError if they do not hold.
    realm: named in challenges and, if given, to be named by every request in its header.
    public_url: scheme and host as clients know them; without it the Host header is believed.
    max_body_bytes: how large a body may be that a signature covers.
    """

    state = OAUTH1

    def __init__(
        self, verify: Verify, realm: str | None, public_url: str | None, max_body_bytes: int
    ) -> None:
        self._verify = verify
        self._realm = realm
        self._origin = None if public_url is None else origin_of(public_url)
        self._max_body_bytes = max_body_bytes

    async def is_used_by(self, asked: Asked) -> bool:
        if asked.scheme == "oauth":
            return True
        sent = (asked.query, await asked.small_form())
        names = (name for raw in sent for name, _ in parse_qsl(raw.decode("latin-1"), True))
        return not _TELLING.isdisjoint(names)

    async def read(self, asked: Asked) -> Held:
        request = SignedRequest.parse(
            asked.method,
            self.url(asked),
            authorization=asked.authorization,
            content_type=asked.content_type,
            body=await self.signed_body(asked),
        )
        request.require("oauth_consumer_key", "oauth_signature_method", "oauth_signature")
        held = await self._verify(request, asked)
        return held._replace(realm=request.realm)

    def check(self, held: Held, need: Need) -> None:
        """The realm by its header (RFC 5849 §3.5.1), the scope by the credentials."""
        realm = need.realm or self._realm
        if realm is not None and held.realm != realm:
            raise PermissionDenied("the request names another realm", rule="realm")
        if need.alternatives and (held.scope is None or not need.is_met_by(held.scope)):
            raise PermissionDenied(f"needs the scope {need.wanted}", rule="scope")

    def challenge(self, need: Need, error: OAuthError | None) -> str:
        return oauth_challenge(need.realm or self._realm or DEFAULT_REALM)

    def url(self, asked: Asked) -> str:
        """The address as the client signed it (RFC 5849 §3.4.1.2)."""
        return asked.url(self._origin)

    async def signed_body(self, asked: Asked) -> bytes:
        """The body if a signature may cover it: a form, or what a hash is sent of."""
        sent = (asked.authorization or "").encode() + asked.query
        if is_form(asked.content_type) or BODY_HASH.encode() in sent:
            return await asked.body(self._max_body_bytes)
        return b""


def origin_of(public_url: str) -> str:
    """Scheme and host of a URL that has nothing else. Raises ValueError."""
    parts = urlsplit(public_url)
    if parts.scheme not in ("https", "http") or not parts.netloc or "@" in parts.netloc:
        raise ValueError("public_url has the form https://host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("public_url is scheme and host alone")
    return f"{parts.scheme}://{parts.netloc}"
