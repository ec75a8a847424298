"""OAuth 1.0a: at Authlib's own provider, and how requests are signed."""

from typing import Any

import flask
import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from oauthlib.oauth1.rfc5849 import signature as oauthlib_signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header
from starlette.responses import PlainTextResponse

from client_library.authlib_side import ADDRESS, SECRET, add_oauth1
from client_library.kit import PROVIDER, Provider, Site, WsgiTransport, begin, parameters
from consentry.client import (
    Misconfigured,
    MissingRequestToken,
    MissingToken,
    OAuth,
    OAuthError,
)

KEY = rsa.generate_private_key(65537, 2048)
PRIVATE = str(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "ascii")
PUBLIC = str(
    KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "ascii"
)
TOKEN = {"oauth_token": "ot-1", "oauth_token_secret": "os-1"}


@pytest.fixture(scope="module")
def flask_app() -> flask.Flask:
    app = flask.Flask("authlib")
    add_oauth1(app, ["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"], PUBLIC)
    return app


def at_authlib(oauth: OAuth, flask_app: flask.Flask, **kwargs: Any) -> Any:
    """Registered as people know it."""
    return oauth.register(
        "authlib",
        client_id="printer",
        client_secret=SECRET,
        request_token_url=f"{ADDRESS}/initiate",
        authorize_url=f"{ADDRESS}/oauth1/authorize",
        access_token_url=f"{ADDRESS}/oauth1/token",
        api_base_url=f"{ADDRESS}/oauth1/",
        client_kwargs={"transport": WsgiTransport(flask_app), **kwargs},
    )


async def asked(flask_app: flask.Flask, url: str) -> str:
    """Where the provider sends the browser back to."""
    async with httpx2.AsyncClient(transport=WsgiTransport(flask_app)) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize("method", ["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"])
@pytest.mark.parametrize("kind", ["HEADER", "QUERY", "BODY"])
async def test_a_login_at_authlibs_provider(
    oauth: OAuth, site: Site, flask_app: flask.Flask, method: str, kind: str
) -> None:
    """S3 client_kwargs 1.0: every signature_method and signature_type; S3 1.0 verifier"""
    client = at_authlib(
        oauth, flask_app, signature_method=method, signature_type=kind, rsa_key=PRIVATE
    )
    async with site.browser() as browser:
        there = await browser.get("/login/authlib")
        assert there.status_code == 302, there.text
        assert set(parameters(there.headers["location"])) == {"oauth_token"}
        returned = await browser.get(await asked(flask_app, there.headers["location"]))
        assert returned.status_code == 200, returned.text
    assert set(site.last) == {"oauth_token", "oauth_token_secret"}
    for sent in (
        client.get("api?b=2&b=1", token=site.last),
        client.post("api", token=site.last, data={"b": "x y&z"}),
        client.get("api", token=site.last, params={"b": "%+"}),
    ):
        answer = await sent
        assert answer.status_code == 200, answer.text
        assert answer.json()["b"] in ("2", "x y&z", "%+")


async def test_another_browsers_request_token_finds_nothing(
    oauth: OAuth, site: Site, flask_app: flask.Flask
) -> None:
    """S3 state storage, for 1.0: THREATS 46, and THREATS 5 from the client's side"""
    at_authlib(oauth, flask_app)
    async with site.browser() as jane, site.browser() as mallory:
        there = await jane.get("/login/authlib")
        address = await asked(flask_app, there.headers["location"])
        assert (await mallory.get(address)).json()["error"] == "mismatching_state"
        assert (await jane.get(address)).status_code == 200
        assert (await jane.get(address)).json()["error"] == "mismatching_state"


async def test_two_tabs_of_oauth_1_do_not_disturb_one_another(
    oauth: OAuth, site: Site, flask_app: flask.Flask
) -> None:
    """PARITY 6 S3: the second tab kills the first; S3 session requirement: 1.0"""
    at_authlib(oauth, flask_app)
    async with site.browser() as browser:
        tabs = [await browser.get("/login/authlib") for _ in range(2)]
        for tab in tabs:
            token = parameters(tab.headers["location"])["oauth_token"]
            assert token not in tab.headers["set-cookie"]
            assert "secret" not in tab.headers["set-cookie"]
            returned = await browser.get(await asked(flask_app, tab.headers["location"]))
            assert returned.status_code == 200


async def test_a_refusal_at_authlibs_provider(
    oauth: OAuth, site: Site, flask_app: flask.Flask
) -> None:
    at_authlib(oauth, flask_app)
    site.asked = {"deny": "1"}
    async with site.browser() as browser:
        there = await browser.get("/login/authlib")
        returned = await browser.get(await asked(flask_app, there.headers["location"]))
    assert returned.json()["error"] == "access_denied"


async def test_the_providers_refusal_is_told(oauth: OAuth, flask_app: flask.Flask) -> None:
    client = at_authlib(oauth, flask_app, signature_method="HMAC-SHA256")
    with pytest.raises(OAuthError) as caught:
        await client.create_authorization_url("https://app.example/")
    assert caught.value.error == "unsupported_signature_method"


def elsewhere(oauth: OAuth, provider: Provider, **more: Any) -> Any:
    """A client of the provider that does as it is told."""
    kwargs = {"transport": provider.transport, **more.pop("client_kwargs", {})}
    keywords = {
        "client_id": "printer",
        "client_secret": SECRET,
        "request_token_url": f"{PROVIDER}/initiate",
        "authorize_url": f"{PROVIDER}/authorize",
        "access_token_url": f"{PROVIDER}/token",
        "api_base_url": f"{PROVIDER}/api/",
    }
    return oauth.register("old", client_kwargs=kwargs, **{**keywords, **more})


def form(text: str, status: int = 200) -> Any:
    return lambda sent: PlainTextResponse(text, status_code=status)


CONFIRMED = "oauth_token=tt-1&oauth_token_secret=ts-1&oauth_callback_confirmed=true"


async def test_parameters_and_realm_go_where_they_belong(oauth: OAuth, provider: Provider) -> None:
    """S3 register: request_token_params, access_token_params; client_kwargs 1.0: realm"""
    provider.answers["/initiate"] = form(CONFIRMED)
    provider.answers["/token"] = form("oauth_token=ot&oauth_token_secret=os&user_id=7")
    client = elsewhere(
        oauth, provider, request_token_params={"scope": "a b", "realm": "Own"},
        access_token_params={"x": "1"}, authorize_params={"force_login": "1"},
        client_kwargs={"realm": "Photos"},
    )  # fmt: skip
    begun = await client.create_authorization_url("https://app.example/", lang="de")
    told = {"force_login": "1", "lang": "de", "oauth_token": "tt-1"}
    assert parameters(begun["url"]) == told
    assert begun["state"] == "tt-1"
    assert provider.came("/initiate") == [{"scope": "a b"}]
    header = dict(parse_authorization_header(provider.calls[-1][2]["authorization"]))
    assert header["realm"] == "Own"
    assert header["oauth_callback"] == "https%3A%2F%2Fapp.example%2F"
    token = await client.fetch_access_token(begun["request_token"], "v-1")
    assert token == {"oauth_token": "ot", "oauth_token_secret": "os", "user_id": "7"}
    assert provider.came("/token") == [{"x": "1"}]
    header = dict(parse_authorization_header(provider.calls[-1][2]["authorization"]))
    assert (header["realm"], header["oauth_verifier"]) == ("Photos", "v-1")


async def test_without_a_way_back_the_user_reads_a_verifier(
    oauth: OAuth, provider: Provider
) -> None:
    """RFC 5849 §2.1: oob"""
    provider.answers["/initiate"] = form(CONFIRMED)
    client = elsewhere(oauth, provider)
    await client.fetch_request_token()
    header = dict(parse_authorization_header(provider.calls[-1][2]["authorization"]))
    assert header["oauth_callback"] == "oob"
    with pytest.raises(MissingRequestToken):
        await client.fetch_access_token(None, "v-1")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (form("oauth_token=tt-1&oauth_token_secret=ts-1"), "unexpected_answer"),
        (form(CONFIRMED.replace("true", "false")), "unexpected_answer"),
        (form("oauth_token=tt-1&oauth_callback_confirmed=true"), "unexpected_answer"),
        (form("oauth_problem=consumer_key_unknown", 401), "consumer_key_unknown"),
        (form("%zz", 200), "unexpected_answer"),
        (form("down", 503), "unexpected_answer"),
    ],
)
async def test_what_are_no_credentials_is_refused(
    oauth: OAuth, provider: Provider, answer: Any, error: str
) -> None:
    """THREATS 5: without oauth_callback_confirmed a login can be another's"""
    provider.answers["/initiate"] = answer
    with pytest.raises(OAuthError) as caught:
        await elsewhere(oauth, provider).fetch_request_token("https://app.example/")
    assert caught.value.error == error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, "missing_oauth_token"),
        ({"oauth_token": "another", "oauth_verifier": "v"}, "mismatching_state"),
        ({"oauth_token": "tt-1"}, "unexpected_answer"),
        ({"denied": "tt-1"}, "user_refused"),
        ({"oauth_token": "tt-1", "oauth_problem": "user_refused"}, "user_refused"),
        ({"oauth_problem": "permission_denied"}, "permission_denied"),
    ],
)
async def test_a_way_back_that_is_none(
    oauth: OAuth, site: Site, provider: Provider, answer: dict[str, str], error: str
) -> None:
    """S3 authorize_access_token, 1.0: needs oauth_token in the query, needs saved data"""
    provider.answers["/initiate"] = form(CONFIRMED)
    elsewhere(oauth, provider)
    async with site.browser() as browser:
        await begin(browser, "old")
        returned = await browser.get("/callback/old", params=answer)
    assert returned.json()["error"] == error
    assert not provider.came("/token")


async def test_requests_are_signed_as_oauthlib_signs_them(oauth: OAuth, provider: Provider) -> None:
    """S3 client_kwargs 1.0: HMAC-SHA256, realm, force_include_body"""
    kwargs = {"signature_method": "HMAC-SHA256", "realm": "Photos", "force_include_body": True}
    client = elsewhere(oauth, provider, client_kwargs=kwargs)
    answer = await client.post("things?a=b%20c&a=", token=TOKEN, json={"x": 1})
    seen = answer.json()
    header = dict(parse_authorization_header(seen["headers"]["authorization"]))
    assert header["realm"] == "Photos"
    assert header["oauth_token"] == "ot-1"
    assert "oauth_body_hash" in header
    collected = oauthlib_signature.collect_parameters(
        uri_query="a=b%20c&a=", headers={"Authorization": seen["headers"]["authorization"]}
    )
    text = oauthlib_signature.signature_base_string(
        "POST", f"{PROVIDER}/api/things",
        oauthlib_signature.normalize_parameters(
            [pair for pair in collected if pair[0] != "oauth_signature"]
        ),
    )  # fmt: skip
    expected = oauthlib_signature._sign_hmac("SHA-256", text, SECRET, "os-1")
    assert oauthlib_signature.utils.unescape(header["oauth_signature"]) == expected


async def test_a_signature_method_of_ones_own(oauth: OAuth, provider: Provider) -> None:
    """S3 client_kwargs 1.0: signature_method"""
    client = elsewhere(oauth, provider, client_kwargs={"signature_method": "OWN"})
    with pytest.raises(Misconfigured, match="OWN"):
        await client.get("things", token=TOKEN)
    client.register_signature_method("OWN", lambda credentials, text: f"{len(text)}-long")
    seen = (await client.get("things", token=TOKEN)).json()
    assert "-long" in seen["headers"]["authorization"]


async def test_a_request_without_a_token_is_the_clients_own_or_unsigned(
    oauth: OAuth, provider: Provider
) -> None:
    """S3 get, for 1.0: missing_token, withhold_token, another host"""
    client = elsewhere(oauth, provider)
    with pytest.raises(MissingToken):
        await client.get("things")
    two_legged = (await client.get("things", token={})).json()
    header = dict(parse_authorization_header(two_legged["headers"]["authorization"]))
    assert header["oauth_consumer_key"] == "printer"
    assert "oauth_token" not in header
    for url, options in (("things", {"withhold_token": True}), ("https://evil.example/", {})):
        seen = (await client.get(url, token=TOKEN, **options)).json()
        assert "authorization" not in seen["headers"]


async def test_a_body_that_is_no_form_cannot_carry_the_signature(
    oauth: OAuth, provider: Provider
) -> None:
    """S3 client_kwargs 1.0: BODY (RFC 5849 §3.5.2)"""
    client = elsewhere(oauth, provider, client_kwargs={"signature_type": "body"})
    seen = (await client.post("things", token=TOKEN, json={"x": 1})).json()
    assert seen["body"] == '{"x":1}'
    assert seen["headers"]["authorization"].startswith("OAuth ")
    seen = (await client.post("things", token=TOKEN, data={"x": "1"})).json()
    assert seen["body"].startswith("x=1&oauth_consumer_key=printer&")
    assert "authorization" not in seen["headers"]


@pytest.mark.parametrize("kind", ["BODY", "QUERY"])
async def test_a_signature_outside_the_header_follows_no_redirect(
    oauth: OAuth, provider: Provider, kind: str
) -> None:
    """S3 client_kwargs 1.0: PLAINTEXT would show both secrets to whoever is redirected to."""
    kwargs = {"signature_type": kind, "signature_method": "PLAINTEXT"}
    client = elsewhere(oauth, provider, client_kwargs=kwargs)
    token = {"oauth_token": "t", "oauth_token_secret": "s"}
    with pytest.raises(Misconfigured, match="redirects"):
        await client.post("api/x", token=token, follow_redirects=True)
    assert provider.calls == []


async def test_a_client_registered_in_half_says_what_it_lacks(oauth: OAuth) -> None:
    client = oauth.register("half", client_id="k", request_token_url="https://a.example/")
    with pytest.raises(Misconfigured, match="access_token_url"):
        await client.fetch_access_token(TOKEN, "v")
    wrong = oauth.register("wrong", client_id="k", request_token_url="http://a.example/")
    with pytest.raises(Misconfigured, match="https"):
        await wrong.fetch_request_token()
