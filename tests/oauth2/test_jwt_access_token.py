"""RFC 9068: access tokens that a resource server checks by itself."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from consentry.crypto import base64url
from support.token_side import bought, claims_of, client_token, header_of
from support.world import PKCE, SCOPE, World, answer_of

ISSUER = "http://photos.localhost:8000"
ALGS = ["ES256", "RS256", "PS256", "Ed25519"]


@pytest.fixture(scope="module")
async def jwt_world(shared_world: World) -> AsyncIterator[World]:
    """The shared world, with JWT access tokens."""
    await shared_world.settings(access_token_format="jwt")
    yield shared_world


async def verified(world: World, token: str) -> jwt.Token:
    """The token as a resource server with the published keys sees it."""
    async with world.new_browser() as client:
        keys = KeySet.import_key_set((await client.get("/oauth2/jwks")).json())
    return jwt.decode(token, keys, algorithms=ALGS)


async def test_it_says_what_rfc_9068_wants(jwt_world: World) -> None:
    """RFC 9068 §2.1, §2.2"""
    tokens = await bought(jwt_world)
    seen = await verified(jwt_world, tokens.access_token)
    assert seen.header["typ"] == "at+jwt"
    assert seen.header["alg"] == "RS256"
    user = await jwt_world.store().users.by_identifier("jane")
    assert user is not None
    claims = seen.claims
    assert claims["iss"] == claims["aud"] == ISSUER
    assert claims["sub"] == str(user.user_id)
    assert claims["client_id"] == "printer"
    assert claims["scope"] == SCOPE
    assert claims["exp"] == claims["iat"] + tokens.body["expires_in"]
    assert claims["jti"]
    assert claims["auth_time"] <= claims["iat"]


async def test_a_clients_own_has_the_client_as_subject(jwt_world: World) -> None:
    """RFC 9068 §2.2"""
    seen = await verified(jwt_world, (await client_token(jwt_world)).access_token)
    assert seen.claims["sub"] == seen.claims["client_id"] == "printer"
    assert "auth_time" not in seen.claims


async def test_introspection_tells_the_same(jwt_world: World) -> None:
    """RFC 7662 §2.2"""
    token = (await bought(jwt_world)).access_token
    claims, seen = claims_of(token), await jwt_world.introspect(token)
    for name in ("iss", "aud", "sub", "client_id", "scope", "exp", "iat", "jti"):
        assert seen[name] == claims[name], name


async def test_no_two_have_the_same_jti(jwt_world: World) -> None:
    """RFC 9068 §2.2"""
    tokens = [(await client_token(jwt_world)).access_token for _ in range(20)]
    assert len({claims_of(one)["jti"] for one in tokens}) == 20


async def test_an_access_token_is_no_id_token_and_the_reverse(jwt_world: World) -> None:
    """RFC 9068 §5, THREATS 31"""
    tokens = await bought(jwt_world)
    assert header_of(tokens.body["id_token"])["typ"] == "JWT"
    assert not await jwt_world.is_active(tokens.body["id_token"])
    hinted = await jwt_world.ask(pkce=PKCE, id_token_hint=tokens.access_token, prompt="none")
    assert "error" in answer_of(hinted)


async def test_a_changed_one_is_inactive(jwt_world: World) -> None:
    """THREATS 22"""
    token = (await bought(jwt_world)).access_token
    head, _, signature = token.split(".")
    for changed in ({"scope": "photos.print"}, {"exp": 4_000_000_000}, {"client_id": "other"}):
        body = base64url.encode(orjson.dumps(claims_of(token) | changed))
        forged = f"{head}.{body}.{signature}"
        assert not await jwt_world.is_active(forged)
        with pytest.raises(BadSignatureError):
            await verified(jwt_world, forged)
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"typ": "JWT"}, {"kid": "other"}):
        swapped = base64url.encode(orjson.dumps(header_of(token) | header))
        assert not await jwt_world.is_active(f"{swapped}.{token.split('.', 1)[1]}")


async def test_the_keys_of_the_policy_sign(sqlite_world: World) -> None:
    """CONTRACT `id_token_signed_response_alg`"""
    for alg in ("ES256", "PS256", "Ed25519"):
        await sqlite_world.settings(
            access_token_format="jwt", id_token_signed_response_alg=alg, signing_algs=[alg]
        )
        token = (await client_token(sqlite_world)).access_token
        assert header_of(token)["alg"] == alg
        assert (await verified(sqlite_world, token)).claims["client_id"] == "printer"
        assert await sqlite_world.is_active(token)


@pytest.mark.parametrize("format", ["opaque", "jwt"])
async def test_an_api_chooses_its_own_format(shared_world: World, format: Any) -> None:
    """CONTRACT `apis[].access_token_format`"""
    api = f"https://{format}.photos.example"
    await shared_world.add_api(api, access_token_format=format, access_token_lifetime=77)
    answer = await client_token(shared_world, resource=api)
    assert answer.body["expires_in"] == 77
    assert (answer.access_token.count(".") == 2) is (format == "jwt")
    assert (await shared_world.introspect(answer.access_token))["aud"] == api
