"""`/api/v1/whoami`: one answer for both protocols."""

from uuid import UUID

import httpx
import pytest

from consentry.spec.oauth1.signing import Credentials
from support.signing import KEY, add_oauth1_client, send_signed, sign, token_credentials, whoami
from support.token_side import bought, client_token, send
from support.world import SCOPE, SECRET, World

WHOAMI = "/api/v1/whoami"
ISSUER = "http://photos.localhost:8000"
BEARER, OAUTH = f'Bearer realm="{ISSUER}"', f'OAuth realm="{ISSUER}"'
CLIENT = Credentials(KEY, SECRET)


@pytest.fixture(scope="module")
async def held(photos: World) -> Credentials:
    """Token credentials that Jane approved."""
    return await token_credentials(photos)


async def ask(world: World, *authorization: str, method: str = "GET") -> httpx.Response:
    headers = [("Authorization", one) for one in authorization]
    return await send(world, WHOAMI, method=method, headers=headers)


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """RFC 9457 §3.1, with the id our records have."""
    told = answer.json()
    instance = UUID(hex=answer.headers["x-request-id"]).urn
    return (
        answer.headers["content-type"] == "application/problem+json"
        and answer.headers["cache-control"] == "no-store"
        and (answer.status_code, told["status"], told["code"]) == (status, status, code)
        and set(told) == {"type", "title", "status", "detail", "code", "instance"}
        and told["instance"] == instance
    )


async def test_a_signed_request_and_a_token_name_the_same_person(
    photos: World, held: Credentials
) -> None:
    """CONTRACT: `sub` is the same person's in both"""
    signed = await whoami(photos, held)
    tokens = await bought(photos)
    bearer = await ask(photos, f"Bearer {tokens.access_token}")
    user = await photos.store().users.by_identifier("jane")
    assert user is not None
    assert signed.json() == {
        "sub": str(user.user_id), "client_id": KEY, "scope": "photos.read photos.print",
        "protocol": "oauth1",
    }  # fmt: skip
    assert bearer.json() == {
        "sub": str(user.user_id), "client_id": "printer", "scope": SCOPE, "protocol": "oauth2",
    }  # fmt: skip
    for answer in (signed, bearer):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"


async def test_who_acts_for_itself_is_its_own_subject(photos: World) -> None:
    """CONTRACT; RFC 9068 §2.2: two-legged and client credentials alike"""
    assert (await whoami(photos, CLIENT)).json() == {
        "sub": KEY, "client_id": KEY, "scope": "photos.read photos.print", "protocol": "oauth1",
    }  # fmt: skip
    own = await client_token(photos)
    told = (await ask(photos, f"Bearer {own.access_token}")).json()
    assert (told["sub"], told["client_id"], told["protocol"]) == ("printer", "printer", "oauth2")


async def test_a_pairwise_client_knows_the_person_by_its_own_name(photos: World) -> None:
    """OIDC Core §8.1: one for the client's sector, in both protocols"""
    await add_oauth1_client(
        photos, "pair", protocols=["oauth1", "oauth2"], subject_type="pairwise",
        grant_types=["authorization_code"],
    )  # fmt: skip
    signed = await whoami(photos, await token_credentials(photos, "pair"))
    tokens = await bought(photos, client_id="pair", scope="photos.read")
    bearer = await ask(photos, f"Bearer {tokens.access_token}")
    assert signed.json()["sub"] == bearer.json()["sub"]
    assert len(signed.json()["sub"]) == 43


async def test_a_client_of_both_protocols_has_one_consent(world: World) -> None:
    """CONTRACT: what was allowed in one is not asked again in the other"""
    await add_oauth1_client(
        world, "both", protocols=["oauth1", "oauth2"], grant_types=["authorization_code"]
    )
    await token_credentials(world, "both")
    asked = await world.ask(
        client_id="both", scope="photos.read", code_challenge="a" * 43,
        code_challenge_method="S256",
    )  # fmt: skip
    assert "code=" in asked.headers["location"]


async def test_a_form_may_carry_the_signature(photos: World, held: Credentials) -> None:
    """RFC 5849 §3.5.2"""
    answer = await send_signed(
        photos, "POST", WHOAMI, held, placement="body", body=b"a=b",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.json()["protocol"] == "oauth1"


async def test_without_credentials_both_challenges_are_given(photos: World) -> None:
    """RFC 9110 §11.6.1, RFC 6750 §3.1: and no error code"""
    for answer in (
        await ask(photos), await ask(photos, "Basic eDp5"), await ask(photos, ""),
        await ask(photos, method="POST"), await send(photos, WHOAMI, "a=b"),
    ):  # fmt: skip
        assert is_problem(answer, 401, "unauthorized")
        assert answer.headers.get_list("www-authenticate") == [BEARER, OAUTH]


async def test_a_bad_token_is_challenged_in_its_own_scheme(photos: World) -> None:
    """CONTRACT: `WWW-Authenticate` of the scheme that was used; RFC 6750 §3.1"""
    for token in ("x", "cns_at_" + "A" * 80, "a.b.c"):
        answer = await ask(photos, f"Bearer {token}")
        assert is_problem(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith(f'{BEARER}, error="invalid_token"')
    answer = await whoami(photos, Credentials(KEY, "a wrong secret, a wrong secret"))
    assert is_problem(answer, 401, "signature_invalid")
    assert answer.headers.get_list("www-authenticate") == [OAUTH]


async def test_two_tokens_are_one_too_many(photos: World, held: Credentials) -> None:
    """RFC 6750 §2, THREATS 12"""
    token = f"Bearer {(await client_token(photos)).access_token}"
    assert (await ask(photos, token)).status_code == 200
    assert is_problem(await ask(photos, token, token), 400, "invalid_request")
    signed = sign(photos, "GET", WHOAMI, held).headers["Authorization"]
    assert is_problem(await ask(photos, token, signed), 400, "invalid_request")
    assert is_problem(await ask(photos, signed, token), 400, "parameter_rejected")


async def test_a_token_in_a_query_or_a_form_is_none(photos: World) -> None:
    """RFC 9700 §4.3.2"""
    token = (await client_token(photos)).access_token
    answer = await send(photos, f"{WHOAMI}?access_token={token}", method="GET", headers=())
    assert is_problem(answer, 401, "unauthorized")
    answer = await send(photos, WHOAMI, f"access_token={token}")
    assert is_problem(answer, 401, "unauthorized")


async def test_a_token_for_another_api_is_none_here(photos: World) -> None:
    """THREATS 31"""
    await photos.add_api("https://api.photos.example", scopes="photos.read")
    own = await client_token(photos, scope="photos.read", resource="https://api.photos.example")
    assert is_problem(await ask(photos, f"Bearer {own.access_token}"), 401, "invalid_token")


async def test_scripts_of_any_origin_may_read_it(photos: World, held: Credentials) -> None:
    """It takes no cookies"""
    answer = await whoami(photos, held, sent_headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    async with photos.new_browser() as browser:
        await photos.sign_in(browser)
        assert (await browser.get(WHOAMI)).status_code == 401
        asked = await browser.options(WHOAMI, headers={"Origin": "https://app.example"})
    assert asked.status_code == 204
    assert "authorization" in asked.headers["access-control-allow-headers"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(photos: World, method: str) -> None:
    answer = await ask(photos, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")


async def test_a_head_request_is_signed_as_one(photos: World, held: Credentials) -> None:
    """RFC 5849 §3.4.1.1: the method as sent"""
    assert (await send_signed(photos, "HEAD", WHOAMI, held)).status_code == 200
