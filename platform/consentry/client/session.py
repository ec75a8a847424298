"""One client's conversation with an OAuth 2 provider: what a compliance fix may change."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from .client_auth import STANDARD, AuthMethod, named_methods
from .errors import Misconfigured, OAuthError, UnexpectedAnswer
from .hooks import ComplianceHooks, Hook, resolved
from .http import FORM, Http, Outgoing, json_object
from .placement import IN_HEADER, checked_placement, place
from .tokens import Token, checked_answer
from .urls import checked_endpoint

_HEADERS: Final = {"Accept": "application/json", "Content-Type": FORM}


class OAuth2Session:
    """Requests to a provider's endpoints and APIs, with the hooks of compliance fixes.

    client_id, client_secret, scope and issuer may be changed by a fix.
    """

    def __init__(
        self, http: Http, clock: Callable[[], float], *, client_id: str, client_secret: str = "",
        scope: str | None = None, token_endpoint_auth_method: str | AuthMethod | None = None,
        revocation_endpoint_auth_method: str | AuthMethod | None = None,
        client_auth_methods: Any = (), token_placement: str = IN_HEADER,
        allow_token_in_uri: bool = False, allow_http: bool = False,
    ) -> None:  # fmt: skip
        self.client_id, self.client_secret, self.scope = client_id, client_secret, scope
        self.issuer: str | None = None
        usual = "client_secret_basic" if client_secret else "none"
        self.token_endpoint_auth_method = token_endpoint_auth_method or usual
        self.revocation_endpoint_auth_method = (
            revocation_endpoint_auth_method or self.token_endpoint_auth_method
        )
        self._placement = checked_placement(token_placement, allow_uri=allow_token_in_uri)
        self._http, self._clock, self._allow_http = http, clock, allow_http
        self._hooks = ComplianceHooks()
        self._auth_methods = {**STANDARD, **named_methods(client_auth_methods)}

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock()

    def audience(self, url: str) -> str:
        """Whom a client assertion is for: the issuer, else the endpoint (RFC 7523 §3)."""
        return self.issuer or url

    def register_compliance_hook(self, hook_type: str, hook: Hook) -> None:
        """Add a hook: `hook(response)`, or `hook(url, headers, body)` for requests.

        Hooks run in the order they came and may be coroutines. Raises ValueError for an unknown
        type.
        """
        self._hooks.register(hook_type, hook)

    def register_client_auth_method(self, method: Any) -> None:
        """Add a way to authenticate: a pair of name and function, or an object with `name`."""
        self._auth_methods |= named_methods([method])

    async def fetch_token(self, url: str, fields: Mapping[str, str]) -> Token:
        """What the token endpoint gives for a grant (RFC 6749 §5.1). Raises OAuthError."""
        answer = await self._post(url, dict(_HEADERS), urlencode(dict(fields)))
        answer = await self._hooks.after("access_token_response", answer)
        return self._token(answer)

    async def refresh_token(
        self, url: str, refresh_token: str, fields: Mapping[str, str] | None = None
    ) -> Token:
        """What a refresh token is worth now; it stays in the answer if no new one came (§6)."""
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        url, headers, body = await self._hooks.before(
            "refresh_token_request", url, dict(_HEADERS), urlencode({**grant, **(fields or {})})
        )
        answer = await self._post(url, headers, body)
        answer = await self._hooks.after("refresh_token_response", answer)
        return {"refresh_token": refresh_token, **self._token(answer)}

    async def revoke_token(
        self, url: str, token: str, token_type_hint: str | None = None
    ) -> httpx2.Response:
        """The answer of the revocation endpoint (RFC 7009 §2.1)."""
        method = self.revocation_endpoint_auth_method
        return await self._about("revoke_token_request", url, token, token_type_hint, method)

    async def introspect_token(
        self, url: str, token: str, token_type_hint: str | None = None
    ) -> dict[str, Any]:
        """What the introspection endpoint says of a token (RFC 7662 §2.2). Raises OAuthError."""
        method = self.token_endpoint_auth_method
        answer = await self._about("introspect_token_request", url, token, token_type_hint, method)
        members = json_object(answer, "the introspection endpoint")
        _raise_error(members, answer)
        return members

    async def request(
        self, method: str, url: str, token: Token, **options: Any
    ) -> httpx2.Response:  # fmt: skip
        """A request with a token. Raises InvalidToken for one that is no Bearer token."""
        if options.get("follow_redirects") and self._placement != IN_HEADER:
            raise Misconfigured("a token outside the header must not follow redirects")

        async def sign(method: str, url: str, headers: dict[str, str], body: bytes) -> Outgoing:
            placed = place(token, self._placement, method, url, headers, body)
            return await self._hooks.before("protected_request", *placed)

        return await self._http.send(method, url, sign, **options)

    async def _about(
        self, hook: str, url: str, token: str, hint: str | None, method: str | AuthMethod
    ) -> httpx2.Response:
        fields = {"token": token} | ({"token_type_hint": hint} if hint else {})
        url, headers, body = await self._hooks.before(hook, url, dict(_HEADERS), urlencode(fields))
        return await self._post(url, headers, body, method)

    async def _post(
        self, url: str, headers: dict[str, str], body: str, method: str | AuthMethod | None = None
    ) -> httpx2.Response:
        checked_endpoint(url, allow_http=self._allow_http)
        authenticate = self._auth_method(method or self.token_endpoint_auth_method)
        prepared = authenticate(self, "POST", url, headers, body)
        url, headers, body = await resolved(prepared)
        checked_endpoint(url, allow_http=self._allow_http)
        return await self._http.fetch("POST", url, headers, body)

    def _auth_method(self, method: str | AuthMethod) -> AuthMethod:
        if callable(method):
            return method
        if method not in self._auth_methods:
            raise Misconfigured(f"no client authentication method {method!r} is registered")
        return self._auth_methods[method]

    def _token(self, answer: httpx2.Response) -> Token:
        members = json_object(answer, "the token endpoint")
        _raise_error(members, answer)
        return checked_answer(members, self._clock())


def _raise_error(members: Mapping[str, Any], answer: httpx2.Response) -> None:
    """An error answer as what it is (RFC 6749 §5.2)."""
    if "error" in members:
        told = (members.get(name, "") for name in ("error", "error_description", "error_uri"))
        raise OAuthError(*(str(text) for text in told))
    if not answer.is_success:
        raise UnexpectedAnswer(f"HTTP {answer.status_code} without an error code")
