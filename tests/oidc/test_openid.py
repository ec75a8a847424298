"""Authentication requests of OpenID Connect Core and the ID tokens they end in."""

import json
from typing import Any

import httpx
import pytest

from support.people import asked, bought, decide, error_of, id_claims, landed, page_of, step_of
from support.world import CALLBACK, World, answer_of, hidden


def claims(**places: Any) -> str:
    """A `claims` parameter."""
    return json.dumps(places)


async def id_token_of(world: World, **changes: Any) -> dict[str, Any]:
    """Checked claims of the ID token a request ends in."""
    answer = await bought(world, **changes)
    return await id_claims(
        world, answer["id_token"], access_token=answer["access_token"],
        nonce=changes.get("nonce", "n-0S6_WzA2Mj"), client_id=changes.get("client_id", "printer"),
    )  # fmt: skip


async def known(world: World, browser: httpx.AsyncClient | None = None) -> None:
    """Jane is signed in and has agreed to what `printer` asks by default."""
    await world.follow(await asked(world, browser), browser)


async def test_an_id_token_says_who_when_how_and_for_whom(world: World) -> None:
    """OIDC Core §2, §3.1.3.6, §3.1.3.7"""
    told = await id_token_of(world)
    now = int(world.clock().timestamp())
    assert told["aud"] == "printer"
    assert told["nonce"] == "n-0S6_WzA2Mj"
    assert now - 60 <= told["auth_time"] <= told["iat"] <= now
    assert told["exp"] == told["iat"] + 600
    assert told["amr"] == ["pwd"]
    assert told["acr"] == "1"
    assert "at_hash" in told
    assert "name" not in told


@pytest.mark.parametrize("alg", ["ES256", "PS256"])
async def test_a_client_chooses_the_algorithm_of_its_id_tokens(world: World, alg: str) -> None:
    """OIDC Registration §2 id_token_signed_response_alg"""
    await world.settings(signing_algs=["RS256", "ES256", "PS256"])
    await world.add_client("modern", id_token_signed_response_alg=alg)
    answer = await bought(world, client_id="modern")
    await id_claims(
        world, answer["id_token"], client_id="modern", access_token=answer["access_token"]
    )


async def test_without_a_nonce_there_is_none(world: World) -> None:
    """OIDC Core §3.1.2.1: optional in the code flow."""
    assert "nonce" not in await id_token_of(world, nonce=None)


async def test_openid_is_what_makes_an_id_token(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    assert "id_token" not in await bought(world, scope="photos.read")


async def test_none_shows_no_page_to_a_stranger(still_world: World) -> None:
    """OIDC Core §3.1.2.6 login_required"""
    assert error_of(await asked(still_world, prompt="none")) == "login_required"


async def test_none_answers_at_once_when_nothing_is_left_to_ask(each_world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(each_world)
    answer = await asked(each_world, prompt="none")
    assert (await each_world.redeem(answer_of(answer)["code"])).status == 200


async def test_none_needs_consent_remembered(world: World) -> None:
    """OIDC Core §3.1.2.6 consent_required"""
    await world.sign_in()
    assert error_of(await asked(world, prompt="none")) == "consent_required"


async def test_none_answers_for_a_first_party_client(world: World) -> None:
    await world.add_client("ours", skip_consent=True)
    await world.sign_in()
    assert "code" in answer_of(await asked(world, client_id="ours", prompt="none"))


async def test_none_with_too_old_a_login_shows_no_page(world: World) -> None:
    """OIDC Core §3.1.2.6"""
    await known(world)
    world.clock.forward(100)
    assert error_of(await asked(world, prompt="none", max_age=60)) == "login_required"


async def test_login_asks_again_once(world: World) -> None:
    """OIDC Core §3.1.2.1: and the new auth_time shows it."""
    await known(world)
    world.clock.forward(100)
    answer = await asked(world, prompt="login")
    assert step_of(answer) == "/login"
    code = answer_of(await world.follow(answer))["code"]
    token = (await world.redeem(code)).body["id_token"]
    assert (await id_claims(world, token))["auth_time"] >= int(world.clock().timestamp()) - 60


async def test_a_login_from_before_does_not_answer_prompt_login(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    answer = await asked(world, prompt="login")
    again = await world.browser.get(f"/oauth2/authorize?{answer.headers['location'][7:]}")
    assert step_of(again) == "/login"


async def test_consent_always_asks_and_asks_once(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    answer = await asked(world, prompt="consent")
    assert step_of(answer) == "/consent"
    assert "code" in answer_of(await world.follow(answer))


async def test_login_and_consent_may_be_asked_together(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    answer = await asked(world, prompt="login consent")
    assert step_of(answer) == "/login"
    page = await landed(world.browser, answer)
    signed = await world.browser.post(
        "/login",
        data={**hidden(page), "username": "jane", "password": "correct horse battery staple"},
    )
    assert "Allow" in (await landed(world.browser, signed)).text


async def test_select_account_asks_which_person_goes_on(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    answer = await asked(world, prompt="select_account")
    assert step_of(answer) == "/login/select"
    assert "code" in answer_of(await world.follow(answer))


async def test_select_account_lets_another_person_sign_in(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    john = await world.add_user("john")
    await known(world)
    page = await page_of(world, prompt="select_account")
    other = await world.browser.post("/login/select", data={**hidden(page), "decision": "switch"})
    assert step_of(other) == "/login"
    code = answer_of(await world.follow(other, username="john"))["code"]
    token = (await world.redeem(code)).body["id_token"]
    assert (await id_claims(world, token))["sub"] == str(john.user_id)


async def test_select_account_is_answered_by_signing_in(world: World) -> None:
    answer = await asked(world, prompt="select_account")
    assert step_of(answer) == "/login"
    assert "code" in answer_of(await world.follow(answer))


@pytest.mark.parametrize(("age", "step"), [(50, None), (150, "/login")])
async def test_max_age_bounds_the_age_of_a_login(world: World, age: int, step: str | None) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    world.clock.forward(age)
    answer = await asked(world, max_age=100)
    if step is None:
        assert "code" in answer_of(answer)
    else:
        assert step_of(answer) == step
        assert "code" in answer_of(await world.follow(answer))


async def test_max_age_zero_always_asks_and_then_is_content(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await known(world)
    answer = await asked(world, max_age=0)
    assert step_of(answer) == "/login"
    assert "code" in answer_of(await world.follow(answer))


async def test_a_client_may_register_its_max_age(world: World) -> None:
    """OIDC Registration §2 default_max_age; a request's own wins."""
    await world.add_client("bank", default_max_age=60)
    await world.follow(await asked(world, client_id="bank"))
    world.clock.forward(100)
    assert step_of(await asked(world, client_id="bank")) == "/login"
    assert "code" in answer_of(await asked(world, client_id="bank", max_age=1000))


async def test_a_wished_acr_is_no_condition(world: World) -> None:
    """OIDC Core §3.1.2.1 acr_values"""
    assert (await id_token_of(world, acr_values="urn:gold 1"))["acr"] == "1"


@pytest.mark.parametrize("values", [["urn:gold"], [["1"]], [{"a": 1}, None], [1]])
async def test_an_essential_acr_that_cannot_be_met_is_refused(
    still_world: World, values: list[Any]
) -> None:
    """OIDC Core §5.5.1.1, Unmet Authentication Requirements §2"""
    ask = claims(id_token={"acr": {"essential": True, "values": values}})
    told = await asked(still_world, claims=ask)
    assert error_of(told) == "unmet_authentication_requirements"


async def test_an_essential_acr_that_can_be_met_is_met(world: World) -> None:
    """OIDC Core §5.5.1.1"""
    ask = claims(id_token={"acr": {"essential": True, "values": ["urn:gold", "1"]}})
    assert (await id_token_of(world, claims=ask))["acr"] == "1"


async def test_login_hint_is_written_into_the_form(still_world: World) -> None:
    """OIDC Core §3.1.2.1"""
    page = await page_of(still_world, login_hint="jane@example.com")
    assert 'value="jane@example.com"' in page.text


async def test_the_hinted_person_goes_on_silently(world: World) -> None:
    """OIDC Core §3.1.2.1 id_token_hint, expired as it may be"""
    token = (await bought(world))["id_token"]
    world.clock.forward(3_600)
    answer = await asked(world, prompt="none", id_token_hint=token)
    assert "code" in answer_of(answer)


async def test_a_hint_at_another_person_is_login_required(world: World) -> None:
    """OIDC Core §3.1.2.1 id_token_hint, §3.1.2.6"""
    token = (await bought(world))["id_token"]
    await world.add_user("john")
    await world.sign_in(username="john")
    assert error_of(await asked(world, prompt="none", id_token_hint=token)) == "login_required"
    answer = await asked(world, id_token_hint=token)
    assert step_of(answer) == "/login"
    assert error_of(await world.follow(answer, username="john")) == "login_required"
    answer = await asked(world, id_token_hint=token)
    assert "code" in answer_of(await world.follow(answer, username="jane"))


async def test_a_hint_that_is_no_id_token_of_ours_is_refused_at_once(world: World) -> None:
    """OIDC Core §3.1.2.2, THREATS 31"""
    await world.settings(access_token_format="jwt")
    answer = await bought(world)
    await world.add_tenant("music")
    await world.add_user(slug="music")
    await world.add_client(slug="music")
    async with world.new_browser("music") as browser:
        told = await asked(world, browser, id_token_hint=answer["id_token"])
    assert error_of(told) == "invalid_request"
    for wrong in (answer["access_token"], answer["id_token"][:-4] + "AAAA", "x"):
        assert error_of(await asked(world, id_token_hint=wrong)) == "invalid_request"


async def test_a_sub_asked_for_is_the_only_one_answered(world: World) -> None:
    """OIDC Core §5.5.1"""
    jane = (await id_token_of(world))["sub"]
    for ask in ({"value": jane}, {"values": ["other", jane]}):
        wanted = claims(id_token={"sub": ask})
        assert "code" in answer_of(await asked(world, prompt="none", claims=wanted))
    other = claims(id_token={"sub": {"value": "other"}})
    assert error_of(await asked(world, prompt="none", claims=other)) == "login_required"
    assert error_of(await world.follow(await asked(world, claims=other))) == "login_required"


async def test_a_hint_and_a_sub_must_mean_the_same_person(world: World) -> None:
    """OIDC Core §3.1.2.1, §5.5.1"""
    answer = await bought(world)
    jane = (await id_claims(world, answer["id_token"]))["sub"]
    await world.add_user("john")
    await world.sign_in(username="john")
    ask = claims(id_token={"sub": {"values": [jane]}})
    told = await asked(world, prompt="none", claims=ask, id_token_hint=answer["id_token"])
    assert error_of(told) == "login_required"


async def test_claims_are_told_where_they_were_asked_for(world: World) -> None:
    """OIDC Core §5.5"""
    ask = claims(id_token={"email": None}, userinfo={"updated_at": {"essential": True}})
    answer = await bought(world, scope="openid", claims=ask)
    told = await id_claims(world, answer["id_token"])
    assert told["email"] == "jane@example.com"
    assert "updated_at" not in told
    info = (await world.userinfo(answer["access_token"])).json()
    assert "updated_at" in info
    assert "email" not in info


async def test_claims_are_not_told_unasked_of_the_person(world: World) -> None:
    """OIDC Core §3.1.2.4: a claim counts as the scope it belongs to."""
    await world.follow(await asked(world, scope="openid"))
    assert "code" in answer_of(await asked(world, scope="openid", prompt="none"))
    ask = claims(userinfo={"email": None})
    told = await asked(world, scope="openid", prompt="none", claims=ask)
    assert error_of(told) == "consent_required"
    page = await page_of(world, scope="openid", claims=ask)
    assert "See your e-mail address" in page.text
    await decide(world.browser, page)
    assert "code" in answer_of(await asked(world, scope="openid", prompt="none", claims=ask))


async def test_claims_cannot_replace_what_the_token_is_about(world: World) -> None:
    """OIDC Core §2"""
    ask = claims(id_token={"iss": {"value": "https://evil.example"}, "aud": None, "amr": None})
    assert (await id_token_of(world, claims=ask))["aud"] == "printer"


@pytest.mark.parametrize(
    "harmless",
    [{"display": "popup"}, {"ui_locales": "de-CH en xx!!"}, {"claims_locales": "de"}],
)
async def test_wishes_about_the_pages_are_taken(still_world: World, harmless: Any) -> None:
    """OIDC Core §3.1.2.1"""
    assert step_of(await asked(still_world, **harmless)) == "/login"


async def test_openid_needs_the_redirect_uri(still_world: World) -> None:
    """OIDC Core §3.1.2.1"""
    told = await asked(still_world, redirect_uri=None)
    assert told.headers["location"].startswith(CALLBACK)
    assert error_of(told) == "invalid_request"
