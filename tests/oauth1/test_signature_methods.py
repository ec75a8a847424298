"""RFC 5849 §3.4: which signature methods count, for whom and over what."""

from typing import Any

import httpx
import pytest

from consentry.spec.oauth1.signatures import STANDARD_METHODS
from consentry.spec.oauth1.signing import Credentials
from support.rsa_keys import certificate, private_pem, public_pem
from support.signing import (
    KEY,
    add_oauth1_client,
    deliver,
    exchange,
    initiate,
    sign,
    token_credentials,
    whoami,
)
from support.token_side import change_client
from support.world import SECRET, World, running_world

HMAC, RSA = STANDARD_METHODS[:3], STANDARD_METHODS[3:6]
CLIENT = Credentials(KEY, SECRET)
PROXY = "192.0.2.1"
HTTPS = {"X-Forwarded-Proto": "https"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


REJECTED = (400, "signature_method_rejected")
INVALID = (401, "signature_invalid")


# HMAC and RSA


@pytest.mark.parametrize("method", HMAC)
async def test_an_hmac_of_any_length_signs(photos: World, method: str) -> None:
    """RFC 5849 §3.4.2; S1 Beyond RFC"""
    await add_oauth1_client(photos, f"client-{method}", oauth1_signature_methods=[method])
    credentials = Credentials(f"client-{method}", SECRET)
    assert (await whoami(photos, credentials, signature_method=method)).status_code == 200
    wrong = Credentials(f"client-{method}", SECRET[:-1] + "x")
    assert code_of(await whoami(photos, wrong, signature_method=method)) == INVALID


@pytest.mark.parametrize("registered", ["key", "certificate"])
@pytest.mark.parametrize("method", RSA)
async def test_an_rsa_signature_counts_by_key_or_certificate(
    photos: World, method: str, registered: str
) -> None:
    """RFC 5849 §3.4.3; S1 RSA: PKCS1 v1.5, the secrets unused"""
    client_id = f"client-{method}-{registered}"
    pem = public_pem() if registered == "key" else certificate(photos.clock())
    await add_oauth1_client(
        photos, client_id, secret=None, oauth1_rsa_public_key=pem, oauth1_signature_methods=[method]
    )
    credentials = Credentials(client_id, rsa_private_key=private_pem())
    answer = await whoami(photos, credentials, signature_method=method)
    assert (answer.status_code, answer.json().get("client_id")) == (200, client_id)
    assert (await initiate(photos, credentials, signature_method=method)).status == 200
    wrong = Credentials(client_id, rsa_private_key=private_pem(1))
    assert code_of(await whoami(photos, wrong, signature_method=method)) == INVALID


async def test_the_whole_flow_is_signed_by_rsa(world: World) -> None:
    """RFC 5849 §3.4.3: a token's secret plays no part either"""
    await change_client(world, KEY, oauth1_rsa_public_key=public_pem())
    held = await token_credentials(world)
    by_key = Credentials(KEY, "", held.token, "", private_pem())
    answer = await whoami(world, by_key, signature_method="RSA-SHA256")
    assert (answer.status_code, answer.json().get("protocol")) == (200, "oauth1")


# Only what is listed (THREATS 3)


@pytest.mark.parametrize("method", STANDARD_METHODS)
async def test_only_the_clients_own_methods_count(photos: World, method: str) -> None:
    """THREATS 3: each of the others is refused, its signature good or not"""
    only = f"only-{method}"
    await add_oauth1_client(
        photos, only, oauth1_rsa_public_key=public_pem(), oauth1_signature_methods=[method]
    )
    credentials = Credentials(only, SECRET, rsa_private_key=private_pem())
    for other in STANDARD_METHODS:
        answer = await whoami(photos, credentials, signature_method=other)
        if other == method != "PLAINTEXT":
            assert answer.status_code == 200
        else:
            assert code_of(answer) == REJECTED


async def test_a_client_of_a_manifest_has_four_by_default(photos: World) -> None:
    """CONTRACT: HMAC-SHA1 HMAC-SHA256 RSA-SHA1 RSA-SHA256"""
    for method in ("HMAC-SHA1", "HMAC-SHA256"):
        assert (await whoami(photos, CLIENT, signature_method=method)).status_code == 200
    for method in ("HMAC-SHA512", "PLAINTEXT"):
        assert code_of(await whoami(photos, CLIENT, signature_method=method)) == REJECTED
    by_key = Credentials(KEY, rsa_private_key=private_pem())
    assert code_of(await whoami(photos, by_key, signature_method="RSA-SHA1")) == INVALID
    assert code_of(await whoami(photos, by_key, signature_method="RSA-SHA512")) == REJECTED


@pytest.mark.parametrize("name", ["hmac-sha1", "none", "HMAC-MD5", "HMAC-SHA1 ", "é", "x" * 900])
async def test_a_method_nobody_knows_is_refused(photos: World, name: str) -> None:
    """RFC 5849 §3.2; S0 validate_oauth_signature"""
    answer = await whoami(photos, CLIENT, extra={"oauth_signature_method": name})
    assert code_of(answer) == REJECTED


async def test_the_tenants_policy_narrows_every_clients_list(world: World) -> None:
    """THREATS 3: per-client list ∩ tenant policy; S0 settings dictionary: signature_methods"""
    held = await token_credentials(world)
    await world.settings(oauth1_signature_methods=["HMAC-SHA256", "HMAC-SHA512"])
    assert (await whoami(world, held, signature_method="HMAC-SHA256")).status_code == 200
    assert code_of(await whoami(world, held, signature_method="HMAC-SHA1")) == REJECTED
    # Policy allows it, the client does not.
    assert code_of(await whoami(world, held, signature_method="HMAC-SHA512")) == REJECTED


async def test_a_method_that_is_taken_from_a_client_counts_no_more(world: World) -> None:
    """THREATS 3"""
    held = await token_credentials(world)
    await change_client(world, KEY, oauth1_signature_methods=["HMAC-SHA256"])
    assert code_of(await whoami(world, held, signature_method="HMAC-SHA1")) == REJECTED
    assert (await whoami(world, held, signature_method="HMAC-SHA256")).status_code == 200


async def test_an_rsa_client_never_falls_back_to_its_secret(photos: World) -> None:
    """THREATS 3: nor to its public key as a secret, nor to nothing"""
    await add_oauth1_client(
        photos, "rsa", oauth1_rsa_public_key=public_pem(), oauth1_signature_methods=[*RSA]
    )
    for secret in (SECRET, public_pem(), ""):
        for method in HMAC:
            answer = await whoami(photos, Credentials("rsa", secret), signature_method=method)
            assert code_of(answer) == REJECTED
    # The name of a method it has, and the signature of one it has not.
    answer = await whoami(
        photos, Credentials("rsa", SECRET), signature_method="HMAC-SHA1",
        extra={"oauth_signature_method": "RSA-SHA1"},
    )  # fmt: skip
    assert code_of(answer) == INVALID


async def test_a_client_without_a_secret_has_no_empty_one(photos: World) -> None:
    """THREATS 3; RFC 5849 §4.9: and its public key is none"""
    await add_oauth1_client(photos, "keyed", secret=None, oauth1_rsa_public_key=public_pem())
    await add_oauth1_client(photos, "nothing", secret=None)
    for client_id in ("keyed", "nothing"):
        for secret in ("", public_pem(), "nobody has this secret"):
            answer = await whoami(photos, Credentials(client_id, secret))
            assert code_of(answer) == INVALID


async def test_an_rsa_method_without_a_key_counts_for_nobody(photos: World) -> None:
    """THREATS 3"""
    credentials = Credentials(KEY, SECRET, rsa_private_key=private_pem())
    assert code_of(await whoami(photos, credentials, signature_method="RSA-SHA1")) == INVALID


# PLAINTEXT (§3.4.4)


async def with_plaintext(world: World, **metadata: Any) -> Credentials:
    await add_oauth1_client(
        world, "plain", oauth1_signature_methods=["PLAINTEXT", "HMAC-SHA1"], **metadata
    )
    return Credentials("plain", SECRET)


async def test_plaintext_is_off_unless_listed(sqlite_database: str) -> None:
    """THREATS 3; PARITY 6 Authlib 1.0 PLAINTEXT: off by default, over TLS too"""
    async with running_world(sqlite_database, base_url="https://id.example") as world:
        await add_oauth1_client(world)
        place = {"host": "photos.id.example", "scheme": "https"}
        options = {"signature_method": "PLAINTEXT", **place}
        assert code_of(await whoami(world, CLIENT, **options)) == REJECTED
        plain = await with_plaintext(world)
        assert (await whoami(world, plain, **options)).status_code == 200
        assert (await initiate(world, plain, **options)).status == 200
        wrong = Credentials("plain", SECRET[:-1] + "x")
        assert code_of(await whoami(world, wrong, **options)) == INVALID
        await world.settings(oauth1_signature_methods=["HMAC-SHA1"])
        assert code_of(await whoami(world, plain, **options)) == REJECTED
        assert (await whoami(world, plain, **place)).status_code == 200


async def test_plaintext_over_http_is_refused_though_listed(photos: World) -> None:
    """RFC 5849 §3.4.4, THREATS 3"""
    plain = await with_plaintext(photos)
    assert code_of(await whoami(photos, plain, signature_method="PLAINTEXT")) == REJECTED
    stranger = {"sent_headers": HTTPS, "signature_method": "PLAINTEXT"}
    assert code_of(await whoami(photos, plain, **stranger)) == REJECTED
    assert (await initiate(photos, plain, signature_method="PLAINTEXT")).problem == REJECTED[1]


async def test_plaintext_over_https_counts_by_a_trusted_proxys_word(sqlite_database: str) -> None:
    """CONTRACT: where the scheme comes from"""
    async with running_world(sqlite_database, trusted_proxies=f"{PROXY}/32") as world:
        plain = await with_plaintext(world)
        options = {"signature_method": "PLAINTEXT", "address": PROXY}
        answer = await whoami(world, plain, sent_headers=HTTPS, **options)
        assert answer.status_code == 200
        assert code_of(await whoami(world, plain, **options)) == REJECTED


async def test_development_may_lift_it(sqlite_database: str) -> None:
    """CONTRACT: CONSENTRY_OAUTH1_PLAINTEXT_OVER_HTTP"""
    async with running_world(sqlite_database, oauth1_plaintext_over_http=True) as world:
        plain = await with_plaintext(world)
        held = await token_credentials(world, "plain", signature_method="PLAINTEXT")
        for credentials in (plain, held):
            answer = await whoami(world, credentials, signature_method="PLAINTEXT")
            assert answer.status_code == 200
        await add_oauth1_client(world)
        assert code_of(await whoami(world, CLIENT, signature_method="PLAINTEXT")) == REJECTED


async def test_plaintext_may_come_without_timestamp_and_nonce(sqlite_database: str) -> None:
    """RFC 5849 §3.1: both or none; with them it counts once"""
    async with running_world(sqlite_database, oauth1_plaintext_over_http=True) as world:
        plain = await with_plaintext(world)
        neither = {"oauth_timestamp": "", "oauth_nonce": ""}
        options: dict[str, Any] = {"signature_method": "PLAINTEXT"}
        for _ in range(2):
            answer = await whoami(world, plain, extra=neither, **options)
            assert answer.status_code == 200
        for one in neither:
            answer = await whoami(world, plain, extra={one: ""}, **options)
            assert code_of(answer) == (400, "parameter_absent")
        both = sign(world, "GET", "/api/v1/whoami", plain, **options)
        assert (await deliver(world, "GET", both)).status_code == 200
        assert code_of(await deliver(world, "GET", both)) == (401, "nonce_used")
        held = await token_credentials(world, "plain")
        assert (await whoami(world, held, extra=neither, **options)).status_code == 200
        await change_client(world, "plain", scope="photos.read")
        answer = await whoami(world, held, extra=neither, **options)
        assert answer.json()["scope"] == "photos.read"
        assert code_of(await whoami(world, held, extra=neither)) == (400, "parameter_absent")


async def test_credentials_are_not_given_out_in_the_clear(sqlite_database: str) -> None:
    """RFC 5849 §2.1, §2.3; S1 Transport"""
    settings = {"base_url": "https://id.example", "trusted_proxies": f"{PROXY}/32"}
    async with running_world(sqlite_database, **settings) as world:
        await add_oauth1_client(world)
        place: dict[str, Any] = {"host": "photos.id.example", "address": PROXY}
        clear: dict[str, Any] = {"scheme": "http", "sent_headers": {"X-Forwarded-Proto": "http"}}
        answer = await initiate(world, **place, **clear)
        assert (answer.status, answer.problem) == (400, "insecure_transport")
        temporary = await initiate(world, **place, scheme="https")
        assert temporary.status == 200
        answer = await exchange(world, temporary, "x" * 43, **place, **clear)
        assert (answer.status, answer.problem) == (400, "insecure_transport")
        answer = await exchange(world, temporary, "x" * 43, **place, scheme="https")
        assert (answer.status, answer.problem) == (401, "verifier_invalid")
