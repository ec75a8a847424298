"""The token endpoint: methods, forms, client authentication, errors (PARITY section 5.3)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.oauth2.shop import VERIFIER, Shop, basic
from compat.oauth2.tables import CALLBACK, Client
from consentry.compat.oauth2 import (
    ClientCredentialsGrant,
    ImplicitGrant,
    OAuth2Request,
    ResourceOwnerPasswordCredentialsGrant,
)
from consentry.spec.errors import InvalidRequest, TooManyRequests
from consentry.spec.forms import Form


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_the_token_endpoint_takes_post_only(shop: Shop, method: str) -> None:
    """S4 create_token_response: others get 405"""
    response = await shop.http.request(method, "/token?grant_type=authorization_code")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert (await shop.http.get("/oauth/revocation")).status_code == 405


async def test_parameters_are_of_the_body_alone(shop: Shop) -> None:
    """S4 Form parameters: the query is not merged in. THREATS 12"""
    code = await shop.code()
    form = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    response = await shop.http.post(
        f"/token?grant_type=authorization_code&code={code}", data=form, headers=basic("app")
    )
    assert response.json()["error"] == "invalid_request"
    query = "/token?code=wrong&client_id=native&grant_type=password"
    form |= {"grant_type": "authorization_code", "code": code}
    assert (await shop.http.post(query, data=form, headers=basic("app"))).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"grant_type=%zz", "application/x-www-form-urlencoded"),
        (b"grant_type=\xff", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b'{"grant_type": "authorization_code"}', "application/json"),
    ],
)
async def test_a_malformed_body_is_an_invalid_request(shop: Shop, body: bytes, kind: str) -> None:
    """S4 Form parameters"""
    response = await shop.http.post("/token", content=body, headers={"content-type": kind})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert response.headers["cache-control"] == "no-store"


async def test_a_body_without_end_is_cut_off(shop: Shop) -> None:
    """S4 Form parameters: THREATS 56"""
    form = {"grant_type": "x" * 70_000}
    assert (await shop.http.post("/token", data=form)).status_code == 413
    assert (await _in_pieces(shop, 70)).status_code == 413
    assert (await _in_pieces(shop, 1)).json()["error"] == "unsupported_grant_type"


async def _in_pieces(shop: Shop, thousands: int) -> httpx2.Response:
    """A form whose length nobody states."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"grant_type="
        for _ in range(thousands):
            yield b"x" * 1000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await shop.http.post("/token", content=pieces(), headers=kind)


async def test_who_tries_too_often_is_told_when_to_come_back(shop: Shop) -> None:
    """S4 Error description: an app's own limits answer as they should"""

    class Limited(ClientCredentialsGrant):
        GRANT_TYPE = "urn:example:limited"

        async def validate_token_request(self) -> None:
            raise TooManyRequests("wait", retry_after=7)

    shop.server.register_grant(Limited)
    response = await shop.ask_token("urn:example:limited", "app")
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(
    ("headers", "form", "status", "error"),
    [
        (basic("app", "wrong"), {}, 401, "invalid_client"),
        (basic("nobody"), {}, 401, "invalid_client"),
        ({}, {}, 401, "invalid_client"),
        ({}, {"client_id": "app"}, 401, "invalid_client"),
        ({}, {"client_id": "nobody"}, 401, "invalid_client"),
        ({}, {"client_id": "app", "client_secret": "app-secret"}, 401, "invalid_client"),
        ({"authorization": "Bearer x"}, {"client_id": "native"}, 401, "invalid_client"),
        ({"authorization": "Basic %%%"}, {}, 401, "invalid_client"),
        (basic("app"), {"client_secret": "app-secret"}, 400, "invalid_request"),
        (basic("app"), {"client_id": "native"}, 400, "invalid_request"),
        (basic("native", "x"), {}, 401, "invalid_client"),
    ],
)
async def test_a_client_proves_itself_once_and_as_registered(
    shop: Shop, headers: dict[str, str], form: dict[str, str], status: int, error: str
) -> None:
    """S4 check_endpoint_auth_method: at the token endpoint. THREATS 18"""
    code = await shop.code()
    form = {"grant_type": "authorization_code", "code": code, **form}
    response = await shop.http.post("/token", data=form, headers=headers)
    assert (response.status_code, response.json()["error"]) == (status, error)
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Basic realm=")
    assert (await shop.redeem(code)).status_code == 200


async def test_a_secret_may_be_in_the_body_where_that_is_registered(shop: Shop) -> None:
    """S4 check_endpoint_auth_method: client_secret_post"""
    shop.add(Client("body", "body-secret", token_endpoint_auth_method="client_secret_post"))
    form = {
        "grant_type": "authorization_code",
        "code": await shop.code("body"),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": "body",
        "client_secret": "body-secret",
    }
    assert (await shop.http.post("/token", data=form)).status_code == 200
    assert (await shop.http.post("/token", data=form)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("said", ['a "quote"', "é", "back\\slash", "line\nbreak", "\x00", "日本"])
async def test_a_description_of_any_characters_is_no_server_error(shop: Shop, said: str) -> None:
    """S4 Error description: sanitized, never raised"""

    class Echoing(ClientCredentialsGrant):
        async def validate_token_request(self) -> None:
            raise InvalidRequest(f"I do not know {said}")

    shop = Shop()
    shop.server.register_grant(ImplicitGrant)
    shop.server.register_grant(Echoing)
    response = await shop.ask_token("client_credentials", "app")
    assert response.status_code == 400
    described = response.json()["error_description"]
    assert described.startswith("I do not know ")
    assert described.isascii()
    assert not set(described) & set('"\\\n\x00')


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    form=st.dictionaries(
        st.sampled_from(["grant_type", "code", "client_id", "scope", "redirect_uri", "username"]),
        st.text(max_size=30),
    ),
    header=st.one_of(st.none(), st.text(st.characters(min_codepoint=32, max_codepoint=126))),
)
async def test_nothing_anybody_sends_is_a_server_error(
    shop: Shop, form: dict[str, str], header: str | None
) -> None:
    """S4 Error description: whatever comes is answered"""
    headers = {} if header is None else {"authorization": header}
    for grant_type in (form.get("grant_type", ""), "authorization_code", "refresh_token"):
        sent = {**form, "grant_type": grant_type}
        response = await shop.http.post("/token", data=sent, headers=headers)
        assert response.status_code in (400, 401)
    response = await shop.http.get("/authorize", params=form)
    assert response.status_code == 400


async def test_client_credentials_buy_a_token_for_the_client_itself(shop: Shop) -> None:
    """S4 create_token_response: no person, no refresh token"""
    shop.add(Client("m2m", "m2m-secret", grant_types=["client_credentials", "refresh_token"]))
    answered = (await shop.ask_token("client_credentials", "m2m", scope="email admin")).json()
    assert set(answered) == {"access_token", "token_type", "expires_in", "scope"}
    assert answered["scope"] == "email"
    assert shop.tables.tokens[-1].user_id is None
    assert (await shop.ask_token("client_credentials", "m2m", scope="admin")).json()["error"] == (
        "invalid_scope"
    )
    assert (await shop.ask_token("client_credentials", "app")).json()["error"] == (
        "unauthorized_client"
    )
    assert (await shop.ask_token("client_credentials", "native")).json()["error"] == (
        "invalid_client"
    )


async def test_a_password_buys_a_token_where_the_grant_is_registered(shop: Shop) -> None:
    """S4 create_token_response: old clients. THREATS 20"""

    class PasswordGrant(ResourceOwnerPasswordCredentialsGrant):
        async def authenticate_user(self, username: str, password: str) -> Any:
            return shop.tables.users.get(username) if password == "right" else None

    person = {"username": "jane", "password": "right", "scope": "profile"}
    shop.add(Client("old", "old-secret", grant_types=["password"]))
    assert (await shop.ask_token("password", "old", **person)).json()["error"] == (
        "unsupported_grant_type"
    )
    shop.server.register_grant(PasswordGrant)
    answered = (await shop.ask_token("password", "old", **person)).json()
    assert await shop.me(answered["access_token"]) == 200
    for wrong in ({**person, "password": "wrong"}, {**person, "username": "nobody"}):
        refused = await shop.ask_token("password", "old", **wrong)
        assert refused.json()["error"] == "invalid_grant"
    for missing in ("username", "password"):
        form = {name: value for name, value in person.items() if name != missing}
        assert (await shop.ask_token("password", "old", **form)).json()["error"] == (
            "invalid_request"
        )
    assert (await shop.ask_token("password", "app", **person)).json()["error"] == (
        "unauthorized_client"
    )


async def test_the_scope_of_a_token_shrinks_with_its_client(shop: Shop) -> None:
    """S4 get_allowed_scope: again when the token is made. THREATS 19"""
    code = await shop.code(scope="profile email")
    app = shop.tables.clients["app"]
    app.set_client_metadata({**app.client_metadata, "scope": "email"})
    assert (await shop.redeem(code)).json()["scope"] == "email"


async def test_a_request_without_a_client_has_none() -> None:
    """S4 create_token_response: a step that asks too early is told so"""
    with pytest.raises(InvalidRequest):
        OAuth2Request(None, Form.of()).proven_client()  # type: ignore[arg-type]
