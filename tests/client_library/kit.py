"""An app with the client library in it, a browser, and a provider that does as it is told."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.client import OAuth, OAuthError
from consentry.jose.keys import PrivateKey, generate
from consentry.jose.sign import sign

APP = "https://app.example"
PROVIDER = "https://provider.example"
SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3"


class Now:
    """The system's time, plus what a test has moved it by."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def forward(self, seconds: float) -> None:
        self.ahead += seconds


class WsgiTransport(httpx2.AsyncBaseTransport):
    """A WSGI app, for an asynchronous client."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx2.WSGITransport(app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        answer = self._inner.handle_request(
            httpx2.Request(request.method, request.url, headers=request.headers, content=body)
        )
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.read())


class Site:
    """An app that logs its users in elsewhere; `last` is the token of the last login.

    Its addresses: `/login/{name}`, `/callback/{name}`, `/logout/{name}`, `/signed-out/{name}`.
    """

    def __init__(self, oauth: OAuth, address: str = APP) -> None:
        self.oauth, self.address = oauth, address
        self.asked: dict[str, Any] = {}
        self.last: dict[str, Any] = {}
        self.app = Starlette(
            routes=[
                Route("/login/{name}", self._login),
                Route("/callback/{name}", self._callback, methods=["GET", "POST"]),
                Route("/logout/{name}", self._logout),
                Route("/signed-out/{name}", self._signed_out),
            ]
        )

    def browser(self) -> httpx2.AsyncClient:
        """A browser with its own cookies; it follows no redirects by itself."""
        transport = httpx2.ASGITransport(self.app)
        return httpx2.AsyncClient(transport=transport, base_url=self.address)

    def callback(self, name: str) -> str:
        return f"{self.address}/callback/{name}"

    async def _login(self, request: Request) -> Response:
        name = request.path_params["name"]
        client = self.oauth.create_client(name)
        response: Response = await client.authorize_redirect(
            request, URL(self.callback(name)), **self.asked
        )
        return response

    async def _callback(self, request: Request) -> Response:
        client = self.oauth.create_client(request.path_params["name"])
        try:
            self.last = await client.authorize_access_token(request)
        except OAuthError as error:
            told = {"error": error.error, "description": error.description}
            return JSONResponse(told, status_code=400)
        return JSONResponse({"user": self.last.get("userinfo", {}).get("sub")})

    async def _logout(self, request: Request) -> Response:
        name = request.path_params["name"]
        response: Response = await self.oauth.create_client(name).logout_redirect(
            request, f"{self.address}/signed-out/{name}", self.last.get("id_token")
        )
        return response

    async def _signed_out(self, request: Request) -> Response:
        client = self.oauth.create_client(request.path_params["name"])
        try:
            return JSONResponse(await client.validate_logout_response(request))
        except OAuthError as error:
            return JSONResponse({"error": error.error}, status_code=400)


class Provider:
    """A provider's endpoints. What it answers can be changed, what it was sent is in `calls`.

    `/api/...` answers with the request it got.
    """

    def __init__(self, issuer: str = PROVIDER, now: Callable[[], float] = time.time) -> None:
        self.issuer, self.now = issuer, now
        self.key = generate("ES256")
        self.published: list[PrivateKey] = [self.key]
        self.calls: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.metadata: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "revocation_endpoint": f"{issuer}/revoke",
            "introspection_endpoint": f"{issuer}/introspect",
            "end_session_endpoint": f"{issuer}/logout",
            "jwks_uri": f"{issuer}/jwks",
            "id_token_signing_alg_values_supported": ["ES256"],
        }
        self.token: dict[str, Any] = {"access_token": "at-1", "token_type": "Bearer"}
        self.claims: dict[str, Any] = {}
        self.answers: dict[str, Callable[[dict[str, str]], Response]] = {}
        self.app = Starlette(
            routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])]
        )

    @property
    def transport(self) -> httpx2.ASGITransport:
        return httpx2.ASGITransport(self.app)

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def id_token(
        self, key: PrivateKey | None = None, typ: str = "JWT", **changes: Any
    ) -> str:  # fmt: skip
        """An ID token; None leaves a claim out."""
        now = int(self.now())
        claims = {
            "iss": self.issuer, "sub": "jane", "aud": "printer", "iat": now, "exp": now + 300,
            **self.claims, **changes,
        }  # fmt: skip
        present = {name: value for name, value in claims.items() if value is not None}
        return sign(present, key or self.key, typ=typ)

    def came(self, path: str) -> list[dict[str, str]]:
        """The forms that were posted to a path."""
        return [form for where, form, _ in self.calls if where == path]

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        body = (await request.body()).decode()
        form = dict(parse_qsl(body)) if "form" in request.headers.get("content-type", "") else {}
        self.calls.append((path, form, dict(request.headers)))
        if path in self.answers:
            return self.answers[path](form)
        if path.startswith("/.well-known/"):
            return JSONResponse(self.metadata)
        if path == "/jwks":
            return JSONResponse({"keys": [key.public_jwk for key in self.published]})
        if path == "/token":
            return JSONResponse(self.token)
        told = {
            "method": request.method, "url": str(request.url), "headers": dict(request.headers),
            "body": body,
        }  # fmt: skip
        return Response(json.dumps(told), media_type="application/json")


def parameters(url: str) -> dict[str, str]:
    """The query of a URL, each name once."""
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values()), url
    return {name: values[0] for name, values in found.items()}


def back(site: Site, name: str, **answer: str) -> str:
    """The address a provider sends the browser back to."""
    return f"{site.callback(name)}?{urlencode(answer)}"


async def begin(browser: httpx2.AsyncClient, name: str) -> dict[str, str]:
    """What an app's redirect asks of the provider."""
    response = await browser.get(f"/login/{name}")
    assert response.status_code == 302, response.text
    return parameters(response.headers["location"])


def registered(oauth: OAuth, provider: Provider, name: str = "other", **more: Any) -> Any:
    """A client of a provider, registered in an app."""
    keywords: dict[str, Any] = {
        "client_id": "printer",
        "client_secret": SECRET,
        "server_metadata_url": provider.metadata_url,
        "api_base_url": f"{provider.issuer}/api/",
        **more,
    }
    kwargs: Mapping[str, Any] = keywords.pop("client_kwargs", {})
    keywords["client_kwargs"] = {"transport": provider.transport, **kwargs}
    return oauth.register(name, **keywords)
