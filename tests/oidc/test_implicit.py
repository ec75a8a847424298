"""Tokens in the front channel, for old clients only (RFC 6749 §4.2, OIDC Core §3.2)."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.people import ISSUER, error_of, id_claims, parameters_of
from support.world import World, answer_of, hidden

OLD: dict[str, Any] = {
    "grant_types": ["implicit"],
    "response_types": ["token", "id_token", "id_token token"],
}


@pytest.fixture
async def old(world: World) -> World:
    """A tenant whose policy lists implicit, and a client that does."""
    await world.settings(grant_types_supported=["authorization_code", "implicit"])
    await world.add_client("old", **OLD)
    return world


async def answered(world: World, response_type: str, **changes: Any) -> dict[str, str]:
    """The parameters an approved request ends in; they are in the fragment alone."""
    asked = await world.ask(client_id="old", response_type=response_type, **changes)
    answer = await world.follow(asked)
    assert not urlsplit(answer.headers["location"]).query
    return answer_of(answer)


@pytest.mark.parametrize("response_type", OLD["response_types"])
async def test_implicit_is_refused_by_default(world: World, response_type: str) -> None:
    """RFC 9700 §2.1.2, THREATS 20"""
    await world.add_client("old", **OLD)
    told = await world.ask(client_id="old", response_type=response_type)
    assert error_of(told) == "unsupported_response_type"
    assert urlsplit(told.headers["location"]).fragment


@pytest.mark.parametrize("response_type", OLD["response_types"])
async def test_policy_alone_does_not_allow_it(old: World, response_type: str) -> None:
    """THREATS 20"""
    told = await old.ask(client_id="printer", response_type=response_type)
    assert error_of(told) == "unauthorized_client"


async def test_a_client_gets_only_the_response_types_it_lists(old: World) -> None:
    """OIDC Registration §2 response_types"""
    await old.add_client("narrow", grant_types=["implicit"], response_types=["id_token"])
    told = await old.ask(client_id="narrow", response_type="token")
    assert error_of(told) == "unauthorized_client"


async def test_a_token_comes_in_the_fragment(old: World) -> None:
    """RFC 6749 §4.2.2, RFC 9207 §2"""
    told = await answered(old, "token", scope="photos.read")
    assert told["token_type"] == "Bearer"
    assert 0 < int(told["expires_in"]) <= 600
    assert told["scope"] == "photos.read"
    assert told["state"] == "af0ifjsldkj"
    assert told["iss"] == ISSUER
    assert not {"code", "id_token", "refresh_token"} & set(told)
    assert await old.is_active(told["access_token"], client_id="old")


async def test_an_id_token_alone_carries_the_claims(old: World) -> None:
    """OIDC Core §3.2.2.5, §5.4"""
    told = await answered(old, "id_token")
    assert "access_token" not in told
    claims = await id_claims(old, told["id_token"], client_id="old")
    assert claims["name"] == "Jane Doe"
    assert "at_hash" not in claims


@pytest.mark.parametrize("response_type", ["id_token token", "token id_token"])
async def test_both_come_bound_to_each_other(old: World, response_type: str) -> None:
    """OIDC Core §3.2.2.9, §3.2.2.11"""
    ask = json.dumps({"id_token": {"preferred_username": None}})
    told = await answered(old, response_type, claims=ask)
    claims = await id_claims(
        old, told["id_token"], client_id="old", access_token=told["access_token"], implicit=True
    )
    assert "at_hash" in claims
    assert claims["preferred_username"] == "jane"
    assert "name" not in claims
    assert (await old.userinfo(told["access_token"])).json()["name"] == "Jane Doe"


async def test_an_id_token_in_the_front_channel_needs_a_nonce(old: World) -> None:
    """OIDC Core §3.2.2.1"""
    told = await old.ask(client_id="old", response_type="id_token", nonce=None)
    assert error_of(told) == "invalid_request"


async def test_an_id_token_needs_openid(old: World) -> None:
    """OIDC Core §3.2.2.1"""
    told = await old.ask(client_id="old", response_type="id_token", scope="photos.read")
    assert error_of(told) == "invalid_request"


async def test_form_post_keeps_tokens_out_of_addresses(old: World) -> None:
    """Form Post Response Mode §2"""
    asked = await old.ask(client_id="old", response_type="token", response_mode="form_post")
    sent = parameters_of(await old.follow(asked))
    assert await old.is_active(sent["access_token"], client_id="old")


async def test_it_ends_with_the_login(old: World) -> None:
    """THREATS 46"""
    told = await answered(old, "token")
    page = await old.browser.get("/logout")
    await old.browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert not await old.is_active(told["access_token"], client_id="old")
