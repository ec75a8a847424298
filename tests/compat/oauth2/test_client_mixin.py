"""What a client of one's own answers (PARITY section 5.1)."""

import pytest

from compat.oauth2.tables import CALLBACK, CLOCK, NOW, Client
from consentry.crypto.secrets import digest


def client(**metadata: object) -> Client:
    return Client("app", "app-secret", **metadata)


def test_a_client_keeps_lists_and_any_metadata_and_no_secret() -> None:
    """S4 Columns (client)"""
    made = client(contacts=["a@example.com"], client_name="An app", software_id="s-1")
    assert made.redirect_uris == [CALLBACK]
    assert made.client_metadata["contacts"] == ["a@example.com"]
    assert made.client_name == "An app"
    assert "app-secret" not in repr(made.__dict__)


def test_a_client_gives_its_id() -> None:
    """S4 get_client_id"""
    assert client().get_client_id() == "app"


@pytest.mark.parametrize(
    ("registered", "default"), [([], None), ([CALLBACK], CALLBACK), ([CALLBACK, "a.b:/x"], None)]
)
def test_only_a_single_redirect_uri_is_the_default(
    registered: list[str], default: str | None
) -> None:
    """S4 get_default_redirect_uri"""
    assert client(redirect_uris=registered).get_default_redirect_uri() == default


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [("", ""), ("email profile", "email profile"), ("admin email", "email"), ("admin", "")],
)
def test_the_allowed_scope_keeps_the_order_and_drops_the_unknown(asked: str, allowed: str) -> None:
    """S4 get_allowed_scope"""
    assert client().get_allowed_scope(asked) == allowed


@pytest.mark.parametrize(
    "asked",
    [
        CALLBACK[:-1],
        "https://app.example.com",
        "app.example.com/back",
        f"{CALLBACK}/",
        f"{CALLBACK}?a=b",
        CALLBACK.upper(),
        "https://app.example.com/ba",
        "",
    ],
)
def test_part_of_a_redirect_uri_is_not_the_redirect_uri(asked: str) -> None:
    """S4 check_redirect_uri: a substring does not pass. PARITY 6 S4"""
    assert client().check_redirect_uri(CALLBACK)
    assert not client().check_redirect_uri(asked)


def test_a_native_app_may_listen_on_any_port() -> None:
    """S4 check_redirect_uri: RFC 8252 §7.3"""
    native = client(redirect_uris=["http://127.0.0.1/back"])
    assert native.check_redirect_uri("http://127.0.0.1:51004/back")
    assert not native.check_redirect_uri("http://127.0.0.1.evil.example:80/back")


@pytest.mark.parametrize(
    "uri", ["https://a.example/#x", "https://good@evil.example/", "javascript:x"]
)
def test_what_no_client_may_register_is_refused(uri: str) -> None:
    """S4 check_redirect_uri: THREATS 10"""
    with pytest.raises(ValueError, match="redirect_uris"):
        client(redirect_uris=[uri])


def test_a_secret_is_compared_by_its_digest() -> None:
    """S4 check_client_secret: nothing stored is itself accepted. PARITY 6 S4"""
    made = client()
    assert made.check_client_secret("app-secret")
    assert not made.check_client_secret(digest("app-secret").hex())
    assert not made.check_client_secret("")
    assert not Client("native").check_client_secret("")


def test_several_secrets_live_at_once_until_each_ends() -> None:
    """S4 check_client_secret: live secrets only"""
    CLOCK.now = NOW
    made = client()
    made.add_client_secret("new-secret", expires_at=NOW + 10)
    assert made.check_client_secret("app-secret")
    assert made.check_client_secret("new-secret")
    CLOCK.now = NOW + 10
    assert made.check_client_secret("app-secret")
    assert not made.check_client_secret("new-secret")


@pytest.mark.parametrize(
    "endpoint", ["token", "introspection", "revocation", "device_authorization"]
)
def test_the_registered_method_counts_at_every_endpoint(endpoint: str) -> None:
    """S4 check_endpoint_auth_method"""
    assert client().check_endpoint_auth_method("client_secret_basic", endpoint)
    assert not client().check_endpoint_auth_method("client_secret_post", endpoint)
    assert not client().check_endpoint_auth_method("none", endpoint)


def test_response_types_match_in_any_order_and_whole() -> None:
    """S4 check_response_type, check_grant_type"""
    made = client(response_types=["id_token token"], grant_types=["implicit"])
    assert made.check_response_type("id_token token")
    assert made.check_response_type("token id_token")
    assert not made.check_response_type("token")
    assert not made.check_response_type("token token2 id_token")
    assert made.check_grant_type("implicit")
    assert not made.check_grant_type("impl")
