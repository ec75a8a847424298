"""Values longer than what is stored of them: refused at the door, never a 500."""

import json
from typing import Any

import pytest

from support.world import PKCE, World, answer_of


@pytest.mark.parametrize("name", ["nonce", "login_hint", "acr_values", "ui_locales"])
async def test_a_long_parameter_is_answered_in_the_rfcs_form(world: World, name: str) -> None:
    """THREATS 56"""
    long: dict[str, Any] = {name: "x" * 3_000}
    asked = await world.ask(None, PKCE, **long)
    answer = answer_of(await world.follow(asked))
    assert "code" in answer or answer["error"] == "invalid_request"


async def test_a_long_username_is_simply_wrong(world: World) -> None:
    """THREATS 56"""
    answer = await world.sign_in(username="j" * 5_000)
    assert answer.status_code == 400


async def test_a_long_client_id_is_simply_unknown(world: World) -> None:
    """THREATS 56"""
    answer = await world.token({"grant_type": "client_credentials"}, client_id="c" * 5_000)
    assert answer.error == "invalid_client"


async def test_claims_that_grow_when_kept_are_refused_in_time(world: World) -> None:
    """THREATS 56"""
    asks = {f"c{number}": {"value": 1} for number in range(420)}
    claims = json.dumps({"userinfo": asks}, separators=(",", ":"))
    assert len(claims) < 8_192 < len(claims.replace('"value":1', '"values":[1]'))
    answer = answer_of(await world.ask(pkce=PKCE, claims=claims))
    assert answer["error"] == "invalid_request"
