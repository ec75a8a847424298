"""Registering clients."""

from typing import Any, ClassVar

import pytest
from starlette.config import Config

from client_library.kit import Now, Provider, registered
from consentry.client import Misconfigured, OAuth, OAuth1App, OAuth2App

TWITTER: dict[str, Any] = {
    "client_id": "key",
    "client_secret": "secret",
    "request_token_url": "https://api.twitter.example/oauth/request_token",
    "request_token_params": {"x_auth_access_type": "read"},
    "access_token_url": "https://api.twitter.example/oauth/access_token",
    "access_token_params": {"a": "1"},
    "refresh_token_url": "https://api.twitter.example/oauth/refresh",
    "authorize_url": "https://api.twitter.example/oauth/authenticate",
    "api_base_url": "https://api.twitter.example/1.1/",
    "client_kwargs": {"signature_method": "HMAC-SHA256"},
}


def test_an_empty_registry_has_no_clients() -> None:
    """S3 OAuth(): an unknown name is an AttributeError that names it, or None."""
    oauth = OAuth()
    assert oauth.create_client("twitter") is None
    with pytest.raises(AttributeError, match="twitter"):
        _ = oauth.twitter


def test_all_ten_keys_are_taken() -> None:
    """S3 register: client_id, client_secret, the URLs, their params and client_kwargs."""
    client = OAuth().register("twitter", **TWITTER)
    for name, value in TWITTER.items():
        assert getattr(client.registration, name) == value


def test_the_newer_keys_are_taken() -> None:
    """S3 newer keys"""

    def callback(*told: object, **more: object) -> None:
        """Never called here."""

    newer: dict[str, Any] = {
        "authorize_params": {"prompt": "login"},
        "refresh_token_params": {"b": "2"},
        "server_metadata_url": "https://provider.example/.well-known/openid-configuration",
        "fetch_token": callback,
        "update_token": callback,
        "compliance_fix": callback,
        "client_auth_methods": [("mine", callback)],
        "user_agent": "printer/2",
    }
    client = OAuth().register("other", client_cls=OAuth2App, overwrite=False, **newer)
    for name, value in newer.items():
        assert getattr(client.registration, name) == value


async def test_the_user_agent_is_the_apps(oauth: OAuth, provider: Provider) -> None:
    """S3 newer keys: user_agent"""
    client = registered(oauth, provider, user_agent="printer/2")
    answer = await client.get("x", withhold_token=True)
    assert answer.json()["headers"]["user-agent"] == "printer/2"


def test_a_request_token_url_makes_it_oauth_1() -> None:
    """S3 protocol choice"""
    oauth = OAuth()
    assert isinstance(oauth.register("twitter", **TWITTER), OAuth1App)
    assert isinstance(oauth.register("github", client_id="key"), OAuth2App)


def test_a_class_wins_and_its_defaults_stand_under_what_is_registered() -> None:
    """S3 protocol choice: client_cls wins, its class defaults merged under"""

    class Bird(OAuth1App):
        OAUTH_APP_CONFIG: ClassVar[dict[str, Any]] = {
            "access_token_url": "https://a.example/",
            "api_base_url": "https://b.example/",
        }

    oauth = OAuth()
    first = oauth.register("bird", client_cls=Bird, api_base_url="https://c.example/")
    second = oauth.register("other_bird", client_cls=Bird)
    assert isinstance(first, Bird)
    assert first.registration.access_token_url == "https://a.example/"
    assert first.registration.api_base_url == "https://c.example/"
    # The class's own defaults stayed as they were.
    assert second.registration.api_base_url == "https://b.example/"


def test_a_client_is_made_once_and_anew_when_its_settings_change() -> None:
    """S3 attribute access: created lazily, cached, and invalidated"""
    oauth = OAuth()
    oauth.register("twitter", **{**TWITTER, "client_id": None})
    first = oauth.twitter
    assert oauth.twitter is first is oauth.create_client("twitter")
    assert first.client_id == ""
    oauth.config = {"TWITTER_CLIENT_ID": "from settings"}
    assert oauth.twitter is not first
    assert oauth.twitter.client_id == "from settings"
    second = oauth.twitter
    oauth.forget("twitter")
    assert oauth.twitter is not second
    oauth.register("twitter", client_id="again")
    assert oauth.twitter.client_id == "again"


def test_settings_fill_what_was_not_registered() -> None:
    """S3 settings dictionary: by name; an explicit keyword wins"""
    settings = {"twitter": {**TWITTER, "client_id": "from settings"}}
    oauth = OAuth({"AUTHLIB_OAUTH_CLIENTS": settings})
    client = oauth.register("twitter", client_secret="mine")
    assert client.client_id == "from settings"
    assert client.client_secret == "mine"
    assert isinstance(client, OAuth1App)


def test_with_overwrite_the_settings_win_and_mappings_are_merged() -> None:
    """S3 settings dictionary: overwrite"""
    settings = {"client_id": "from settings", "client_kwargs": {"scope": "b", "leeway": 5}}
    oauth = OAuth({"OAUTH_CLIENTS": {"other": settings}})
    kwargs = {"scope": "a", "prompt": "login"}
    client = oauth.register("other", True, client_id="mine", client_kwargs=kwargs)
    assert client.client_id == "from settings"
    assert client.kwargs == {"scope": "b", "prompt": "login", "leeway": 5}
    assert kwargs == {"scope": "a", "prompt": "login"}


def test_settings_can_be_an_environment() -> None:
    """S3 Starlette configuration: TWITTER_CLIENT_ID and its like"""
    environ = {
        "TWITTER_CLIENT_ID": "from environment",
        "TWITTER_CLIENT_SECRET": "its secret",
        "TWITTER_CLIENT_KWARGS": '{"scope": "openid"}',
    }
    for config in (Config(environ=environ), environ):
        client = OAuth(config).register("twitter", client_id=None)
        assert (client.client_id, client.client_secret) == ("from environment", "its secret")
        assert client.kwargs == {"scope": "openid"}


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(Misconfigured, match="client_kwargs"):
        OAuth().register("other", client_kwargs="scope")
    with pytest.raises(Misconfigured, match="JSON"):
        OAuth({"OTHER_CLIENT_KWARGS": "{scope"}).register("other")


def test_the_client_kwargs_of_oauth_1_are_known_ones() -> None:
    """S3 client_kwargs 1.0"""
    known = {
        "signature_method": "RSA-SHA1",
        "signature_type": "QUERY",
        "rsa_key": "PEM",
        "realm": "Photos",
        "force_include_body": True,
    }
    client = OAuth().register("twitter", **{**TWITTER, "client_kwargs": known})
    assert client.kwargs == known
    for wrong in ({"signature_typ": "QUERY"}, {"signature_type": "COOKIE"}):
        with pytest.raises(Misconfigured):
            OAuth().register("twitter", **{**TWITTER, "client_kwargs": wrong})


def test_the_client_kwargs_of_oauth_2_are_known_ones() -> None:
    """S3 client_kwargs 2.0"""
    known = {
        "scope": "openid",
        "token_endpoint_auth_method": "client_secret_post",
        "token_placement": "body",
        "code_challenge_method": "S256",
    }
    assert OAuth().register("other", client_kwargs=known).kwargs == known
    with pytest.raises(Misconfigured, match="token_endpoint_auth"):
        OAuth().register("other", client_kwargs={"token_endpoint_auth": "none"})


async def test_a_token_in_the_uri_is_refused_unless_unlocked(oauth: OAuth) -> None:
    """S3 client_kwargs 2.0: token_placement `uri`"""
    token = {"access_token": "at-1", "token_type": "Bearer"}
    kwargs = {"token_placement": "uri"}
    url = "https://api.example/"
    with pytest.raises(Misconfigured, match="token_placement"):
        client = oauth.register("other", api_base_url=url, client_kwargs=kwargs)
        await client.get("x", token=token)


def test_pkce_is_s256_and_nothing_else() -> None:
    """S3 code_challenge_method"""
    with pytest.raises(Misconfigured, match="S256"):
        OAuth().register("other", client_kwargs={"code_challenge_method": "plain"})


def test_a_registration_shows_no_secret() -> None:
    """THREATS 54"""
    client = OAuth().register("twitter", **{**TWITTER, "client_secret": "hidden-value"})
    assert "hidden-value" not in repr(client.registration) + repr(client)


async def test_secrets_are_not_sent_in_the_clear(oauth: OAuth, now: Now) -> None:
    provider = Provider("http://provider.example", now)
    client = registered(oauth, provider, client_kwargs={})
    with pytest.raises(Misconfigured, match="https"):
        await client.fetch_access_token()
    assert not provider.calls
    inside = registered(oauth, provider, "inside", allow_http=True)
    assert (await inside.fetch_access_token())["access_token"] == "at-1"
