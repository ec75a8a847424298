"""Setting a server up: settings, registration, metadata (PARITY section 5.3)."""

from typing import Any, ClassVar

import pytest
from starlette.applications import Starlette

from compat.oauth2.given import code_grant, refresh_grant
from compat.oauth2.shop import Shop, answer_of
from compat.oauth2.tables import CALLBACK, Client
from consentry.compat.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationServer,
    BaseGrant,
    ClientCredentialsGrant,
    Endpoint,
    ImplicitGrant,
    OAuth2Request,
    TokenEndpointMixin,
)


def fixed_token(**about: Any) -> str:
    return f"{about['client'].client_id}-{about['grant_type']}"


def ten_seconds(client: Any, grant_type: str) -> int:
    return 10


def test_settings_have_the_defaults_people_know() -> None:
    """S4 AuthorizationServer: 42 characters of access token, 48 of refresh token"""
    settings = AuthorizationServer().settings
    assert settings.scopes_supported is None
    assert len(settings.access_token()) == 42
    assert settings.refresh_token is not None and len(settings.refresh_token()) == 48


@pytest.mark.parametrize(
    "config",
    [
        {"OAUTH2_SCOPES_SUPPORTED": ["a"], "OAUTH2_REFRESH_TOKEN_GENERATOR": False},
        {"scopes_supported": ["a"], "refresh_token_generator": False},
        {"AUTHLIB_OAUTH2_PROVIDER": {"scopes_supported": ["a"], "refresh_token_generator": False}},
    ],
)
def test_settings_are_read_by_their_old_names(config: dict[str, Any]) -> None:
    """S4 AuthorizationServer: OAUTH2_ names, or bare ones in a dictionary of their own"""
    settings = AuthorizationServer(config).settings
    assert settings.scopes_supported == ("a",)
    assert settings.refresh_token is None


def test_settings_come_from_an_application_too() -> None:
    """S4 AuthorizationServer: lazily, by init_app"""
    app = Starlette()
    app.state.config = {"OAUTH2_ISSUER": "https://shop.example.com"}
    server = AuthorizationServer()
    server.init_app(app)
    assert server.issuer == "https://shop.example.com"

    class Flaskish:
        config: ClassVar = {"OAUTH2_SCOPES_SUPPORTED": ["a"]}

    server.init_app(Flaskish())
    assert server.scopes_supported == ("a",)
    server.init_app(Starlette())
    assert server.scopes_supported is None


@pytest.mark.parametrize(
    "config",
    [
        {"OAUTH2_TOKEN_EXPIRES_IN": {"password": 0}},
        {"OAUTH2_ACCESS_TOKEN_GENERATOR": False},
        {"OAUTH2_ACCESS_TOKEN_GENERATOR": "no.such.function"},
        {"OAUTH2_ACCESS_TOKEN_GENERATOR": "nodots"},
        {"OAUTH2_UNREGISTERED_SCOPE": "keep"},
    ],
)
def test_settings_that_mean_nothing_are_refused(config: dict[str, Any]) -> None:
    """S4 AuthorizationServer"""
    with pytest.raises(ValueError):
        AuthorizationServer(config)


async def test_a_server_without_query_client_or_save_token_says_so() -> None:
    """S4 AuthorizationServer"""
    server = AuthorizationServer()
    with pytest.raises(RuntimeError, match="query_client"):
        await server.query_client("app")
    with pytest.raises(RuntimeError, match="save_token"):
        await server.save_token({}, None)  # type: ignore[arg-type]


async def test_two_servers_share_nothing() -> None:
    """S4 AuthorizationServer: one object per tenant view, no global state"""
    one, other = Shop().with_usual_grants(), Shop()
    assert (await one.redeem(await one.code())).status_code == 200
    assert (await other.ask_token("authorization_code", "app")).json()["error"] == (
        "unsupported_grant_type"
    )


async def test_lifetimes_are_an_hour_unless_the_map_says_otherwise() -> None:
    """S4 lifetimes"""
    shop = Shop({"OAUTH2_TOKEN_EXPIRES_IN": {"client_credentials": 90}}).with_usual_grants()
    shop.tables.clients["app"].set_client_metadata(
        {
            **shop.tables.clients["app"].client_metadata,
            "grant_types": ["client_credentials", "authorization_code"],
        }
    )
    assert (await shop.tokens())["expires_in"] == 3600
    answered = await shop.ask_token("client_credentials", "app")
    assert answered.json()["expires_in"] == 90


async def test_generators_are_functions_or_import_paths() -> None:
    """S4 AuthorizationServer: access_token_generator, token_expires_in"""
    here = "compat.oauth2.test_set_up"
    shop = Shop(
        {
            "OAUTH2_ACCESS_TOKEN_GENERATOR": f"{here}.fixed_token",
            "OAUTH2_TOKEN_EXPIRES_IN": f"{here}.ten_seconds",
            "OAUTH2_REFRESH_TOKEN_GENERATOR": lambda **_: "r",
        }
    ).with_usual_grants()
    answered = await shop.tokens()
    assert answered["access_token"] == "app-authorization_code"
    assert (answered["expires_in"], answered["refresh_token"]) == (10, "r")


async def test_a_token_generator_serves_its_grant_type_alone() -> None:
    """S4 register_grant: register_token_generator, asynchronous too"""

    async def own(**asked: Any) -> dict[str, Any]:
        assert {"grant_type", "client", "user", "scope", "expires_in"} <= set(asked)
        return {"token_type": "Bearer", "access_token": "of-my-own"}

    shop = Shop().with_usual_grants()
    shop.server.register_token_generator("refresh_token", own)
    first = await shop.tokens()
    assert first["access_token"] != "of-my-own"
    assert (await shop.refresh(first["refresh_token"])).json()["access_token"] == "of-my-own"


@pytest.mark.parametrize("grant", [AuthorizationCodeGrant, TokenEndpointMixin])
def test_a_grant_that_lacks_its_methods_is_refused_at_once(grant: Any) -> None:
    """S4 register_grant: not at the first request"""
    with pytest.raises(TypeError, match=r"lacks .*(create_token_response|save_authorization_code)"):
        AuthorizationServer().register_grant(grant)
    with pytest.raises(TypeError, match="lacks create_response"):
        AuthorizationServer().register_endpoint(Endpoint)


async def test_a_grant_of_ones_own_is_taken_up() -> None:
    """S4 register_grant: BaseGrant with a mixin"""

    class PigeonGrant(BaseGrant, TokenEndpointMixin):
        GRANT_TYPE = "urn:example:pigeon"

        async def validate_token_request(self) -> None:
            await self.authenticate_token_endpoint_client()
            self.request.form.require("pigeon")

        async def create_token_response(self) -> Any:
            return await self.answer_token(await self.generate_token(scope="email"))

    shop = Shop()
    shop.server.register_grant(PigeonGrant)
    shop.add(Client("keeper", "keeper-secret", grant_types=["urn:example:pigeon"]))
    assert (await shop.ask_token("urn:example:pigeon", "keeper")).json()["error"] == (
        "invalid_request"
    )
    answered = await shop.ask_token("urn:example:pigeon", "keeper", pigeon="grey")
    assert answered.json()["scope"] == "email"
    assert "refresh_token" not in answered.json()


async def test_an_extension_sets_itself_up_on_the_server() -> None:
    """S4 register_grant: register_extension"""

    class Issuer:
        def __init__(self, server: AuthorizationServer) -> None:
            server.issuer = "https://shop.example.com"

    shop = Shop().with_usual_grants()
    shop.server.register_extension(Issuer)
    assert answer_of(await shop.approve())["iss"] == "https://shop.example.com"


async def test_a_client_authenticates_by_a_method_of_ones_own() -> None:
    """S4 register_grant: register_client_auth_method"""

    async def by_header(query_client: Any, request: OAuth2Request) -> Any:
        return await query_client(request.headers.get("x-app", ""))

    shop = Shop()
    shop.add(Client("pigeon", token_endpoint_auth_method="header"))
    shop.server.register_client_auth_method("header", by_header)
    shop.server.register_grant(code_grant(shop.tables, "header"))
    form = {"grant_type": "authorization_code", "code": await shop.code("pigeon")}
    form |= {"redirect_uri": CALLBACK, "code_verifier": "v" * 43}
    refused = await shop.http.post("/token", data=form, headers={"x-app": "app"})
    assert refused.json()["error"] == "invalid_client"
    taken = await shop.http.post("/token", data=form, headers={"x-app": "pigeon"})
    assert taken.status_code == 200


async def test_metadata_names_the_endpoints_that_grants_use() -> None:
    """S4 Two endpoints named"""
    shop = Shop({"OAUTH2_ISSUER": "https://shop.example.com", "OAUTH2_SCOPES_SUPPORTED": ["a"]})
    addresses = {"authorization_endpoint": "https://a", "token_endpoint": "https://t"}
    assert not set(addresses) & set(shop.server.get_server_metadata(**addresses))
    shop.server.register_grant(ClientCredentialsGrant)
    described = shop.server.get_server_metadata(**addresses, jwks_uri="https://j")
    assert set(addresses) & set(described) == {"token_endpoint"}
    assert "code_challenge_methods_supported" not in described
    assert described["jwks_uri"] == "https://j"
    shop.server.register_grant(code_grant(shop.tables))
    shop.server.register_grant(refresh_grant(shop.tables))
    described = shop.server.get_server_metadata(**addresses)
    assert set(addresses) <= set(described)
    assert described["response_types_supported"] == ["code"]
    assert described["code_challenge_methods_supported"] == ["S256"]
    assert described["scopes_supported"] == ["a"]
    assert described["grant_types_supported"] == [
        "client_credentials",
        "authorization_code",
        "refresh_token",
    ]


async def test_a_server_does_nothing_until_a_grant_is_registered() -> None:
    """S4 "Server does nothing until a grant is registered" """
    shop = Shop()
    answered = await shop.ask_token("authorization_code", "app", code="x")
    assert (answered.status_code, answered.json()["error"]) == (400, "unsupported_grant_type")
    assert answer_of(await shop.ask())["error"] == "unsupported_response_type"


async def test_the_implicit_grant_answers_only_where_it_was_registered() -> None:
    """S4 "Server does nothing until a grant is registered": THREATS 20"""
    shop = Shop().with_usual_grants()
    old = Client("old", grant_types=["implicit"], response_types=["token"])
    shop.add(old)
    assert answer_of(await shop.ask("old", response_type="token"))["error"] == (
        "unsupported_response_type"
    )
    shop.server.register_grant(ImplicitGrant)
    assert (await shop.ask("old", response_type="token")).status_code == 200
