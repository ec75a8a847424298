"""Requests made up by the thousand: signed here and verified by others, and the other way."""

import time
from typing import Any

from authlib.oauth1.rfc5849 import signature as authlib_signature
from authlib.oauth1.rfc5849.client_auth import ClientAuth
from authlib.oauth1.rfc5849.wrapper import OAuth1Request
from hypothesis import given, settings
from hypothesis import strategies as st
from oauthlib.oauth1 import Client, RequestValidator, SignatureOnlyEndpoint
from oauthlib.oauth1.rfc5849 import signature as oauthlib_signature

from consentry.spec.oauth1.request import Placement
from consentry.spec.oauth1.signatures import STANDARD_METHODS
from consentry.spec.oauth1.signing import Credentials, Signed

from .generated import Made, requests, texts, undecodable
from .made import FORM, holds, public_pem, received, rsa_key, signed

PUBLIC = public_pem(rsa_key())
PLACES = {"header": "AUTH_HEADER", "body": "BODY", "query": "QUERY"}
many = settings(max_examples=300, deadline=None)
few = settings(max_examples=150, deadline=None)
methods = st.sampled_from(STANDARD_METHODS)
placements: st.SearchStrategy[Placement] = st.sampled_from(["header", "body", "query"])


class Validator(RequestValidator):  # type: ignore[misc]
    """One client of oauthlib's provider, and all it may do."""

    enforce_ssl = False
    allowed_signature_methods = STANDARD_METHODS

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        self.credentials = credentials

    def check_client_key(self, client_key: str) -> bool:
        return client_key == self.credentials.client_key

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_timestamp_and_nonce(self, *given: Any, **more: Any) -> bool:
        return True

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self.credentials.client_secret

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        assert token == self.credentials.token
        return self.credentials.token_secret

    def get_rsa_key(self, client_key: str, request: Any) -> str:
        return PUBLIC


def _ours(made: Made, method: str, placement: Placement, **how: Any) -> Signed:
    """Signed by us, now: oauthlib reads the clock."""
    body, form = made.form.encode(), made.fields is not None
    if placement == "body" and not form:
        placement = "header"
    return signed(
        made.credentials, made.method, made.url, timestamp=int(time.time()),
        signature_method=method, placement=placement, body=body,
        content_type=FORM if form else None, **how,
    )  # fmt: skip


def _base_string_by_oauthlib(method: str, sent: Signed) -> str:
    parameters = oauthlib_signature.collect_parameters(
        uri_query=sent.url.partition("?")[2],
        body=sent.body.decode() if sent.headers.get("Content-Type") == FORM else None,
        headers=sent.headers,
    )
    return str(
        oauthlib_signature.signature_base_string(
            method,
            oauthlib_signature.base_string_uri(sent.url),
            oauthlib_signature.normalize_parameters(parameters),
        )
    )


@many
@given(requests(), methods, placements)
def test_oauthlib_takes_what_we_sign(made: Made, method: str, placement: Placement) -> None:
    """RFC 5849 §3.4; oauthlib decodes what is not in the header twice, and so PLAINTEXT's key"""
    sent = _ours(made, method, "header" if method == "PLAINTEXT" else placement)
    provider = SignatureOnlyEndpoint(Validator(made.credentials))
    taken, request = provider.validate_request(
        sent.url, made.method, sent.body.decode() or None, sent.headers
    )
    assert taken
    assert request.client_key == made.credentials.client_key
    assert _base_string_by_oauthlib(made.method, sent) == received(made.method, sent).base_string


@many
@given(requests(texts.filter(bool)), texts.filter(bool), methods)
def test_oauthlib_has_our_base_string_for_any_protocol_value(
    made: Made, callback: str, method: str
) -> None:
    """PARITY 6 Authlib 1.0 base string: `%` in a callback or token, in the header"""
    sent = _ours(made, method, "header", extra={"oauth_callback": callback}, realm="R")
    request = received(made.method, sent)
    assert (request.callback, request.token) == (callback, made.credentials.token)
    assert _base_string_by_oauthlib(made.method, sent) == request.base_string
    assert holds(request, made.credentials, PUBLIC)


@many
@given(requests(), methods, placements, st.none() | st.just("Photos"), undecodable)
def test_we_take_what_oauthlib_signs(
    made: Made, method: str, placement: Placement, realm: str | None, verifier: str
) -> None:
    """RFC 5849 §3.4, all methods and placements"""
    if placement == "body" and made.fields is None:
        placement = "query"
    who = made.credentials
    client = Client(
        who.client_key, who.client_secret, who.token, who.token_secret, verifier=verifier,
        signature_method=method, signature_type=PLACES[placement], rsa_key=who.rsa_private_key,
        realm=realm,
    )  # fmt: skip
    headers = {"Content-Type": FORM} if made.fields is not None else {}
    url, headers, body = client.sign(made.url, made.method, made.form or None, headers, realm)
    request = received(made.method, Signed(url, headers, (body or "").encode()))
    assert request.placement == placement
    assert request.verifier == verifier
    assert request.realm == (realm if placement == "header" else None)
    assert holds(request, who, PUBLIC)


@few
@given(requests(), st.binary(max_size=20).map(lambda raw: b"{" + raw.hex().encode()))
def test_we_take_the_body_hashes_of_oauthlib(made: Made, body: bytes) -> None:
    """PARITY 2.2 Beyond RFC"""
    who = made.credentials
    client = Client(who.client_key, who.client_secret, signature_method="HMAC-SHA256")
    stated = {"Content-Type": "application/json"}
    url, headers, sent = client.sign(made.url, "POST", body.decode(), stated)
    request = received("POST", Signed(url, headers, sent.encode()))
    assert request.get("oauth_body_hash")
    assert holds(request, Credentials("", who.client_secret))


def _authlib_is_right(made: Made) -> bool:
    """Authlib wants TLS, knows no IPv6 literal's default port, and flattens nothing but these."""
    return made.url.lower().startswith("https://") and "[" not in made.url


@few
@given(
    requests().filter(_authlib_is_right),
    st.sampled_from(["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"]),
    placements,
)
def test_authlib_takes_what_we_sign(made: Made, method: str, placement: Placement) -> None:
    """RFC 5849 §3.4, where Authlib does not decode twice"""
    sent = _ours(made, method, placement)
    request = OAuth1Request(made.method, sent.url, sent.body.decode() or None, sent.headers)
    request.client = request.credential = AuthlibSide(made.credentials)
    verify = getattr(authlib_signature, f"verify_{method.lower().replace('-', '_')}")
    assert verify(request)


class AuthlibSide:
    """Client and token as Authlib asks them."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    def get_client_secret(self) -> str:
        return self.credentials.client_secret

    def get_oauth_token_secret(self) -> str:
        return self.credentials.token_secret

    def get_rsa_public_key(self) -> str:
        return PUBLIC


@few
@given(
    requests().filter(_authlib_is_right),
    st.sampled_from(["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"]),
    placements,
)
def test_we_take_what_authlib_signs(made: Made, method: str, placement: Placement) -> None:
    """RFC 5849 §3.4"""
    if placement == "body" and made.fields is None:
        placement = "query"
    who = made.credentials
    client = ClientAuth(
        who.client_key, who.client_secret, who.token, who.token_secret,
        signature_method=method, signature_type=placement.upper(), rsa_key=who.rsa_private_key,
    )  # fmt: skip
    headers = {"Content-Type": FORM} if made.fields is not None else {}
    url, headers, body = client.sign(made.method, made.url, headers, made.form)
    sent = Signed(url, headers, body if isinstance(body, bytes) else body.encode())
    request = received(made.method, sent)
    assert request.placement == placement
    assert holds(request, who, PUBLIC)


@many
@given(requests(texts.filter(bool)), methods, placements, st.dictionaries(
    st.sampled_from(["oauth_callback", "oauth_verifier", "oauth_own", "own"]), texts, max_size=3
))  # fmt: skip
def test_we_take_what_we_sign(
    made: Made, method: str, placement: Placement, extra: dict[str, str]
) -> None:
    """RFC 5849 §3: any value in any place"""
    sent = _ours(made, method, placement, extra=extra)
    request = received(made.method, sent)
    assert set(extra.items()) <= set(request.parameters)
    assert holds(request, made.credentials, PUBLIC)
