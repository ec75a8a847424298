"""Signature methods at the provider (RFC 5849 §3.4)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from oauthlib import oauth1

from compat.oauth1.photos import ALL_METHODS, CALLBACK, Photos, Signer, members
from consentry.compat.oauth1 import AuthorizationServer, SignatureInput
from consentry.spec.oauth1.signatures import hmac_signature, signing_key

PLACES = {
    "header": oauth1.SIGNATURE_TYPE_AUTH_HEADER,
    "body": oauth1.SIGNATURE_TYPE_BODY,
    "query": oauth1.SIGNATURE_TYPE_QUERY,
}


@pytest.fixture(scope="module")
def rsa_key() -> tuple[str, str]:
    """A private and a public key in PEM."""
    key = rsa.generate_private_key(65_537, 2_048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method", ALL_METHODS)
async def test_every_method_in_every_place_goes_all_the_way(
    method: str, place: str, rsa_key: tuple[str, str]
) -> None:
    """S0 signature_methods

    S0 validate_oauth_signature

    PARITY 2.2 Parameter carriage
    """
    photos = Photos(settings={"signature_methods": ALL_METHODS})
    private, public = rsa_key
    signs: dict[str, Any] = {"signature_method": method, "signature_type": PLACES[place]}
    if method.startswith("RSA-"):
        photos.clients["printer"].rsa_public_key = public
        photos.clients["printer"].secret = None
        signs["rsa_key"] = private
    assert await Signer(photos, more=signs).bought()


@pytest.mark.parametrize("method", ALL_METHODS[1:])
async def test_only_hmac_sha1_is_allowed_by_default(photos: Photos, method: str) -> None:
    """S0 settings signature_methods

    S1 OAUTH1_SUPPORTED_SIGNATURE_METHODS, the default
    """
    answer = await unsigned(photos, method)
    assert answer["error"] == "unsupported_signature_method"
    assert answer["oauth_problem"] == "signature_method_rejected"


async def test_a_method_the_client_does_not_list_is_refused(photos: Photos) -> None:
    """THREATS 3: the server's methods as far as the client lists them"""
    photos.clients["printer"].oauth1_signature_methods = ["HMAC-SHA256"]
    answer = await Signer(photos).send("/initiate", callback_uri=CALLBACK)
    assert answer.status_code == 400
    assert members(answer)["error"] == "unsupported_signature_method"


async def test_an_rsa_client_does_not_fall_back_to_its_secret(
    photos: Photos, rsa_key: tuple[str, str]
) -> None:
    """THREATS 3"""
    photos.clients["printer"].rsa_public_key = rsa_key[1]
    answer = await Signer(photos).send("/initiate", callback_uri=CALLBACK)
    assert members(answer)["error"] == "unsupported_signature_method"


async def test_a_client_without_secret_signs_nothing_by_an_empty_one(photos: Photos) -> None:
    """THREATS 3: RFC 5849 §4.9"""
    photos.clients["printer"].secret = None
    answer = await Signer(photos, secret="").send("/initiate", callback_uri=CALLBACK)
    assert members(answer)["error"] == "invalid_signature"


async def test_plaintext_over_http_is_refused_even_where_it_is_allowed() -> None:
    """PARITY 6 Authlib 1.0 PLAINTEXT

    PARITY 2.2 PLAINTEXT, TLS required
    """
    photos = Photos(settings={"signature_methods": ["PLAINTEXT"]})
    signed = Signer(photos, more={"signature_method": "PLAINTEXT"}).signed(
        "/initiate", callback_uri=CALLBACK
    )
    async with photos.browser("http://photos.example.net") as browser:
        answer = await browser.post("/initiate", headers=signed[1])
    assert members(answer)["error"] == "insecure_transport"


async def test_plaintext_may_come_without_timestamp_and_nonce() -> None:
    """S0 validate_timestamp_and_nonce: PLAINTEXT with neither passes"""
    photos = Photos(settings={"signature_methods": ["PLAINTEXT"]})
    sent = {
        "oauth_consumer_key": "printer",
        "oauth_signature_method": "PLAINTEXT",
        "oauth_callback": CALLBACK,
        "oauth_signature": signing_key("kd94hf93k423kf44", ""),
    }
    async with photos.browser() as browser:
        assert (await browser.post("/initiate", data=sent)).status_code == 200
        half = await browser.post("/initiate", data={**sent, "oauth_nonce": "wIjqoS"})
    assert members(half)["error"] == "missing_required_parameter"


async def verify_md5(given: SignatureInput) -> bool:
    """A method of the app's own, asynchronous."""
    key = signing_key(given.client_secret, given.token_secret)
    return hmac_signature(given.request.base_string, key, "x") == given.request.signature


@pytest.fixture
def own_method() -> Any:
    """The same method at the client."""
    name = "HMAC-OWN"
    oauth1.Client.register_signature_method(
        name,
        lambda base, client: hmac_signature(
            base, signing_key(client.client_secret, client.resource_owner_secret or ""), "x"
        ),
    )
    yield name
    del oauth1.Client.SIGNATURE_METHODS[name]


async def test_a_method_of_ones_own_is_taken_by_the_server_that_knows_it(own_method: str) -> None:
    """S0 register_signature_method: per server, async"""
    photos = Photos(settings={"signature_methods": ["HMAC-SHA1", own_method]})
    other = Photos(settings={"signature_methods": ["HMAC-SHA1", own_method]})
    photos.server.register_signature_method(own_method, verify_md5)
    signs = {"signature_method": own_method}
    assert await Signer(photos, more=signs).bought()
    refused = await Signer(other, more=signs).send("/initiate", callback_uri=CALLBACK)
    assert members(refused)["error"] == "unsupported_signature_method"
    forged = await Signer(photos, secret="x", more=signs).send("/initiate", callback_uri=CALLBACK)
    assert members(forged)["error"] == "invalid_signature"


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_method_that_answers_no_bool_is_refused(own_method: str, kind: str) -> None:
    """PARITY 6 Authlib 1.0 docs

    S0 register_signature_method
    """
    photos = Photos(settings={"signature_methods": [own_method]})

    async def signature(given: SignatureInput) -> Any:
        return given.request.signature

    verify = signature if kind == "async" else (lambda given: given.request.signature)
    photos.server.register_signature_method(own_method, verify)
    with pytest.raises(TypeError, match="True or False"):
        await Signer(photos, more={"signature_method": own_method}).initiate()


async def test_a_method_that_says_yes_to_all_knows_no_more_clients(own_method: str) -> None:
    """S0 register_signature_method: an unknown client stays one"""
    photos = Photos(settings={"signature_methods": [own_method]})
    photos.server.register_signature_method(own_method, lambda _: True)
    answer = await Signer(photos, "nobody", more={"signature_method": own_method}).send(
        "/initiate", callback_uri=CALLBACK
    )
    assert members(answer)["error"] == "invalid_client"


def test_a_class_is_taught_nothing() -> None:
    """S0 register_signature_method: no dictionary shared by all servers"""
    with pytest.raises(TypeError):
        AuthorizationServer.register_signature_method("HMAC-OWN", verify_md5)  # type: ignore[call-arg]


async def unsigned(photos: Photos, method: str) -> dict[str, str]:
    """The answer to a request of a method, with a signature that fits nothing."""
    sent = {
        "oauth_consumer_key": "printer",
        "oauth_signature_method": method,
        "oauth_callback": CALLBACK,
        "oauth_signature": "none",
    }
    async with photos.browser() as browser:
        return members(await browser.post("/initiate", data=sent))
