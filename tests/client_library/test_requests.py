"""Requests to a provider's API."""

from typing import Any

import pytest

from client_library.kit import PROVIDER, Now, Provider, parameters, registered
from consentry.client import (
    InvalidToken,
    Misconfigured,
    MissingToken,
    OAuth,
    OAuth2Token,
    OAuthError,
)

TOKEN = {"access_token": "at-1", "token_type": "Bearer"}


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
async def test_every_verb_carries_the_token(oauth: OAuth, provider: Provider, verb: str) -> None:
    """S3 get, post, put, patch, delete, request"""
    if verb == "patch":
        provider.app.router.routes[0].methods.add("PATCH")  # type: ignore[attr-defined]
    client = registered(oauth, provider)
    answer = await getattr(client, verb)("things/1", token=TOKEN, params={"a": "1"})
    seen = answer.json()
    assert seen["method"] == verb.upper()
    assert seen["url"] == f"{PROVIDER}/api/things/1?a=1"
    assert seen["headers"]["authorization"] == "Bearer at-1"


async def test_head_and_any_other_verb_too(oauth: OAuth, provider: Provider) -> None:
    """S3 request: head"""
    client = registered(oauth, provider)
    assert (await client.head("things", token=TOKEN)).status_code == 200
    assert provider.calls[-1][2]["authorization"] == "Bearer at-1"
    again = await client.request("POST", "things", token=TOKEN, json={"a": 1})
    assert again.json()["body"] == '{"a":1}'
    assert again.json()["headers"]["content-type"] == "application/json"


async def test_without_a_token_a_request_is_not_sent(oauth: OAuth, provider: Provider) -> None:
    """S3 get: no token -> missing_token; withhold_token skips"""
    client = registered(oauth, provider)
    with pytest.raises(MissingToken) as caught:
        await client.get("things")
    assert caught.value.error == "missing_token"
    assert not [call for call in provider.calls if call[0].startswith("/api")]
    answer = await client.get("things", withhold_token=True, token=TOKEN)
    assert "authorization" not in answer.json()["headers"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/api/things",
        "http://provider.example/api/things",
        "https://provider.example:8443/api/things",
        "//evil.example/api/things",
        "https://provider.example.evil.example/",
    ],
)
async def test_another_host_gets_no_token(oauth: OAuth, provider: Provider, url: str) -> None:
    """S3 get: an absolute URL to another host drops the token"""
    answer = await registered(oauth, provider).get(url, token=TOKEN)
    assert "authorization" not in answer.json()["headers"]


@pytest.mark.parametrize(
    "url", ["https://provider.example@evil.example/", "https://a:b@provider.example/api/"]
)
async def test_a_host_dressed_up_as_a_user_is_refused(
    oauth: OAuth, provider: Provider, url: str
) -> None:
    """PARITY 6 Authlib history: the userinfo trick in URLs"""
    with pytest.raises(ValueError, match="user information"):
        await registered(oauth, provider).get(url, token=TOKEN)
    assert not [call for call in provider.calls if call[0].startswith("/api")]


async def test_a_malformed_url_is_refused(oauth: OAuth, provider: Provider) -> None:
    with pytest.raises(ValueError, match="URL"):
        await registered(oauth, provider).get("https://a.example:port/", token=TOKEN)
    wrong = registered(oauth, provider, "wrong", server_metadata_url="https://a.example:port/")
    with pytest.raises(Misconfigured):
        await wrong.load_server_metadata()


async def test_another_host_can_be_allowed(oauth: OAuth, provider: Provider) -> None:
    """S3 get: unless allowed"""
    client = registered(oauth, provider, token_origins=["https://files.example"])
    for url, options in (
        ("https://files.example/1", {}),
        ("https://elsewhere.example/1", {"allow_other_origin": True}),
        (f"{PROVIDER}/api/things", {}),
        ("https://PROVIDER.example:443/api/things", {}),
    ):
        answer = await client.get(url, token=TOKEN, **options)
        assert answer.json()["headers"]["authorization"] == "Bearer at-1", url


async def test_a_relative_url_needs_a_base(oauth: OAuth, provider: Provider) -> None:
    client = registered(oauth, provider, api_base_url=None)
    with pytest.raises(Misconfigured, match="api_base_url"):
        await client.get("things", token=TOKEN)


async def test_the_token_can_travel_in_a_form(oauth: OAuth, provider: Provider) -> None:
    """S3 client_kwargs 2.0: token_placement `body`"""
    client = registered(oauth, provider, client_kwargs={"token_placement": "body"})
    posted = (await client.post("things", token=TOKEN, data={"a": "1"})).json()
    assert posted["body"] == "a=1&access_token=at-1"
    assert "authorization" not in posted["headers"]
    empty = (await client.post("things", token=TOKEN)).json()
    assert empty["body"] == "access_token=at-1"
    for sent in (client.get("things", token=TOKEN), client.post("t", token=TOKEN, json={})):
        assert (await sent).json()["headers"]["authorization"] == "Bearer at-1"
    with pytest.raises(Misconfigured, match="redirects"):
        await client.post("things", token=TOKEN, follow_redirects=True)


async def test_the_token_in_the_uri_once_unlocked(
    oauth: OAuth, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """S3 client_kwargs 2.0: token_placement `uri`; S3 log hygiene"""
    caplog.set_level("DEBUG")
    kwargs = {"token_placement": "uri", "allow_token_in_uri": True}
    client = registered(oauth, provider, client_kwargs=kwargs)
    seen = (await client.get("things?a=1", token={**TOKEN, "access_token": "hidden-at"})).json()
    assert parameters(seen["url"]) == {"a": "1", "access_token": "hidden-at"}
    assert "hidden-at" not in caplog.text
    assert "/api/things?hidden" in caplog.text
    with pytest.raises(Misconfigured):
        odd = registered(oauth, provider, "odd", client_kwargs={"token_placement": "cookie"})
        await odd.get("things", token=TOKEN)


@pytest.mark.parametrize("kind", ["DPoP", "mac", "", None])
async def test_a_token_of_unknown_type_is_not_used(
    oauth: OAuth, provider: Provider, kind: str | None
) -> None:
    """RFC 6749 §7.1"""
    with pytest.raises(InvalidToken):
        await registered(oauth, provider).get("x", token={**TOKEN, "token_type": kind})


async def test_fetch_token_of_the_registry_is_told_the_name(provider: Provider, now: Now) -> None:
    """S3 fetch_token: `fetch_token(name, request)` on the registry, awaited"""
    asked: list[Any] = []

    async def fetch_token(name: str, request: object) -> dict[str, str]:
        asked.append((name, request))
        return TOKEN

    async with OAuth(fetch_token=fetch_token, clock=now) as oauth:
        client = registered(oauth, provider)
        request: Any = object()
        answer = await client.get("things", request=request)
        assert answer.json()["headers"]["authorization"] == "Bearer at-1"
        await client.get("things", request=request, token=TOKEN)
    assert asked == [("other", request)]


async def test_fetch_token_of_the_client_wins(provider: Provider, now: Now) -> None:
    """S3 fetch_token: `fetch_token(request)` per client; a record with to_token() will do"""

    def of_registry(name: str, request: object) -> None:
        raise AssertionError("the client has its own")

    def of_client(request: object) -> OAuth2Token | None:
        return None if request == "nobody" else OAuth2Token("other", "Bearer", "at-2")

    async with OAuth(fetch_token=of_registry, clock=now) as oauth:
        client = registered(oauth, provider, fetch_token=of_client)
        answer = await client.get("things", request="jane")
        assert answer.json()["headers"]["authorization"] == "Bearer at-2"
        with pytest.raises(MissingToken):
            await client.get("things", request="nobody")


async def test_one_users_cookies_are_not_sent_for_another(oauth: OAuth, provider: Provider) -> None:
    """All users of an app share its connections."""
    from starlette.responses import Response

    def with_cookie(form: dict[str, str]) -> Response:
        return Response("{}", headers={"Set-Cookie": "session=janes; Path=/"})

    provider.answers["/api/first"] = with_cookie
    client = registered(oauth, provider)
    await client.get("first", token=TOKEN)
    second = (await client.get("second", token=TOKEN)).json()
    assert "cookie" not in second["headers"]
    own = (await client.get("third", token=TOKEN, headers={"Cookie": "a=b"})).json()
    assert own["headers"]["cookie"] == "a=b"


async def test_an_endless_answer_is_cut_off(oauth: OAuth, provider: Provider) -> None:
    from starlette.responses import Response

    provider.answers["/token"] = lambda form: Response("x" * (1024 * 1024 + 1))
    with pytest.raises(OAuthError) as caught:
        await registered(oauth, provider).fetch_access_token()
    assert caught.value.error == "unexpected_answer"


async def test_userinfo_must_be_about_the_same_person(oauth: OAuth, provider: Provider) -> None:
    """OIDC Core §5.3.2"""
    from starlette.responses import JSONResponse

    provider.answers["/userinfo"] = lambda form: JSONResponse({"sub": "jane", "name": "Jane"})
    client = registered(oauth, provider)
    assert (await client.userinfo(token=TOKEN))["name"] == "Jane"
    assert (await client.userinfo(token={**TOKEN, "userinfo": {"sub": "jane"}}))["sub"] == "jane"
    with pytest.raises(OAuthError, match="another sub"):
        await client.userinfo(token={**TOKEN, "userinfo": {"sub": "mallory"}})
    provider.answers["/userinfo"] = lambda form: JSONResponse({}, status_code=401)
    with pytest.raises(OAuthError, match="401"):
        await client.userinfo(token=TOKEN)
