"""An app with models of its own that offers OAuth 1: photos, as in RFC 5849 §1.2."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from oauthlib import oauth1
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from consentry.compat.oauth1 import (
    AuthorizationServer,
    Cache,
    CacheAuthorizationServer,
    ClientMixin,
    MemoryCache,
    OAuth1Error,
    TokenCredentialMixin,
    error_code,
    register_nonce_hooks,
    register_temporary_credential_hooks,
)

ORIGIN = "https://photos.example.net"
CALLBACK = "https://printer.example.com/ready?size=a4"
ALL_METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"]
ALL_METHODS += ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]


class SetClock:
    """A clock that stands still until it is moved; it starts at the real time."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


class DistantCache(MemoryCache):
    """A cache as one behind a network: between any two of its steps others have a turn."""

    async def get(self, key: str) -> str | None:
        await asyncio.sleep(0)
        return await super().get(key)

    async def set(self, key: str, value: str, lifetime: int) -> None:
        await asyncio.sleep(0)
        await super().set(key, value, lifetime)

    async def add(self, key: str, value: str, lifetime: int) -> bool:
        await asyncio.sleep(0)
        return await super().add(key, value, lifetime)

    async def delete(self, key: str) -> None:
        await asyncio.sleep(0)
        await super().delete(key)


@dataclass
class Client(ClientMixin):
    client_id: str
    secret: str | None = "kd94hf93k423kf44"
    default_redirect_uri: str | None = CALLBACK
    redirect_uris: list[str] | None = None
    rsa_public_key: str | None = None
    oauth1_signature_methods: list[str] | None = None

    def get_default_redirect_uri(self) -> str | None:
        return self.default_redirect_uri

    def get_client_secret(self) -> str | None:
        return self.secret

    def get_rsa_public_key(self) -> str | None:
        return self.rsa_public_key

    def get_redirect_uris(self) -> list[str] | None:
        return self.redirect_uris


@dataclass
class Token(TokenCredentialMixin):
    oauth_token: str
    oauth_token_secret: str
    client_id: str
    user_id: int

    def get_oauth_token(self) -> str:
        return self.oauth_token

    def get_oauth_token_secret(self) -> str:
        return self.oauth_token_secret


@dataclass
class User:
    id: int = 7


@dataclass
class Photos:
    """The app's own tables, and a cache; `server` is one of the two kinds."""

    kind: str = "hooks"
    settings: Mapping[str, Any] = field(default_factory=dict)
    clock: SetClock = field(default_factory=SetClock)
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache: Cache = DistantCache(self.clock)
        for name in ("printer", "scanner"):
            self.clients[name] = Client(name)
        self.app = Starlette(
            routes=[
                Route("/initiate", self.initiate, methods=["GET", "POST"]),
                Route("/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/token", self.token, methods=["GET", "POST"]),
            ]
        )
        self.server: AuthorizationServer | CacheAuthorizationServer
        self.server = self.hooked() if self.kind == "hooks" else self.cached()

    def hooked(self) -> AuthorizationServer:
        config = {"AUTHLIB_OAUTH1_PROVIDER": {"realm": "Photos", **self.settings}}
        server = AuthorizationServer(
            self.app,
            query_client=self.clients.get,
            config=config,
            cache=self.cache,
            clock=self.clock,
        )
        register_nonce_hooks(server, self.cache)
        register_temporary_credential_hooks(server, self.cache)

        async def create_token_credential(token: dict[str, str], temporary: Any) -> Token:
            return self.save({
                **token,
                "client_id": temporary.get_client_id(),
                "user_id": temporary.get_user_id(),
            })  # fmt: skip

        server.register_hook("create_token_credential", create_token_credential)
        return server

    def cached(self) -> CacheAuthorizationServer:
        return CacheAuthorizationServer(
            self.clients.get,
            self.save,
            cache=self.cache,
            settings={"realm": "Photos", **self.settings},
            clock=self.clock,
        )

    def save(self, fields: dict[str, Any]) -> Token:
        self.tokens.append(Token(**fields))
        return self.tokens[-1]

    async def initiate(self, request: Request) -> Response:
        return await self.server.create_temporary_credentials_response(request)

    async def authorize(self, request: Request) -> Response:
        """The page of the app; who is signed in says the header X-User here."""
        try:
            asked = await self.server.check_authorization_request(request)
            if request.method == "GET":
                return JSONResponse({"client": asked.client.client_id})
            form = dict(parse_qsl((await request.body()).decode()))
            user = User() if form.get("decision") == "approve" else None
            return await self.server.create_authorization_response(request, grant_user=user)
        except OAuth1Error as error:
            return HTMLResponse(f'<p role="alert">{error_code(error)}</p>', error.status)

    async def token(self, request: Request) -> Response:
        return await self.server.create_token_response(request)

    def browser(self, origin: str = ORIGIN) -> httpx2.AsyncClient:
        """Something that asks this app, at its address."""
        transport = httpx2.ASGITransport(self.app)
        return httpx2.AsyncClient(transport=transport, base_url=origin)


@dataclass
class Signer:
    """A client of the app, signing with oauthlib.

    more: arguments of `oauthlib.oauth1.Client`, such as signature_method or timestamp.
    """

    photos: Photos
    client_key: str = "printer"
    secret: str = "kd94hf93k423kf44"
    more: dict[str, Any] = field(default_factory=dict)

    async def send(
        self,
        path: str,
        *,
        method: str = "POST",
        token: Mapping[str, str] | None = None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """The app's answer to a request signed with these, changed as `more` says."""
        sent = self.signed(path, method=method, token=token, body=body, headers=headers, **more)
        async with self.photos.browser() as browser:
            return await browser.request(
                method, sent[0], headers=sent[1], content=(sent[2] or "").encode()
            )

    def signed(
        self,
        path: str,
        *,
        method: str = "POST",
        token: Mapping[str, str] | None = None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> tuple[str, dict[str, str], str]:
        """URL, headers and body of a signed request."""
        token = token or {}
        client = oauth1.Client(
            self.client_key,
            client_secret=self.secret,
            resource_owner_key=token.get("oauth_token"),
            resource_owner_secret=token.get("oauth_token_secret"),
            **{"timestamp": str(int(self.photos.clock.now)), **self.more, **more},
        )
        given = dict(headers or {})
        in_body = client.signature_type == oauth1.SIGNATURE_TYPE_BODY
        if body or (in_body and method == "POST"):
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
        url, found, content = client.sign(
            ORIGIN + path, method, body or ("" if in_body else None), given
        )
        return url, found, content

    async def initiate(self, callback: str = CALLBACK, **more: Any) -> dict[str, str]:
        """Temporary credentials."""
        answer = await self.send("/initiate", callback_uri=callback, **more)
        assert answer.status_code == 200, answer.text
        return members(answer)

    async def approve(
        self, temporary: Mapping[str, str], decision: str = "approve"
    ) -> httpx2.Response:
        """What somebody is answered who decides about them."""
        async with self.photos.browser() as browser:
            return await browser.post(
                "/authorize",
                params={"oauth_token": temporary["oauth_token"]},
                data={"decision": decision},
            )

    async def verifier(self, temporary: Mapping[str, str]) -> str:
        """The verifier of an approval."""
        answer = await self.approve(temporary)
        assert answer.status_code == 302, answer.text
        return query(answer.headers["location"])["oauth_verifier"]

    async def trade(
        self, temporary: Mapping[str, str], verifier: str, **more: Any
    ) -> httpx2.Response:
        """The answer of the token endpoint."""
        return await self.send("/token", token=temporary, verifier=verifier, **more)

    async def bought(self) -> dict[str, str]:
        """A token credential by the whole flow."""
        temporary = await self.initiate()
        answer = await self.trade(temporary, await self.verifier(temporary))
        assert answer.status_code == 200, answer.text
        return members(answer)


def members(answer: httpx2.Response) -> dict[str, str]:
    """A form-encoded answer."""
    assert answer.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(answer.text, strict_parsing=True, keep_blank_values=True))


def query(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
