"""What clients of both protocols have in common: how they are made, and requests to APIs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urljoin

import httpx2
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .config import Registration
from .errors import Misconfigured, MissingToken
from .hooks import resolved
from .http import OPTIONS, Http
from .pending import PendingLogins
from .signals import Signal
from .tokens import Keepable, Token, as_token, kept
from .urls import Origin, checked_endpoint, is_absolute, origin_of
from .vault import TokenVault

GivenToken = Mapping[str, Any] | Keepable | None


@dataclass(frozen=True)
class Around:
    """What a registry gives each of its clients. clock: seconds since 1970.

    fetch_token, update_token: those of the registry, which take the client's name first.
    owner: whose tokens a request is about, in the vault's words.
    """

    pending: PendingLogins
    clock: Callable[[], float]
    http: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fetch_token: Callable[..., Any] | None = None
    update_token: Callable[..., Any] | None = None
    vault: TokenVault | None = None
    owner: Callable[[Request], str | Awaitable[str | None] | None] | None = None
    token_update: Signal = field(default_factory=Signal)


@dataclass(frozen=True)
class Held:
    """A token about to be used, and whose it is when the vault gave it."""

    token: Token = field(repr=False)
    owner: str | None = None


class App:
    """One registered client. Subclass it and give the class as `client_cls`.

    OAUTH_APP_CONFIG: what a subclass is registered with unless the registration says otherwise.
    """

    OAUTH_APP_CONFIG: ClassVar[Mapping[str, Any]] = {}
    KWARGS: ClassVar[frozenset[str]] = frozenset()
    """The names `client_kwargs` may have, beside those of `httpx2.AsyncClient`."""

    def __init__(self, name: str, registration: Registration, around: Around) -> None:
        self.name, self.registration, self.around = name, registration, around
        self.client_id, self.client_secret = registration.client_id, registration.client_secret
        self.kwargs = {k: v for k, v in registration.client_kwargs.items() if k not in OPTIONS}
        if unknown := set(self.kwargs) - self.KWARGS:
            raise Misconfigured(f"client_kwargs of {name}: unknown {', '.join(sorted(unknown))}")
        options = {k: v for k, v in registration.client_kwargs.items() if k in OPTIONS}
        self.http = Http({**around.http, **options}, registration.user_agent)

    async def get(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by GET."""
        return await self.request("GET", url, **options)

    async def head(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by HEAD."""
        return await self.request("HEAD", url, **options)

    async def post(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by POST."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by PUT."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by PATCH."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Any) -> httpx2.Response:
        """`request` by DELETE."""
        return await self.request("DELETE", url, **options)

    async def request(
        self, method: str, url: str, *, token: GivenToken = None, request: Request | None = None,
        withhold_token: bool = False, allow_other_origin: bool = False, **options: Any,
    ) -> httpx2.Response:  # fmt: skip
        """A request to the provider's API, with a token.

        url: absolute, or relative to `api_base_url`. token: the one to use; else the one that
        `fetch_token` or the vault has for `request`. A URL of another origin than the API, the
        provider and `token_origins` gets no token, unless `allow_other_origin`. options: those
        of `httpx2.AsyncClient.build_request`, and `follow_redirects`.
        Raises MissingToken, InvalidToken, Misconfigured and httpx2.TransportError.
        """
        url = self._absolute(url)
        if withhold_token or not (allow_other_origin or await self._may_see_tokens(url)):
            return await self.http.send(method, url, **options)
        held = await self._held(token, request)
        checked_endpoint(url, allow_http=self.registration.allow_http)
        return await self._send(method, url, held, **options)

    async def authorize_redirect(
        self, request: Request, redirect_uri: str | URL | None = None, **parameters: Any
    ) -> Response:
        """A redirect (302) to the provider, where the user is asked; return it to the browser.

        redirect_uri: where the browser comes back to. parameters: more of the authorization
        request. The response carries a cookie that the way back needs.
        """
        returns_to = None if redirect_uri is None else str(redirect_uri)
        begun = await self.create_authorization_url(returns_to, **parameters)
        response = self._redirect(begun.pop("url"))
        await self.save_authorize_data(request, response, **begun)
        return response

    async def save_authorize_data(
        self,
        request: Request,
        response: Response,
        *,
        state: str,
        by_post: bool = False,
        **data: Any,
    ) -> None:
        """Remember what `create_authorization_url` gave, for the browser the response is for."""
        await self.around.pending.begin(
            request, response, client=self.name, state=state, data=data, by_post=by_post,
            returns_to=data.get("redirect_uri") or str(request.url),
        )  # fmt: skip

    async def create_authorization_url(
        self, redirect_uri: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Where to send the browser (`url`), and what the way back will need."""
        raise NotImplementedError

    async def keep_token(self, request: Request, token: GivenToken) -> None:
        """Put a token into the vault for whoever this request is from. Raises Misconfigured."""
        vault, owner = self.around.vault, await self._owner(request)
        given = as_token(token)
        if vault is None or owner is None or given is None:
            raise Misconfigured("keeping a token needs OAuth(vault=, owner=) and an owner")
        await vault.save(owner, kept(self.name, given))

    async def aclose(self) -> None:
        """Give the connections back."""
        await self.http.aclose()

    async def _send(self, method: str, url: str, held: Held, **options: Any) -> httpx2.Response:
        raise NotImplementedError

    async def _providers_own(self) -> set[str]:
        """URLs of the provider itself, whose origins may see this client's tokens."""
        raise NotImplementedError

    async def _may_see_tokens(self, url: str) -> bool:
        origin = origin_of(url)
        registered = {self.registration.api_base_url, *self.registration.token_origins}
        # Only where the registration does not say so is the provider worth asking.
        return _is_of(origin, registered) or _is_of(origin, await self._providers_own())

    def _absolute(self, url: str) -> str:
        if is_absolute(url):
            return url
        if not self.registration.api_base_url:
            raise Misconfigured(f"{self.name} has no api_base_url for a relative URL")
        return urljoin(self.registration.api_base_url, url)

    async def _held(self, token: GivenToken, request: Request | None) -> Held:
        given = as_token(token)
        if given is not None:
            return Held(given)
        if request is None:
            raise MissingToken()
        owner = None
        if self.registration.fetch_token is not None:
            found = await resolved(self.registration.fetch_token(request))
        elif self.around.fetch_token is not None:
            found = await resolved(self.around.fetch_token(self.name, request))
        else:
            owner = await self._owner(request)
            found = await self._from_vault(owner)
        given = as_token(found)
        if given is None:
            raise MissingToken()
        return Held(given, owner)

    async def _owner(self, request: Request) -> str | None:
        if self.around.vault is None or self.around.owner is None:
            return None
        owner: str | None = await resolved(self.around.owner(request))
        return owner

    async def _from_vault(self, owner: str | None) -> Keepable | None:
        if self.around.vault is None or owner is None:
            return None
        return await self.around.vault.load(owner, self.name)

    @staticmethod
    def _redirect(url: str) -> RedirectResponse:
        return RedirectResponse(url, status_code=302, headers={"Cache-Control": "no-store"})


def _is_of(origin: Origin, urls: set[str]) -> bool:
    return any(origin_of(url) == origin for url in urls if url)
