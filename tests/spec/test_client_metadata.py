"""Client metadata and its rules."""

from typing import Any

import pytest
from pydantic import ValidationError

from consentry.spec.client_metadata import ClientMetadata, is_known, problems
from consentry.spec.later_metadata import LaterMetadata
from consentry.spec.scope import Scope
from support.rsa_keys import public_pem

# The registry's names (IANA OAuth Parameters, Dynamic Client Registration Metadata), without
# the six that only the server gives.
REGISTRY = """
redirect_uris token_endpoint_auth_method grant_types response_types client_name client_uri
logo_uri scope contacts tos_uri policy_uri jwks_uri jwks software_id software_version
application_type sector_identifier_uri subject_type id_token_signed_response_alg
id_token_encrypted_response_alg id_token_encrypted_response_enc userinfo_signed_response_alg
userinfo_encrypted_response_alg userinfo_encrypted_response_enc request_object_signing_alg
request_object_encryption_alg request_object_encryption_enc token_endpoint_auth_signing_alg
default_max_age require_auth_time default_acr_values initiate_login_uri request_uris
claims_redirect_uris nfv_token_signed_response_alg nfv_token_encrypted_response_alg
nfv_token_encrypted_response_enc tls_client_certificate_bound_access_tokens
tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri
tls_client_auth_san_ip tls_client_auth_san_email require_signed_request_object
require_pushed_authorization_requests introspection_signed_response_alg
introspection_encrypted_response_alg introspection_encrypted_response_enc
frontchannel_logout_uri frontchannel_logout_session_required backchannel_logout_uri
backchannel_logout_session_required post_logout_redirect_uris authorization_details_types
dpop_bound_access_tokens client_registration_types signed_jwks_uri organization_name
description keywords information_uri organization_uri use_mtls_endpoint_aliases
encrypted_response_enc_values_supported vp_formats_supported
""".split()
OURS = {
    "protocols",
    "skip_consent",
    "may_introspect",
    "oauth1_signature_methods",
    "oauth1_rsa_public_key",
}
PRINTER = {
    "client_name": "printer.example.com",
    "redirect_uris": ["http://127.0.0.1:9999/ready"],
    "post_logout_redirect_uris": [],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "openid profile photos.read",
    "token_endpoint_auth_method": "client_secret_basic",
    "protocols": ["oauth2"],
    "skip_consent": False,
    "may_introspect": "own",
    "oauth1_signature_methods": ["HMAC-SHA1"],
    "oauth1_rsa_public_key": "",
}
RSA_KEY = {"kty": "RSA", "n": "u" * 342, "e": "AQAB", "kid": "1"}
EC_KEY = {"kty": "EC", "crv": "P-256", "x": "a" * 43, "y": "b" * 43, "kid": "2"}
PEM = public_pem()
EMPTY_PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"


def _client(**members: Any) -> ClientMetadata:
    return ClientMetadata.model_validate({"redirect_uris": ["https://c.example/cb"], **members})


def _problems(**members: Any) -> tuple[str, ...]:
    with pytest.raises(ValidationError) as refused:
        _client(**members)
    return problems(refused.value)


def test_every_registered_name_is_known_and_no_other() -> None:
    assert set(ClientMetadata.model_fields) == {*REGISTRY, *OURS}


def test_the_printer_of_the_demo_is_a_client() -> None:
    client = ClientMetadata.model_validate(PRINTER)
    assert client.scope_set == Scope.of("openid", "profile", "photos.read")
    assert client.allows_grant("refresh_token") and not client.allows_grant("password")
    assert client.allows_response_type(frozenset({"code"}))
    assert not client.allows_response_type(frozenset({"token"}))
    assert not client.is_public
    assert client.model_dump(mode="json", exclude_unset=True) == PRINTER


def test_the_defaults_are_those_of_the_standards() -> None:
    """RFC 7591 §2, OIDC Registration §2"""
    client = _client()
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.grant_types == ("authorization_code",)
    assert client.response_types == ("code",)
    assert client.application_type == "web"
    assert client.subject_type == "public"
    assert client.protocols == ("oauth2",)
    assert client.may_introspect == "own"
    assert client.oauth1_signature_methods == (
        "HMAC-SHA1",
        "HMAC-SHA256",
        "RSA-SHA1",
        "RSA-SHA256",
    )
    # The tenant decides where the client does not.
    assert client.id_token_signed_response_alg is None


def test_only_what_was_set_is_written_and_reads_back() -> None:
    client = _client(client_name="a", **{"client_name#ja": "b"})
    written = client.model_dump(mode="json", exclude_unset=True)
    assert written == {
        "redirect_uris": ["https://c.example/cb"],
        "client_name": "a",
        "client_name#ja": "b",
    }
    assert ClientMetadata.model_validate(written) == client


def test_null_stands_for_the_default() -> None:
    """RFC 7592 §2.2"""
    client = _client(grant_types=None, scope=None, jwks=None)
    assert client == _client()


def test_a_client_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        _client().scope = "openid"  # type: ignore[misc]


def test_names_may_carry_a_language_tag() -> None:
    """RFC 7591 §2.2"""
    client = _client(**{"client_name#ja-Jpan-JP": "プリンタ", "tos_uri#fr": "https://c.example/fr"})
    assert client.localized == {
        "client_name#ja-Jpan-JP": "プリンタ",
        "tos_uri#fr": "https://c.example/fr",
    }
    assert is_known("client_name#ja") and is_known("scope")
    assert not is_known("scope#ja") and not is_known("client_name#") and not is_known("client_id")


@pytest.mark.parametrize(
    ("members", "response_types"),
    [
        ({"grant_types": ["client_credentials"]}, ()),
        ({"protocols": ["oauth1"]}, ()),
        ({"grant_types": ["authorization_code", "client_credentials"]}, ("code",)),
    ],
)
def test_the_response_types_follow_from_the_grant_types(
    members: dict[str, Any], response_types: tuple[str, ...]
) -> None:
    """RFC 7591 §2.1"""
    assert _client(**members).response_types == response_types


def test_an_oauth1_client_may_have_no_callback_or_oob() -> None:
    """RFC 5849 §2.1"""
    for uris in ([], ["oob"], ["https://c.example/cb", "oob"]):
        client = _client(protocols=["oauth1"], redirect_uris=uris)
        assert client.redirect_uris == tuple(uris)
        assert not client.allows_grant("authorization_code")
        assert not client.allows_response_type(frozenset({"code"}))


def test_an_implicit_client_lists_what_it_is_answered() -> None:
    client = _client(grant_types=["implicit"], response_types=["token id_token", "token"])
    assert client.allows_response_type(frozenset({"id_token", "token"}))
    assert not client.allows_response_type(frozenset({"id_token"}))


@pytest.mark.parametrize(
    "members",
    [
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [RSA_KEY, EC_KEY]}},
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": "https://c.example/jwks",
            "token_endpoint_auth_signing_alg": "Ed25519",
        },
        {
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "HS256",
        },
        {"id_token_signed_response_alg": "EdDSA", "userinfo_signed_response_alg": "PS256"},
        {"subject_type": "pairwise"},
        {
            "subject_type": "pairwise",
            "redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
            "sector_identifier_uri": "https://a.example/sector",
        },
        {"application_type": "native", "redirect_uris": ["com.example.app:/cb"]},
        {"dpop_bound_access_tokens": False, "request_uris": [], "backchannel_logout_uri": None},
        {
            "backchannel_logout_uri": "https://elsewhere.example/out?a=b",
            "backchannel_logout_session_required": True,
        },
        {"backchannel_logout_uri": "http://127.0.0.1:5000/out"},
        {
            "redirect_uris": ["com.example.app:/cb", "https://C.example/cb"],
            "frontchannel_logout_uri": "https://c.example:443/out?a=b",
            "frontchannel_logout_session_required": True,
        },
        {"logo_uri": "http://localhost:3000/logo.png", "default_max_age": 0},
        {"oauth1_rsa_public_key": PEM, "oauth1_signature_methods": ["PLAINTEXT"]},
    ],
)
def test_what_fits_together_is_taken(members: dict[str, Any]) -> None:
    _client(**members)


# What is set, and the key and words of the refusal.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"client_id": "a"}, "client_id", "unknown"),
    ({"client_secret": "a"}, "client_secret", "unknown"),
    ({"redirect_urls": []}, "redirect_urls", "unknown"),
    ({"contacts#en": "a"}, "contacts#en", "unknown"),
    ({"redirect_uris": []}, "redirect_uris", "authorization_code"),
    ({"redirect_uris": "https://c.example/cb"}, "redirect_uris", "list"),
    ({"redirect_uris": ["https://c.example/#a"]}, "redirect_uris", "fragment"),
    ({"redirect_uris": ["oob"]}, "redirect_uris", "absolute"),
    ({"redirect_uris": ["oob"], "protocols": ["oauth1", "oauth2"]}, "redirect_uris", "required"),
    ({"redirect_uris": ["https://c.example/"] * 101}, "redirect_uris", "100"),
    (
        {"redirect_uris": [], "grant_types": ["implicit"], "response_types": ["token"]},
        "redirect_uris",
        "implicit",
    ),
    ({"post_logout_redirect_uris": ["javascript:a"]}, "post_logout_redirect_uris", "scheme"),
    ({"backchannel_logout_uri": "http://c.example/out"}, "backchannel_logout_uri", "https"),
    ({"backchannel_logout_uri": "https://c.example/#a"}, "backchannel_logout_uri", "fragment"),
    ({"backchannel_logout_uri": "https://a@c.example/"}, "backchannel_logout_uri", "user"),
    ({"backchannel_logout_uri": "com.example.app:/out"}, "backchannel_logout_uri", "https"),
    ({"backchannel_logout_session_required": 1}, "backchannel_logout_session_required", ""),
    ({"frontchannel_logout_uri": "https://d.example/"}, "frontchannel_logout_uri", "redirect URI"),
    (
        {"frontchannel_logout_uri": "https://c.example:8/"},
        "frontchannel_logout_uri",
        "redirect URI",
    ),
    (
        {"frontchannel_logout_uri": "http://localhost/", "redirect_uris": ["https://localhost/"]},
        "frontchannel_logout_uri",
        "redirect URI",
    ),
    ({"frontchannel_logout_uri": "https://c.example/#a"}, "frontchannel_logout_uri", "fragment"),
    (
        {"frontchannel_logout_uri": "https://[::2]/", "redirect_uris": ["https://[::2]/"]},
        "frontchannel_logout_uri",
        "IPv6",
    ),
    ({"grant_types": ["urn:x"]}, "grant_types.0", ""),
    ({"response_types": ["code token"]}, "response_types", "not supported"),
    ({"response_types": ["code", "token"]}, "grant_types", "implicit"),
    ({"grant_types": ["refresh_token"], "response_types": ["code"]}, "grant_types", "code"),
    ({"response_types": []}, "response_types", "code"),
    ({"grant_types": ["implicit"]}, "response_types", "token"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method", ""),
    (
        {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
        "grant_types",
        "client authentication",
    ),
    ({"token_endpoint_auth_method": "none", "may_introspect": "all"}, "may_introspect", "all"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks", "private_key_jwt"),
    (
        {"jwks": {"keys": [EC_KEY]}, "jwks_uri": "https://c.example/jwks"},
        "jwks",
        "not together",
    ),
    ({"jwks": []}, "jwks", "object"),
    ({"jwks": {"keys": [{**EC_KEY, "d": "a"}]}}, "jwks", "public"),
    ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg", "HS256"),
    (
        {
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "RS256",
        },
        "token_endpoint_auth_signing_alg",
        "RS256",
    ),
    ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg", ""),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg", ""),
    ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg", ""),
    ({"userinfo_signed_response_alg": "HS256"}, "userinfo_signed_response_alg", ""),
    (
        {
            "subject_type": "pairwise",
            "redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
        },
        "sector_identifier_uri",
        "pairwise",
    ),
    ({"subject_type": "secret"}, "subject_type", ""),
    ({"application_type": "toaster"}, "application_type", ""),
    ({"scope": 'a"b'}, "scope", "character"),
    ({"scope": ["a"]}, "scope", "string"),
    ({"client_name": "a\r\nb"}, "client_name", "cannot be shown"),
    ({"client_name": "x" * 1001}, "client_name", "1000"),
    ({"client_name#ja": 1}, "client_name#ja", "string"),
    ({"tos_uri#ja": "http://c.example/"}, "tos_uri#ja", "https"),
    ({"skip_consent": "yes"}, "skip_consent", "boolean"),
    ({"default_max_age": -1}, "default_max_age", ""),
    ({"default_max_age": "1"}, "default_max_age", ""),
    ({"may_introspect": "none"}, "may_introspect", ""),
    ({"protocols": []}, "protocols", "at least one"),
    ({"protocols": ["saml"]}, "protocols.0", ""),
    # Which names are known is for the deployment to say; what can be a name is not.
    ({"oauth1_signature_methods": ["HMAC SHA1"]}, "oauth1_signature_methods.0", ""),
    ({"oauth1_rsa_public_key": EMPTY_PEM}, "oauth1_rsa_public_key", "PEM"),
    ({"oauth1_signature_methods": [], "protocols": ["oauth1"]}, "oauth1_signature_methods", "one"),
    ({"oauth1_rsa_public_key": "abc"}, "oauth1_rsa_public_key", "PEM"),
    ({"oauth1_rsa_public_key": PEM.replace("PUBLIC", "PRIVATE")}, "oauth1_rsa_public_key", "PEM"),
]


@pytest.mark.parametrize(("members", "key", "words"), REFUSED)
def test_what_does_not_fit_is_refused_by_its_key(
    members: dict[str, Any], key: str, words: str
) -> None:
    lines = _problems(**members)
    assert len(lines) == 1
    assert lines[0].startswith(f"{key}: ")
    assert words in lines[0]


@pytest.mark.parametrize(
    "name",
    [
        "client_uri",
        "logo_uri",
        "tos_uri",
        "policy_uri",
        "jwks_uri",
        "initiate_login_uri",
        "sector_identifier_uri",
        "information_uri",
        "organization_uri",
    ],
)
def test_a_link_is_https_or_loopback(name: str) -> None:
    _client(**{name: "https://c.example/x"})
    for link in ("http://c.example/x", "javascript:alert(1)", "//c.example/x", ""):
        assert _problems(**{name: link})[0].startswith(f"{name}: ")


@pytest.mark.parametrize("name", LaterMetadata.model_fields)
def test_a_feature_that_is_not_here_is_refused_as_such(name: str) -> None:
    default = LaterMetadata.model_fields[name].default
    values: dict[type, Any] = {bool: True, tuple: ["x"]}
    value = values.get(type(default), {"a": {}} if name == "vp_formats_supported" else "x")
    assert _problems(**{name: value}) == (f"{name}: not supported",)


def test_every_mistake_is_told_at_once() -> None:
    lines = _problems(skip_consent="yes", subject_type="x", logo_uri="ftp://c.example/")
    assert {line.partition(":")[0] for line in lines} == {
        "skip_consent",
        "subject_type",
        "logo_uri",
    }


def test_what_is_no_object_is_no_client() -> None:
    with pytest.raises(ValidationError):
        ClientMetadata.model_validate(["a"])
