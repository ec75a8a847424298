"""A client's tokens at an OAuth 2 provider: asked for, renewed, revoked, used."""

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx2

from .app import App, Around, Held
from .config import Registration
from .errors import InvalidToken, Misconfigured
from .hooks import resolved
from .metadata import LIFETIME, Metadata, ServerMetadata
from .refreshing import Refreshes
from .session import OAuth2Session
from .tokens import LEEWAY, Token, is_expired, kept

_SESSION: Final = (
    "scope",
    "token_endpoint_auth_method",
    "revocation_endpoint_auth_method",
    "token_placement",
    "allow_token_in_uri",
)
_OTHERS: Final = ("grant_type", "leeway", "metadata_lifetime")


class OAuth2Tokens(App):
    """The part of an OAuth 2 client that needs no browser."""

    KWARGS: ClassVar[frozenset[str]] = frozenset((*_SESSION, *_OTHERS))

    def __init__(self, name: str, registration: Registration, around: Around) -> None:
        super().__init__(name, registration, around)
        if isinstance(self.kwargs.get("scope"), list | tuple):
            self.kwargs["scope"] = " ".join(self.kwargs["scope"])
        self.server_metadata = ServerMetadata(
            self.http, registration.server_metadata_url, registration.server_metadata,
            around.clock, allow_http=registration.allow_http,
            lifetime=self.kwargs.get("metadata_lifetime", LIFETIME),
        )  # fmt: skip
        self._refreshes = Refreshes(around.clock)
        self._session: OAuth2Session | None = None

    async def load_server_metadata(self) -> Metadata:
        """The provider's metadata, from the cache while it is fresh (RFC 8414 §2)."""
        return await self.server_metadata.load()

    async def fetch_access_token(self, **fields: Any) -> Token:
        """A token straight from the token endpoint.

        fields: of the request. The grant type, unless named: authorization_code with a `code`,
        password with `username` and `password`, else client_credentials. Raises OAuthError.
        """
        grant_type = fields.pop("grant_type", None) or _guessed(fields)
        asked = {"grant_type": grant_type, **self.registration.access_token_params, **fields}
        session = await self._with_provider()
        if grant_type != "authorization_code" and session.scope:
            asked.setdefault("scope", session.scope)
        sent = {name: str(value) for name, value in asked.items() if value is not None}
        return await session.fetch_token(await self._token_endpoint(), sent)

    async def refresh_token(self, token: Mapping[str, Any]) -> Token:
        """A new token for one with a refresh token, and `update_token` told of it.

        Callers that come with the same refresh token share one refresh. Raises InvalidToken
        without one, OAuthError when the provider refuses.
        """
        if not token.get("refresh_token"):
            raise InvalidToken("the token has no refresh_token")
        return await self._renewed(Held(dict(token)))

    async def revoke_token(self, token: str, token_type_hint: str | None = None) -> httpx2.Response:
        """Ask the provider to revoke a token (RFC 7009); gives its answer."""
        endpoint = endpoint_of(await self.load_server_metadata(), "revocation_endpoint")
        return await (await self._with_provider()).revoke_token(endpoint, token, token_type_hint)

    async def introspect_token(
        self, token: str, token_type_hint: str | None = None
    ) -> dict[str, Any]:
        """What the provider says of a token (RFC 7662): `active`, and more if it is."""
        endpoint = endpoint_of(await self.load_server_metadata(), "introspection_endpoint")
        return await (await self._with_provider()).introspect_token(
            endpoint, token, token_type_hint
        )

    async def session(self) -> OAuth2Session:
        """The conversation with the provider, made at first use; the compliance fix has seen it."""
        if self._session is None:
            registration = self.registration
            given = {one: self.kwargs[one] for one in _SESSION if one in self.kwargs}
            session = OAuth2Session(
                self.http, self.around.clock, client_id=self.client_id,
                client_secret=self.client_secret, allow_http=registration.allow_http,
                client_auth_methods=registration.client_auth_methods, **given,
            )  # fmt: skip
            if registration.compliance_fix is not None:
                await resolved(registration.compliance_fix(session))
            self._session = session
        return self._session

    async def _with_provider(self) -> OAuth2Session:
        """The session, which knows by now whom its assertions are for."""
        session = await self.session()
        session.issuer = session.issuer or (await self.load_server_metadata()).get("issuer")
        return session

    async def _send(self, method: str, url: str, held: Held, **options: Any) -> httpx2.Response:
        session = await self.session()
        return await session.request(method, url, await self._active(held), **options)

    async def _providers_own(self) -> set[str]:
        metadata = await self.load_server_metadata()
        return {str(metadata.get(one, "")) for one in ("issuer", "userinfo_endpoint")}

    async def _active(self, held: Held) -> Token:
        """The token, or a newer one if it ends within a minute."""
        leeway = self.kwargs.get("leeway", LEEWAY)
        if not is_expired(held.token, self.around.clock(), leeway):
            return held.token
        if held.token.get("refresh_token"):
            return await self._renewed(held)
        if self.kwargs.get("grant_type") == "client_credentials":
            again = functools.partial(self._fetch_again, held)
            return await self._refreshes.once(held.token["access_token"], again)
        raise InvalidToken("the token has expired, and there is nothing to renew it with")

    async def _renewed(self, held: Held) -> Token:
        renew = functools.partial(self._renew, held)
        return await self._refreshes.once(held.token["refresh_token"], renew)

    async def _renew(self, held: Held) -> Token:
        """With the vault's lock, so that of several processes only one spends the token."""
        vault = self.around.vault
        if vault is None or held.owner is None:
            return await self._refresh(held)
        async with vault.lock(held.owner, self.name):
            found = await vault.load(held.owner, self.name)
            if found is None:
                raise InvalidToken("the token is kept no more")
            newest = found.to_token()
            if not is_expired(newest, self.around.clock(), self.kwargs.get("leeway", LEEWAY)):
                return newest
            return await self._refresh(Held(newest, held.owner))

    async def _refresh(self, held: Held) -> Token:
        session, spent = await self._with_provider(), held.token.get("refresh_token")
        if not spent:
            raise InvalidToken("the token has no refresh_token")
        endpoint = self.registration.refresh_token_url or await self._token_endpoint()
        token = await session.refresh_token(endpoint, spent, self.registration.refresh_token_params)
        await self._updated(token, held.owner, refresh_token=spent)
        return token

    async def _fetch_again(self, held: Held) -> Token:
        token = await self.fetch_access_token(grant_type="client_credentials")
        await self._updated(token, held.owner, access_token=held.token["access_token"])
        return token

    async def _updated(self, token: Token, owner: str | None, **spent: str) -> None:
        """Tell whoever keeps the token: the vault it came from, `update_token`, the signal."""
        if self.around.vault is not None and owner is not None:
            await self.around.vault.save(owner, kept(self.name, token))
        if self.registration.update_token is not None:
            await resolved(self.registration.update_token(token, **spent))
        elif self.around.update_token is not None:
            await resolved(self.around.update_token(self.name, token, **spent))
        await self.around.token_update.send(self, name=self.name, token=token, **spent)

    async def _token_endpoint(self) -> str:
        known = self.registration.access_token_url
        return known or endpoint_of(await self.load_server_metadata(), "token_endpoint")


def _guessed(fields: Mapping[str, Any]) -> str:
    if "code" in fields:
        return "authorization_code"
    return "password" if "username" in fields and "password" in fields else "client_credentials"


def endpoint_of(metadata: Metadata, name: str) -> str:
    """One of the provider's endpoints. Raises Misconfigured when nobody named it."""
    if not isinstance(metadata.get(name), str):
        raise Misconfigured(f"the provider has no {name}, and none was registered")
    return str(metadata[name])
