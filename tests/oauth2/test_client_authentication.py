"""RFC 6749 §2.3, RFC 7521, RFC 7523: a client proves itself in its registered way only."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey

from consentry.crypto.secrets import digest
from support.assertions import (
    ISSUER,
    TYPE,
    claims,
    hs256,
    jwks_of,
    key_of,
    prove,
    signed,
    unsigned,
)
from support.sweeping import swept
from support.token_side import FORM, basic, disable_client, restarted, send
from support.world import SECRET, World, running_world
from web.origin import Answer, Origin, says, serving

METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)
OWN = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module", autouse=True)
async def clients(shared_world: World) -> None:
    """One client for each method, named as it."""
    for method in METHODS:
        await add(shared_world, method)


async def add(world: World, method: str, **more: Any) -> None:
    metadata: dict[str, Any] = {"token_endpoint_auth_method": method, **more}
    if method == "private_key_jwt" and "jwks_uri" not in more:
        metadata["jwks"] = jwks_of(key_of("ES256"), key_of("RS256"))
    if method == "none":
        metadata["grant_types"] = ["authorization_code", "refresh_token"]
    await world.add_client(method, **metadata)


def shown(world: World, method: str, client_id: str) -> tuple[dict[str, str], list[Any]]:
    """Form fields and headers of a client that authenticates in some way."""
    if method == "client_secret_basic":
        return {}, [basic(client_id)]
    if method == "client_secret_post":
        return {"client_id": client_id, "client_secret": SECRET}, []
    if method == "none":
        return {"client_id": client_id}, []
    payload = claims(world, client_id)
    made = hs256(SECRET, payload) if method == "client_secret_jwt" else signed(key_of(), payload)
    return {"client_assertion_type": TYPE, "client_assertion": made}, []


@pytest.mark.parametrize("used", METHODS)
@pytest.mark.parametrize("registered", METHODS)
async def test_only_the_registered_method_counts(
    shared_world: World, registered: str, used: str
) -> None:
    """THREATS 18"""
    fields, headers = shown(shared_world, used, registered)
    for path in ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"):
        if path == "/oauth2/introspect" and used == "none":
            continue
        fields, headers = shown(shared_world, used, registered)
        async with shared_world.new_browser() as client:
            data = {**OWN, "token": "x", **fields}
            answer = await client.post(path, data=data, headers=headers)
        if used != registered:
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        elif used == "none" and path == "/oauth2/token":
            assert answer.json()["error"] == "unauthorized_client"
        else:
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_wrong_secret_is_refused(shared_world: World, method: str) -> None:
    """RFC 6749 §5.2"""
    for wrong in ("", SECRET[:-1], SECRET + "x", SECRET.upper()):
        form, headers = f"client_id={method}&client_secret={wrong}", []
        if method == "client_secret_basic":
            form, headers = "", [basic(method, wrong)]
        answer = await send(
            shared_world, "/oauth2/token", f"grant_type=client_credentials&{form}",
            headers=[FORM, *headers],
        )  # fmt: skip
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), wrong
        assert answer.headers["www-authenticate"] == f'Basic realm="{ISSUER}", charset="UTF-8"'
        assert answer.headers["cache-control"] == "no-store"


async def test_a_secret_counts_until_it_expires_and_a_second_one_beside_it(world: World) -> None:
    """THREATS 52: secrets are replaced with overlap."""
    second = "a-second-secret-of-the-client"
    await world.add_client("turning")
    await world.add_client("turning", secret=second)
    stored = await world.store().clients.get("turning")
    assert stored is not None
    newest = next(one for one in stored.secrets if one.digest == digest(second))
    for secret in (SECRET, second):
        assert (await world.token(OWN, client_id="turning", secret=secret)).status == 200
    at = world.clock() + timedelta(seconds=60)
    await world.store().clients.end_secrets("turning", except_id=newest.secret_id, at=at)
    world.forget()
    assert (await world.token(OWN, client_id="turning")).status == 200
    world.clock.forward(61)
    assert (await world.token(OWN, client_id="turning")).error == "invalid_client"
    assert (await world.token(OWN, client_id="turning", secret=second)).status == 200


async def test_an_expired_secret_signs_nothing(sqlite_world: World) -> None:
    """OIDC Core §9"""
    await add(sqlite_world, "client_secret_jwt")
    at = sqlite_world.clock() + timedelta(seconds=60)
    store = sqlite_world.store().clients
    await store.end_secrets("client_secret_jwt", except_id=uuid4(), at=at)
    sqlite_world.forget()
    for status in (200, 401):
        payload = claims(sqlite_world, "client_secret_jwt")
        assert (await prove(sqlite_world, hs256(SECRET, payload))).status == status
        sqlite_world.clock.forward(61)


async def test_unknown_and_disabled_clients_are_told_the_same(sqlite_world: World) -> None:
    """THREATS 48"""
    await sqlite_world.add_client("gone")
    await disable_client(sqlite_world, "gone")
    answers = [
        await sqlite_world.token(OWN, client_id=name, secret=secret)
        for name, secret in (("nobody", SECRET), ("gone", SECRET), ("printer", "wrong"))
    ]
    assert [one.status for one in answers] == [401] * 3
    assert len({str(one.body) for one in answers}) == 1


async def test_no_authentication_at_all_is_refused(shared_world: World) -> None:
    """RFC 6749 §5.2"""
    answer = await send(shared_world, "/oauth2/token", "grant_type=client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "header", ["Bearer abc", "Digest x", "Basic", "Basic !!", "Basic eA==", ""]
)
async def test_another_scheme_or_a_malformed_header_is_refused(
    shared_world: World, header: str
) -> None:
    """RFC 7617 §2"""
    answer = await shared_world.post(
        "/oauth2/token", {**OWN, "client_id": "printer"}, secret=None, client_id="",
        headers={"Authorization": header},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_both_halves_of_basic_are_percent_decoded(shared_world: World) -> None:
    """RFC 6749 §2.3.1"""
    client_id, secret = "a b:c%é+/?", "ß%41+ :&=/ at least sixteen"
    await shared_world.add_client(client_id, secret=secret)
    answer = await send(
        shared_world, "/oauth2/token", "grant_type=client_credentials",
        headers=[
            FORM, basic(client_id, secret),
        ],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("client_secret_basic", "client_secret_post"),
        ("client_secret_basic", "private_key_jwt"),
        ("client_secret_post", "private_key_jwt"),
        ("client_secret_post", "client_secret_jwt"),
    ],
)
async def test_two_methods_at_once_are_refused(
    shared_world: World, first: str, second: str
) -> None:
    """RFC 6749 §2.3: one method a request."""
    fields, headers = shown(shared_world, first, first)
    more, _ = shown(shared_world, second, first)
    async with shared_world.new_browser() as client:
        data = {**OWN, **fields, **more}
        answer = await client.post("/oauth2/token", data=data, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_two_authorization_headers_are_refused(shared_world: World) -> None:
    """RFC 6749 §2.3"""
    answer = await send(
        shared_world, "/oauth2/token", "grant_type=client_credentials",
        headers=[
            FORM, basic(), basic("other"),
        ],
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_id_beside_basic_must_be_the_same(shared_world: World) -> None:
    """RFC 6749 §3.2.1"""
    same = await shared_world.token({**OWN, "client_id": "printer"})
    assert same.status == 200
    other = await shared_world.token({**OWN, "client_id": "none"})
    assert (other.status, other.error) == (400, "invalid_request")


async def test_a_secret_in_the_query_is_not_read(shared_world: World) -> None:
    """RFC 6749 §2.3.1, THREATS 18"""
    query = f"client_id=client_secret_post&client_secret={SECRET}"
    answer = await send(shared_world, f"/oauth2/token?{query}", "grant_type=client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


# Assertions


async def test_an_assertion_works_for_every_audience_we_name(shared_world: World) -> None:
    """RFC 7523 §3 (3)"""
    for aud in (ISSUER, f"{ISSUER}/oauth2/token", [ISSUER], [ISSUER, f"{ISSUER}/oauth2/token"]):
        payload = claims(shared_world, "private_key_jwt", aud=aud)
        assert (await prove(shared_world, signed(key_of(), payload))).status == 200, aud


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"])
async def test_every_advertised_algorithm_authenticates(shared_world: World, alg: str) -> None:
    """RFC 8414 §2"""
    await shared_world.add_client(
        f"by-{alg}", jwks=jwks_of(key_of(alg)), token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg=alg,
    )  # fmt: skip
    payload = claims(shared_world, f"by-{alg}")
    assert (await prove(shared_world, signed(key_of(alg), payload))).status == 200


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "no iss": {"iss": None},
    "another iss": {"iss": "printer"},
    "no sub": {"sub": None},
    "another sub": {"sub": "printer"},
    "no aud": {"aud": None},
    "another aud": {"aud": "https://other.example"},
    "another tenant's aud": {"aud": "http://music.localhost:8000"},
    "a longer aud": {"aud": ISSUER + "/"},
    "an aud for others too": {"aud": [ISSUER, "https://other.example"]},
    "an aud with an object in it": {"aud": [ISSUER, {}]},
    "an aud with a list in it": {"aud": [ISSUER, []]},
    "an empty aud": {"aud": []},
    "no exp": {"exp": None},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is no text": {"jti": ["x"]},
    "exp as text": {"exp": "4000000000"},
    "nbf as text": {"nbf": "1"},
    "sub as a list": {"sub": ["private_key_jwt"]},
    "half a surrogate pair": {"sub": "private_key_jwt"},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
async def test_each_wrong_claim_alone_is_refused(shared_world: World, name: str) -> None:
    """RFC 7523 §3"""
    payload: Any = claims(shared_world, "private_key_jwt", **WRONG_CLAIMS[name])
    if name == "half a surrogate pair":
        text = f'{{"sub": "private_key_jwt", "jti": "\\ud800", "x": {len(payload)}}}'
        payload = text.encode()
    answer = await prove(shared_world, signed(key_of(), payload))
    assert (answer.status, answer.error) == (401, "invalid_client"), answer.body


@pytest.mark.parametrize(
    ("name", "ahead"), [("exp", 320), ("exp", 10**12), ("exp", 1e300), ("exp", -11), ("nbf", 20)]
)
async def test_each_wrong_time_alone_is_refused(
    shared_world: World, name: str, ahead: float
) -> None:
    """RFC 7523 §3 (4, 5), THREATS 24"""
    at = shared_world.clock().timestamp() + ahead
    payload = claims(shared_world, "private_key_jwt", **{name: int(at) if ahead < 1e20 else at})
    answer = await prove(shared_world, signed(key_of(), payload))
    assert (answer.status, answer.error) == (401, "invalid_client")


async def test_a_client_id_no_database_could_store_is_unknown(world: World) -> None:
    """THREATS 56"""
    for odd in ("a\0b", "x" * 300, "\u2028", "é" * 255):
        answer = await prove(world, signed(key_of(), claims(world, odd)))
        assert (answer.status, answer.error) == (401, "invalid_client")
        posted = await world.token({**OWN, "client_secret": "x"}, client_id=odd, secret=None)
        assert posted.status in (400, 401)


async def test_five_minutes_ahead_is_still_good(shared_world: World) -> None:
    """THREATS 24"""
    exp = int(shared_world.clock().timestamp()) + 300
    payload = claims(shared_world, "private_key_jwt", exp=exp)
    assert (await prove(shared_world, signed(key_of(), payload))).status == 200


async def test_each_forged_signature_is_refused(shared_world: World) -> None:
    """THREATS 22, RFC 8725 §3.1"""
    world, key = shared_world, key_of()
    payload = claims(world, "private_key_jwt")
    pem = ECKey.import_key(key.public_jwk).as_pem(private=False)
    good = signed(key, payload)
    forged = {
        "none": unsigned(payload),
        "HS with the public key": hs256(pem, payload),
        "HS with the public key's JWK": hs256(str(key.public_jwk), payload),
        "HS with the secret": hs256(SECRET, payload),
        "another key": signed(key_of("ES256", 1), payload),
        "another key under this kid": signed(key_of("ES256", 1), payload, kid=key.kid),
        "another key inline": signed(
            key_of("ES256", 1), payload, jwk=key_of("ES256", 1).public_jwk, kid=None
        ),
        "an unknown kid": signed(key, payload, kid="other"),
        "an unknown crit": signed(key, payload, crit=["x"], x=1),
        "another alg": signed(key, payload, alg="RS256"),
        "an alg of nobody": signed(key, payload, alg="ES512"),
        "no alg": signed(key, payload, alg=None),
        "cut": good[:-4],
        "empty signature": good.rpartition(".")[0] + ".",
        "too long": signed(key, {**payload, "x": "x" * 17_000}),
        "not an object": signed(key, [payload]),
    }
    for name, assertion in forged.items():
        answer = await prove(world, assertion)
        assert (answer.status, answer.error) == (401, "invalid_client"), name
    assert (await prove(world, good)).status == 200, "none of them spent the jti (THREATS 24)"


async def test_the_registered_algorithm_is_the_only_one(shared_world: World) -> None:
    """OIDC Registration §2, THREATS 22"""
    await shared_world.add_client(
        "strict", jwks=jwks_of(key_of("ES256"), key_of("RS256")),
        token_endpoint_auth_method="private_key_jwt", token_endpoint_auth_signing_alg="ES256",
    )  # fmt: skip
    for alg, status in (("RS256", 401), ("ES256", 200)):
        assertion = signed(key_of(alg), claims(shared_world, "strict"))
        assert (await prove(shared_world, assertion)).status == status


async def test_a_shared_secret_signs_by_hs256_alone(shared_world: World) -> None:
    """OIDC Core §9, THREATS 22"""
    payload = claims(shared_world, "client_secret_jwt")
    for assertion in (
        hs256("wrong" * 8, payload), hs256("", payload), unsigned(payload),
        hs256(SECRET, payload, alg="HS512"), signed(key_of(), payload),
    ):  # fmt: skip
        assert (await prove(shared_world, assertion)).error == "invalid_client"
    assert (await prove(shared_world, hs256(SECRET, payload))).status == 200


async def test_an_assertion_counts_once_even_after_a_restart(world: World) -> None:
    """RFC 7523 §3 (7), THREATS 24, 59"""
    world.clock.hold()
    await add(world, "private_key_jwt")
    assertion = signed(key_of(), claims(world, "private_key_jwt"))
    assert (await prove(world, assertion)).status == 200
    assert (await prove(world, assertion)).error == "invalid_client"
    async with restarted(world) as later:
        assert (await prove(later, assertion)).error == "invalid_client"
        later.clock.forward(69)
        assert (await prove(later, assertion)).error == "invalid_client"


async def test_an_assertion_counts_once_though_the_sweepers_clock_is_ahead(
    sqlite_world: World,
) -> None:
    """RFC 7523 §3 (7): by as much as clocks of hosts may differ."""
    world = sqlite_world
    await add(world, "private_key_jwt")
    assertion = signed(key_of(), claims(world, "private_key_jwt"))
    assert (await prove(world, assertion)).status == 200
    world.clock.forward(65)
    ahead = world.clock() + timedelta(seconds=55)
    assert (await swept(world.deployment.store, ahead, batch=100))["nonce"] == 0
    assert (await prove(world, assertion)).error == "invalid_client"


async def test_of_twenty_equal_assertions_at_once_one_counts(world: World) -> None:
    """THREATS 24"""
    await add(world, "private_key_jwt")
    assertion = signed(key_of(), claims(world, "private_key_jwt"))
    answers = await asyncio.gather(*(prove(world, assertion) for _ in range(20)))
    assert sorted(one.status for one in answers) == [200] + [401] * 19


async def test_a_jti_belongs_to_its_client(shared_world: World) -> None:
    """THREATS 24: one client cannot spend another's."""
    await shared_world.add_client(
        "second", jwks=jwks_of(key_of()), token_endpoint_auth_method="private_key_jwt"
    )
    for client_id in ("private_key_jwt", "second"):
        payload = claims(shared_world, client_id, jti="chosen by both")
        assert (await prove(shared_world, signed(key_of(), payload))).status == 200


async def test_an_assertion_needs_its_type_and_a_fitting_client_id(shared_world: World) -> None:
    """RFC 7521 §4.2"""
    made = [signed(key_of(), claims(shared_world, "private_key_jwt")) for _ in range(5)]
    world = shared_world
    for kind in (None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"):
        answer = await prove(world, made[0], client_assertion_type=kind)
        assert (answer.status, answer.error) == (400, "invalid_request")
    assert (await prove(world, made[1], client_assertion=None)).error == "invalid_request"
    assert (await prove(world, made[2], client_id="printer")).error == "invalid_client"
    assert (await prove(world, made[3], client_id="private_key_jwt")).status == 200
    for junk in ("x", "a.b.c", "..", "é.é.é", "e30.e30.e30", "e30.W10.e30"):
        assert (await prove(world, junk)).error == "invalid_client"


# jwks_uri


@pytest.fixture
async def fetching(sqlite_database: str) -> AsyncIterator[World]:
    """A world that may fetch from this machine."""
    async with running_world(sqlite_database, fetch_private_addresses=True) as made:
        yield made


def said(keys: dict[str, Any]) -> Answer:
    return says(orjson.dumps(keys))


async def add_remote(world: World, uri: str) -> None:
    await world.add_client("remote", jwks_uri=uri, token_endpoint_auth_method="private_key_jwt")


async def test_keys_behind_a_jwks_uri_are_fetched_and_kept(fetching: World) -> None:
    """RFC 7591 §2, THREATS 55"""
    async with serving(said(jwks_of(key_of()))) as origin:
        await add_remote(fetching, origin.url())
        for _ in range(3):
            answer = await prove(fetching, signed(key_of(), claims(fetching, "remote")))
            assert answer.status == 200
        assert len(origin.heads) == 1
        fetching.clock.forward(301)
        await prove(fetching, signed(key_of(), claims(fetching, "remote")))
        assert len(origin.heads) == 2


async def test_a_kid_not_seen_yet_is_looked_for_again_but_not_at_will(fetching: World) -> None:
    """OIDC Core §10.1.1: signing keys rotate without notice."""
    current: dict[str, Any] = jwks_of(key_of())

    async def answer(origin: Origin, writer: asyncio.StreamWriter) -> None:
        await said(current)(origin, writer)

    def rotated() -> str:
        return signed(key_of("ES256", 1), claims(fetching, "remote"))

    async with serving(answer) as origin:
        await add_remote(fetching, origin.url())
        assert (await prove(fetching, rotated())).error == "invalid_client"
        assert (await prove(fetching, rotated())).error == "invalid_client"
        assert len(origin.heads) == 1
        current = jwks_of(key_of(), key_of("ES256", 1))
        fetching.clock.forward(11)
        assert (await prove(fetching, rotated())).status == 200
        assert len(origin.heads) == 2


async def test_a_clock_that_is_set_back_keeps_no_old_keys(fetching: World) -> None:
    """Neither as fresh nor as just asked for: a key that was taken out would count on."""
    current: dict[str, Any] = jwks_of(key_of())

    async def answer(origin: Origin, writer: asyncio.StreamWriter) -> None:
        await said(current)(origin, writer)

    async with serving(answer) as origin:
        await add_remote(fetching, origin.url())
        before = signed(key_of(), claims(fetching, "remote"))
        assert (await prove(fetching, before)).status == 200
        current = jwks_of(key_of("ES256", 1))
        fetching.clock.forward(-3_600)
        taken_out = signed(key_of(), claims(fetching, "remote", kid=None))
        assert (await prove(fetching, taken_out)).error == "invalid_client"
        assert len(origin.heads) == 2


async def test_a_jwks_uri_that_fails_is_not_asked_at_will(fetching: World) -> None:
    """THREATS 55, 56: nobody makes us knock at a door again and again."""
    async with serving(says(b"no", status="500 Broken")) as origin:
        await add_remote(fetching, origin.url())
        for _ in range(3):
            answer = await prove(fetching, signed(key_of(), claims(fetching, "remote")))
            assert (answer.status, answer.error) == (401, "invalid_client")
        assert len(origin.heads) == 1


async def test_many_at_once_make_us_ask_once(fetching: World) -> None:
    """THREATS 55, 56: whoever comes meanwhile waits for the same answer."""
    async with serving(said(jwks_of(key_of()))) as origin:
        await add_remote(fetching, origin.url())
        made = [signed(key_of(), claims(fetching, "remote")) for _ in range(8)]
        answers = await asyncio.gather(*(prove(fetching, one) for one in made))
        assert [one.status for one in answers] == [200] * 8
        assert len(origin.heads) == 1


async def test_a_kid_of_nobodys_costs_a_client_no_key_it_has(fetching: World) -> None:
    """THREATS 55, 56: an assertion anybody can write makes us ask, and the answer may fail."""
    current = [said(jwks_of(key_of())), says(b"no", status="500 Broken")]

    async def answer(origin: Origin, writer: asyncio.StreamWriter) -> None:
        await current[len(origin.heads) > 1](origin, writer)

    async with serving(answer) as origin:
        await add_remote(fetching, origin.url())
        for forward, number, status in ((0, 0, 200), (11, 1, 401), (1, 0, 200), (300, 0, 401)):
            fetching.clock.forward(forward)
            made = signed(key_of("ES256", number), claims(fetching, "remote"))
            assert (await prove(fetching, made)).status == status
        assert len(origin.heads) == 3


async def test_a_private_address_is_not_fetched_from(shared_world: World) -> None:
    """THREATS 55"""
    async with serving(said(jwks_of(key_of()))) as origin:
        await add_remote(shared_world, origin.url(scheme="https"))
        answer = await prove(shared_world, signed(key_of(), claims(shared_world, "remote")))
        assert (answer.status, answer.error) == (401, "invalid_client")
        assert "127.0.0.1" not in str(answer.body)
        assert origin.heads == []


# Throttling


async def guess(world: World, secret: str = "wrong", **options: Any) -> httpx.Response:
    headers = [FORM, basic("printer", secret)]
    return await send(
        world, "/oauth2/token", "grant_type=client_credentials", headers=headers, **options
    )


async def test_wrong_secrets_are_slowed_where_they_come_from(database: str) -> None:
    """THREATS 49"""
    async with running_world(database, limit_client_secret="3/3600") as world:
        assert [(await guess(world)).status_code for _ in range(4)] == [401, 401, 401, 429]
        refused = await guess(world, SECRET)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3_600
        assert refused.headers["cache-control"] == "no-store"
        assert (await guess(world, SECRET, address="198.51.100.1")).status_code == 200
        async with restarted(world) as later:
            assert (await guess(later)).status_code == 429
            later.clock.forward(3_601)
            assert (await guess(later, SECRET)).status_code == 200
            assert (await guess(later)).status_code == 401


async def test_fifty_wrong_secrets_at_once_are_counted_one_by_one(database: str) -> None:
    """THREATS 49"""
    async with running_world(database, limit_client_secret="5/3600") as world:
        answers = await asyncio.gather(*(guess(world) for _ in range(50)))
        assert [one.status_code for one in answers].count(401) == 5


async def test_an_ipv6_network_counts_as_one_address(sqlite_database: str) -> None:
    """THREATS 49: whoever has a /64 has 2^64 addresses."""
    async with running_world(sqlite_database, limit_client_secret="3/3600") as world:
        answers = [(await guess(world, address=f"2001:db8::{n}")).status_code for n in range(1, 5)]
        assert answers == [401, 401, 401, 429]
        assert (await guess(world, address="2001:db8:0:1::1")).status_code == 401


async def test_the_limits_can_be_lifted(sqlite_database: str) -> None:
    """CONSENTRY_LIMITS"""
    async with running_world(sqlite_database, limit_client_secret="1/60", limits="off") as world:
        assert {(await guess(world)).status_code for _ in range(3)} == {401}
