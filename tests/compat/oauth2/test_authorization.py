"""The authorization endpoint: what is asked, decided and answered (PARITY section 5.3)."""

from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from compat.oauth2.given import code_grant
from compat.oauth2.shop import CHALLENGE, Shop, answer_of, authorization
from compat.oauth2.tables import CALLBACK, Client
from consentry.compat.oauth2 import BaseGrant, ImplicitGrant
from consentry.spec.errors import OAuthError, UnsupportedResponseType

PAGE = {"accept": "text/html,application/xhtml+xml", "x-user": "jane"}


async def test_a_consent_grant_has_the_client_and_what_it_asked(shop: Shop) -> None:
    """S4 get_consent_grant"""
    found: list[Any] = []

    async def look(request: Request) -> Response:
        found.append(await shop.server.get_consent_grant(request, end_user="jane"))
        return Response()

    shop.app.add_route("/look", look)
    await shop.http.get("/look", params=authorization("app", scope="email admin"))
    (grant,) = found
    assert grant.client is shop.tables.clients["app"]
    assert grant.request.payload.scope == "email admin"
    assert grant.request.payload.datalist["scope"] == ["email admin"]
    assert (grant.request.user, grant.request.scope) == ("jane", "email")
    assert grant.request.method == "GET"


@pytest.mark.parametrize("name", ["response_type", "scope", "state", "code_challenge", "nonce"])
async def test_a_repeated_parameter_is_told_to_the_client(shop: Shop, name: str) -> None:
    """S4 get_consent_grant: refuses repeats and copies state, unless that is what repeats"""
    query = f"{urlencode(authorization('app'))}&{name}=x&{name}=y"
    response = await shop.http.get(f"/authorize?{query}")
    answer = answer_of(response)
    assert answer["error"] == "invalid_request"
    assert ("state" in answer) == (name != "state")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_repeated_address_is_told_to_nobody(shop: Shop, name: str) -> None:
    """S4 get_consent_grant: a repeated client_id or redirect_uri is never redirected"""
    query = f"{urlencode(authorization('app'))}&{name}=https://evil.example"
    response = await shop.http.get(f"/authorize?{query}")
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_an_error_goes_to_the_client_in_query_or_fragment(shop: Shop) -> None:
    """S4 handle_error_response"""
    wide = await shop.ask(scope="admin")
    assert answer_of(wide) == {
        "error": "invalid_scope",
        "error_description": "scope is not registered for this client",
        "state": "s-1",
    }
    shop.server.register_grant(ImplicitGrant)
    shop.add(Client("old", grant_types=["implicit"], response_types=["token"]))
    fragment = await shop.ask("old", response_type="token", scope="admin")
    parts = urlsplit(fragment.headers["location"])
    assert not parts.query
    assert parse_qs(parts.fragment)["error"] == ["invalid_scope"]


async def test_an_error_without_a_proven_client_is_a_page_or_json(shop: Shop) -> None:
    """S4 handle_error_response: a page for people, JSON for clients, by Accept"""
    asking = authorization("nobody")
    told = await shop.http.get("/authorize", params=asking)
    assert (told.status_code, told.json()["error"]) == (400, "invalid_request")
    shown = await shop.http.get("/authorize", params=asking, headers=PAGE)
    assert shown.status_code == 400
    assert shown.headers["content-type"].startswith("text/html")
    assert "not known here" in shown.text
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"


async def test_an_error_page_shows_no_markup_of_others(shop: Shop) -> None:
    """S4 handle_error_response: THREATS 42"""

    async def refuse(request: Request) -> Response:
        return shop.server.handle_error_response(request, OAuthError("<script>alert(1)</script>"))

    shop.app.add_route("/refuse", refuse)
    shown = await shop.http.get("/refuse", headers=PAGE)
    assert "<script>alert" not in shown.text
    assert "<script>alert(1)</script>" in unescape(shown.text)


async def test_an_error_carries_its_uri() -> None:
    """S4 handle_error_response: OAUTH2_ERROR_URIS"""
    shop = Shop({"OAUTH2_ERROR_URIS": [("invalid_scope", "https://e.example/scope")]})
    shop.with_usual_grants()
    assert answer_of(await shop.ask(scope="admin"))["error_uri"] == "https://e.example/scope"
    shop = Shop({"OAUTH2_ERROR_URIS": {"unsupported_grant_type": "https://e.example/g"}})
    assert (await shop.ask_token("x", "app")).json()["error_uri"] == "https://e.example/g"


async def test_who_agrees_sends_a_code_back(shop: Shop) -> None:
    """S4 create_authorization_response: grant and grant_user by keyword"""
    response = await shop.approve()
    assert response.headers["location"].startswith(f"{CALLBACK}?")
    answer = answer_of(response)
    assert set(answer) == {"code", "state"}
    assert len(answer["code"]) == 48
    assert shop.tables.codes[answer["code"]].__dict__["user_id"] == "jane"


async def test_who_denies_sends_access_denied_back(shop: Shop) -> None:
    """S4 create_authorization_response: denial is a redirect with state"""
    answer = answer_of(await shop.decide("jane", "no"))
    assert (answer["error"], answer["state"]) == ("access_denied", "s-1")
    assert not shop.tables.codes


async def test_the_grant_may_be_left_out(shop: Shop) -> None:
    """S4 create_authorization_response: it is found anew"""

    async def decide(request: Request) -> Response:
        jane = shop.tables.users["jane"]
        return await shop.server.create_authorization_response(request, grant_user=jane)

    shop.app.add_route("/decide", decide)
    good = await shop.http.get("/decide", params=authorization("app"))
    assert "code" in answer_of(good)
    bad = await shop.http.get("/decide", params=authorization("nobody"))
    assert bad.json()["error"] == "invalid_request"
    wide = await shop.http.get("/decide", params=authorization("app", scope="admin"))
    assert answer_of(wide)["error"] == "invalid_scope"


async def test_a_request_that_was_read_may_be_given_again(shop: Shop) -> None:
    """S4 create_authorization_response: the request of a consent grant serves as well"""

    async def decide(request: Request) -> Response:
        jane = shop.tables.users["jane"]
        grant = await shop.server.get_consent_grant(request, end_user=jane)
        return await shop.server.create_authorization_response(grant.request, grant_user=jane)

    shop.app.add_route("/decide", decide)
    assert "code" in answer_of(await shop.http.get("/decide", params=authorization("app")))


async def test_an_answer_keeps_the_query_of_the_redirect_uri(shop: Shop) -> None:
    """S4 create_authorization_response: RFC 6749 §3.1.2"""
    shop.add(Client("q", "q-secret", redirect_uris=["https://q.example/b?tab=1&tab=2"]))
    response = await shop.approve("q", redirect_uri=None)
    assert response.headers["location"].startswith("https://q.example/b?tab=1&tab=2&code=")


async def test_an_answer_may_be_posted(shop: Shop) -> None:
    """S4 create_authorization_response: OAuth 2.0 Form Post Response Mode §2, escaped"""
    response = await shop.approve(response_mode="form_post", state='"><b>')
    assert response.status_code == 200
    assert f'action="{CALLBACK}"' in response.text
    assert "<b>" not in response.text
    assert "name=&quot;" not in response.text
    assert 'name="code"' in response.text


async def test_a_page_is_given_four_things_and_posts_the_decision(shop: Shop) -> None:
    """S4 View shape: grant, client, scope (the allowed part), user"""
    page = (await shop.ask(scope="admin profile")).json()
    assert page == {
        "grant": "authorization_code",
        "client": "app",
        "scope": "profile",
        "user": "jane",
        "prompt": None,
    }
    assert "code" in answer_of(await shop.approve())


async def test_a_request_may_be_posted_as_a_form(shop: Shop) -> None:
    """S4 View shape: of query and body, one is read"""
    form = {**authorization("app"), "confirm": "no"}
    posted = await shop.http.post("/authorize", data=form, headers={"x-user": "jane"})
    assert answer_of(posted)["error"] == "access_denied"
    posted = await shop.http.post(
        "/authorize", data={**form, "confirm": "yes"}, headers={"x-user": "jane"}
    )
    assert "code" in answer_of(posted)


async def test_a_body_beside_a_query_counts_for_nothing(shop: Shop) -> None:
    """S4 View shape: what a page posts cannot change what was asked"""
    query = urlencode(authorization("app"))
    body = {"confirm": "yes", "scope": "orders", "redirect_uri": "https://evil.example/"}
    posted = await shop.http.post(f"/authorize?{query}", data=body, headers={"x-user": "jane"})
    code = answer_of(posted)["code"]
    assert shop.tables.codes[code].scope == "profile"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://good@evil.example/",
        "https://app.example.com@evil.example/back",
        "https://evil.example/",
        "https://app.example.com/back#f",
        "//app.example.com/back",
        "javascript:alert(1)",
        "https:///back",
        "\\\\evil",
    ],
)
async def test_nothing_is_sent_to_an_address_that_is_not_proven(
    shop: Shop, redirect_uri: str
) -> None:
    """PARITY 6 Authlib history: userinfo trick; a lenient model changes nothing. THREATS 10, 11"""

    class Lenient(Client):
        def check_redirect_uri(self, redirect_uri: str) -> bool:
            return redirect_uri != "https://evil.example/"

    shop.add(Lenient("lenient", "lenient-secret"))
    for client_id in ("app", "lenient"):
        for more in ({}, {"scope": "admin"}, {"response_type": "what"}):
            response = await shop.ask(client_id, redirect_uri=redirect_uri, **more)
            assert response.status_code == 400, redirect_uri
            assert "location" not in response.headers


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_type": "what"},
        {"response_type": None},
        {"scope": "admin"},
        {"scope": 'a"b'},
        {"code_challenge_method": "plain"},
        {"prompt": "maybe"},
        {"response_mode": "pigeon"},
    ],
)
async def test_no_error_leads_to_an_unproven_address(shop: Shop, wrong: dict[str, str]) -> None:
    """PARITY 6 Authlib history: redirect to unproved URI on unsupported response type, scope"""
    for unproven in ({"redirect_uri": "https://evil.example/"}, {"client_id": "nobody"}):
        response = await shop.ask(**{**wrong, **unproven})
        assert response.status_code == 400
        assert "location" not in response.headers
    assert "error" in answer_of(await shop.ask(**wrong))


async def test_without_a_redirect_uri_only_a_single_one_is_answered(shop: Shop) -> None:
    """S4 get_default_redirect_uri: at the endpoint"""
    assert "code" in answer_of(await shop.approve(redirect_uri=None))
    shop.add(Client("two", "two-secret", redirect_uris=[CALLBACK, "https://two.example/"]))
    assert (await shop.approve("two", redirect_uri=None)).status_code == 400


async def test_a_response_type_the_client_did_not_register_is_refused(shop: Shop) -> None:
    """S4 check_response_type: unauthorized_client, to the client"""
    shop.add(Client("m2m", "m2m-secret", response_types=[]))
    assert answer_of(await shop.ask("m2m"))["error"] == "unauthorized_client"
    shop.add(Client("nogrant", "s", grant_types=[]))
    assert answer_of(await shop.ask("nogrant"))["error"] == "unauthorized_client"


async def test_scopes_may_be_refused_rather_than_dropped() -> None:
    """S4 get_allowed_scope: policy, drop or refuse"""
    shop = Shop({"OAUTH2_UNREGISTERED_SCOPE": "refuse"}).with_usual_grants()
    assert answer_of(await shop.ask(scope="profile admin"))["error"] == "invalid_scope"
    assert (await shop.ask(scope="profile email")).status_code == 200


async def test_a_scope_the_server_does_not_know_is_refused() -> None:
    """S4 AuthorizationServer: scopes_supported"""
    shop = Shop({"OAUTH2_SCOPES_SUPPORTED": ["profile"]}).with_usual_grants()
    assert answer_of(await shop.ask(scope="email"))["error"] == "invalid_scope"
    assert (await shop.ask(scope="profile")).status_code == 200


async def test_a_client_may_refuse_a_scope_by_answering_none(shop: Shop) -> None:
    """S4 get_allowed_scope: None is invalid_scope"""

    class Strict(Client):
        def get_allowed_scope(self, scope: str) -> str | None:  # type: ignore[override]
            return None

    shop.add(Strict("strict", "strict-secret"))
    assert answer_of(await shop.ask("strict"))["error"] == "invalid_scope"


async def test_the_implicit_grant_answers_in_the_fragment(shop: Shop) -> None:
    """S4 create_authorization_response: a token, never a refresh token"""
    shop.server.register_grant(ImplicitGrant)
    shop.add(Client("old", grant_types=["implicit", "refresh_token"], response_types=["token"]))
    answered = await shop.approve("old", response_type="token")
    assert not urlsplit(answered.headers["location"]).query
    answer = answer_of(answered)
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "state"}
    assert await shop.me(answer["access_token"]) == 200
    denied = await shop.decide("jane", "no", "old", response_type="token")
    assert answer_of(denied)["error"] == "access_denied"


async def test_a_coroutine_that_says_no_means_no(shop: Shop) -> None:
    """S4 register_grant: asynchronous models; a coroutine nobody awaits would be true"""

    class Later(Client):
        async def check_redirect_uri(self, redirect_uri: str) -> bool:  # type: ignore[override]
            return False

    shop.add(Later("later", "later-secret"))
    assert (await shop.ask("later")).status_code == 400


async def test_a_response_without_a_proof_is_a_mistake_of_the_app(shop: Shop) -> None:
    """THREATS 11: nothing is sent anywhere"""

    class Hasty(code_grant(shop.tables)):  # type: ignore[misc]
        async def create_authorization_response(self, redirect_uri: str, user: Any) -> Response:
            self.request.return_to = None
            return self.server.answer_client(self.request, {"code": "x"})  # type: ignore[no-any-return]

    hasty = Shop()
    hasty.server.register_grant(Hasty)
    with pytest.raises(RuntimeError, match="not proven"):
        await hasty.approve()
    assert issubclass(Hasty, BaseGrant)


async def test_an_unsupported_response_type_is_an_oauth_error(shop: Shop) -> None:
    """S4 get_consent_grant: raises OAuth2Error"""
    raised: list[OAuthError] = []

    async def look(request: Request) -> Response:
        try:
            await shop.server.get_consent_grant(request)
        except OAuthError as error:
            raised.append(error)
        return Response()

    shop.app.add_route("/look", look)
    await shop.http.get("/look", params=authorization("app", response_type="code what"))
    assert isinstance(raised[0], UnsupportedResponseType)
    assert CHALLENGE not in raised[0].description
