"""RFC 6749 §4.1, RFC 7636 and what a code is bound to."""

import asyncio

from support.world import CALLBACK, PKCE, Pkce, World, answer_of


async def test_a_code_buys_tokens_that_work(world: World) -> None:
    """RFC 6749 §4.1.4"""
    bought = await world.redeem(await world.authorize())
    assert bought.status == 200
    assert bought.body["token_type"] == "Bearer"
    assert bought.body["scope"] == "openid profile photos.read"
    assert await world.is_active(bought.access_token)
    assert (await world.userinfo(bought.access_token)).json()["name"] == "Jane Doe"


async def test_a_reused_code_revokes_what_it_bought(world: World) -> None:
    """RFC 6749 §4.1.2, THREATS 14"""
    code = await world.authorize()
    bought = await world.redeem(code)
    assert (await world.redeem(code)).error == "invalid_grant"
    assert not await world.is_active(bought.access_token)
    assert (await world.refresh(bought.refresh_token)).error == "invalid_grant"


async def test_of_fifty_parallel_redemptions_one_wins(world: World) -> None:
    """THREATS 14"""
    code = await world.authorize()
    answers = await asyncio.gather(*(world.redeem(code) for _ in range(50)))
    won = [one for one in answers if one.status == 200]
    assert len(won) == 1
    assert {one.error for one in answers if one.status != 200} == {"invalid_grant"}
    assert not await world.is_active(won[0].access_token)


async def test_a_wrong_verifier_spends_nothing(world: World) -> None:
    """RFC 7636 §4.6"""
    code = await world.authorize()
    assert (await world.redeem(code, Pkce())).error == "invalid_grant"
    assert (await world.redeem(code)).status == 200


async def test_a_missing_verifier_is_refused(world: World) -> None:
    """THREATS 13"""
    code = await world.authorize()
    missing = await world.redeem(code, changes={"code_verifier": None})
    assert missing.error == "invalid_grant"


async def test_a_verifier_without_challenge_is_refused(world: World) -> None:
    """THREATS 13"""
    await world.settings(require_pkce=False)
    asked = await world.ask()
    code = answer_of(await world.follow(asked))["code"]
    assert (await world.redeem(code)).error == "invalid_grant"


async def test_another_redirect_uri_is_refused(world: World) -> None:
    """RFC 6749 §4.1.3"""
    code = await world.authorize()
    other = await world.redeem(code, changes={"redirect_uri": CALLBACK + "/other"})
    assert other.error == "invalid_grant"
    assert (await world.redeem(code, changes={"redirect_uri": None})).error == "invalid_grant"
    assert (await world.redeem(code)).status == 200


async def test_another_client_cannot_use_a_code_and_does_not_spend_it(world: World) -> None:
    """THREATS 18"""
    await world.add_client("other")
    code = await world.authorize()
    assert (await world.redeem(code, client_id="other")).error == "invalid_grant"
    assert (await world.redeem(code)).status == 200


async def test_a_code_lives_sixty_seconds(world: World) -> None:
    """THREATS 14"""
    code = await world.authorize()
    world.clock.forward(61)
    assert (await world.redeem(code)).error == "invalid_grant"


async def test_a_foreign_tenants_code_is_no_code(world: World) -> None:
    """THREATS 39"""
    await world.add_tenant("music")
    await world.add_user(slug="music")
    await world.add_client(slug="music")
    code = await world.authorize()
    assert (await world.redeem(code, slug="music")).error == "invalid_grant"
    assert (await world.redeem(code, PKCE)).status == 200
