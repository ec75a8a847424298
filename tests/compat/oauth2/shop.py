"""An application of its own and the server it sets up."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from compat.oauth2.given import Validator, code_grant, introspection, refresh_grant, revocation
from compat.oauth2.tables import CALLBACK, CLOCK, NOW, Client, Tables, Token, User
from consentry.compat.oauth2 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    OAuth2Request,
    ResourceProtector,
    current_token,
    token_columns,
)
from consentry.spec.errors import OAuthError
from consentry.spec.forms import parse_form
from consentry.spec.pkce import s256

ORIGIN = "https://shop.example.com"
VERIFIER = "v" * 43
CHALLENGE = s256(VERIFIER)


class Shop:
    """The application: `server` is what it set up, `http` talks to it, `tables` is its database."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        CLOCK.now = NOW
        self.tables = Tables()
        for name in ("jane", "bob"):
            self.tables.users[name] = User(name)
        self.add(Client("app", "app-secret"))
        self.add(Client("native"))
        self.server = AuthorizationServer(
            config or {},
            query_client=self.query_client,
            save_token=self.save_token,
            revoke_family=self.revoke_family,
            clock=CLOCK,
        )
        self.require_oauth = ResourceProtector(Validator.of(self.tables), realm="shop")
        self.app = Starlette(routes=self._routes())
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url=ORIGIN, follow_redirects=False
        )

    def add(self, client: Client) -> Client:
        self.tables.clients[client.client_id] = client
        return client

    def with_usual_grants(self) -> "Shop":
        self.server.register_grant(code_grant(self.tables))
        self.server.register_grant(refresh_grant(self.tables))
        self.server.register_grant(ClientCredentialsGrant)
        self.server.register_endpoint(revocation(self.tables))
        self.server.register_endpoint(introspection(self.tables))
        return self

    async def query_client(self, client_id: str) -> Client | None:
        return self.tables.clients.get(client_id)

    async def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.tables.tokens.append(Token(**token_columns(token, request, CLOCK())))

    def revoke_family(self, family_id: str, client: Any) -> None:
        for token in self.tables.tokens:
            if token.family_id == family_id and token.check_client(client):
                token.access_token_revoked_at = token.refresh_token_revoked_at = int(CLOCK())

    def _routes(self) -> list[Route]:
        return [
            Route("/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/token", self.token, methods=["GET", "POST", "PUT"]),
            Route("/oauth/{name}", self.endpoint, methods=["GET", "POST"]),
            Route("/me", self.require_oauth(["profile", "email orders"])(me)),
            Route("/maybe", self.require_oauth("profile", optional=True)(maybe)),
        ]

    async def authorize(self, request: Request) -> Response:
        """GET shows what is asked, POST decides."""
        user = self.tables.users.get(request.headers.get("x-user", ""))
        try:
            grant = await self.server.get_consent_grant(request, end_user=user)
        except OAuthError as error:
            return self.server.handle_error_response(request, error)
        if request.method == "GET":
            context = grant.consent_context()
            return JSONResponse(
                {
                    "grant": context["grant"].GRANT_TYPE,
                    "client": context["client"].client_name or context["client"].client_id,
                    "scope": context["scope"],
                    "user": context["user"] and context["user"].name,
                    "prompt": grant.prompt,
                }
            )
        agreed = parse_form(await request.body()).get("confirm") == "yes"
        return await self.server.create_authorization_response(
            request, grant=grant, grant_user=user if agreed else None
        )

    async def token(self, request: Request) -> Response:
        return await self.server.create_token_response(request)

    async def endpoint(self, request: Request) -> Response:
        answered = await self.server.create_endpoint_response(request.path_params["name"], request)
        return answered or Response(b"left to the app")

    async def ask(self, client_id: str = "app", **asked: str | None) -> httpx2.Response:
        """The page Jane gets for what a client asks; None leaves a parameter out."""
        asking = authorization(client_id, **asked)
        return await self.http.get("/authorize", params=asking, headers={"x-user": "jane"})

    async def approve(self, client_id: str = "app", **asked: str | None) -> httpx2.Response:
        """Jane agrees to what a client asks."""
        return await self.decide("jane", "yes", client_id, **asked)

    async def decide(
        self, user: str, confirm: str, client_id: str = "app", **asked: str | None
    ) -> httpx2.Response:
        """Somebody decides on what a client asks."""
        query = urlencode(authorization(client_id, **asked))
        return await self.http.post(
            f"/authorize?{query}", data={"confirm": confirm}, headers={"x-user": user}
        )

    async def code(self, client_id: str = "app", **asked: str | None) -> str:
        """A code that was approved."""
        return answer_of(await self.approve(client_id, **asked))["code"]

    async def redeem(self, code: str, client_id: str = "app", **more: str) -> httpx2.Response:
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **more}
        return await self.ask_token("authorization_code", client_id, **form)

    async def tokens(self, client_id: str = "app", **asked: str | None) -> dict[str, Any]:
        """What an approval buys."""
        response = await self.redeem(await self.code(client_id, **asked), client_id)
        assert response.status_code == 200, response.text
        members: dict[str, Any] = response.json()
        return members

    async def refresh(self, token: str, client_id: str = "app", **more: str) -> httpx2.Response:
        return await self.ask_token("refresh_token", client_id, refresh_token=token, **more)

    async def ask_token(self, grant_type: str, client_id: str, **form: str) -> httpx2.Response:
        return await self.post("/token", client_id, grant_type=grant_type, **form)

    async def post(self, path: str, client_id: str, **form: str) -> httpx2.Response:
        """A form of a client that authenticates as it is registered."""
        client = self.tables.clients.get(client_id)
        if client is not None and client.token_endpoint_auth_method == "none":
            return await self.http.post(path, data={"client_id": client_id, **form})
        return await self.http.post(path, data=form, headers=basic(client_id))

    async def me(self, token: str) -> int:
        """How a protected resource answers a token."""
        got = await self.http.get("/me", headers={"authorization": f"Bearer {token}"})
        return got.status_code


async def me(request: Request) -> Response:
    return JSONResponse({"user": current_token.user_id})


async def maybe(request: Request) -> Response:
    return JSONResponse({"user": current_token.user_id if current_token else None})


def authorization(client_id: str, **asked: str | None) -> dict[str, str]:
    """The parameters of an authorization request; None leaves one out."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "profile",
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **asked,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def basic(client_id: str, secret: str | None = None) -> dict[str, str]:
    """The Basic header of a client whose secret is its name and `-secret`."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret or f'{client_id}-secret')}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def answer_of(response: httpx2.Response) -> dict[str, str]:
    """The parameters a redirect brought to the client."""
    assert response.status_code == 303, response.text
    parts = urlsplit(response.headers["location"])
    return dict(parse_qsl(parts.query or parts.fragment))
