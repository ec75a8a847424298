"""How an authorization response travels (Multiple Response Types, Form Post Response Mode)."""

from urllib.parse import urlsplit

import pytest

from support.people import ISSUER, asked, error_of, parameters_of
from support.world import CALLBACK, World, answer_of


async def test_query_is_how_a_code_travels(world: World) -> None:
    """Multiple Response Types §2.1"""
    parts = urlsplit((await world.follow(await asked(world))).headers["location"])
    assert "code=" in parts.query
    assert not parts.fragment


async def test_fragment_carries_a_code_when_asked(world: World) -> None:
    """Multiple Response Types §2.1"""
    answer = await world.follow(await asked(world, response_mode="fragment"))
    parts = urlsplit(answer.headers["location"])
    assert "code=" in parts.fragment
    assert not parts.query


async def test_form_post_carries_a_code_in_a_form(world: World) -> None:
    """Form Post Response Mode §2, THREATS 21"""
    answer = await world.follow(await asked(world, response_mode="form_post"))
    sent = parameters_of(answer)
    assert answer.status_code == 200
    assert f'action="{CALLBACK}"' in answer.text
    assert sent["state"] == "af0ifjsldkj"
    assert sent["iss"] == ISSUER
    assert (await world.redeem(sent["code"])).status == 200


async def test_form_post_carries_errors_too(still_world: World) -> None:
    """Form Post Response Mode §2"""
    sent = parameters_of(await asked(still_world, response_mode="form_post", scope="no.such"))
    assert sent["error"] == "invalid_scope"
    assert sent["state"] == "af0ifjsldkj"


async def test_a_token_may_not_travel_in_the_query(world: World) -> None:
    """Multiple Response Types §5, THREATS 21"""
    await world.settings(grant_types_supported=["authorization_code", "implicit"])
    await world.add_client("old", response_types=["token"], grant_types=["implicit"])
    told = await asked(world, client_id="old", response_type="token", response_mode="query")
    assert error_of(told) == "invalid_request"
    assert not urlsplit(told.headers["location"]).query


@pytest.mark.parametrize("state", ["a&b=c", "ä€😀", "a b+c%20", "\"'<>", "a#b", "\r\nX-Evil: 1"])
async def test_state_comes_back_as_it_was_sent(still_world: World, state: str) -> None:
    """RFC 6749 §4.1.2, THREATS 21"""
    for mode in ("query", "fragment"):
        told = await asked(still_world, state=state, scope="no.such", response_mode=mode)
        assert answer_of(told)["state"] == state
        assert "x-evil" not in told.headers
