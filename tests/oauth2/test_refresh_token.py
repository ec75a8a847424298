"""RFC 6749 §6, RFC 9700 §4.14 and how long a refresh token counts."""

import asyncio

from support.token_side import (
    another_process,
    bought,
    change_client,
    claims_of,
    client_token,
    disable_client,
    disable_user,
    restarted,
    sign_out,
)
from support.world import PASSWORD_HASH, SCOPE, World

API, OTHER_API = "https://api.photos.example", "https://print.photos.example"


async def test_each_use_gives_a_new_token(world: World) -> None:
    """RFC 6749 §6, RFC 9700 §4.14.2"""
    first = await bought(world)
    second = await world.refresh(first.refresh_token)
    assert second.status == 200
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert second.body["scope"] == first.body["scope"]
    assert await world.is_active(second.access_token)
    third = await world.refresh(second.refresh_token)
    assert third.refresh_token not in (first.refresh_token, second.refresh_token)


async def test_a_refreshed_id_token_keeps_who_and_when_and_has_no_nonce(
    shared_world: World,
) -> None:
    """OIDC Core §12.2"""
    first = await bought(shared_world)
    second = await shared_world.refresh(first.refresh_token)
    before, after = claims_of(first.body["id_token"]), claims_of(second.body["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert after[name] == before[name]
    assert before["nonce"] == "n-0S6_WzA2Mj"
    assert "nonce" not in after


async def test_within_grace_the_predecessor_gets_the_same_successor(world: World) -> None:
    """RFC 9700 §4.14.2, THREATS 15"""
    world.clock.hold()
    first = await bought(world)
    second = await world.refresh(first.refresh_token)
    world.clock.forward(9)
    again = await world.refresh(first.refresh_token)
    assert again.refresh_token == second.refresh_token
    assert await world.is_active(again.access_token)
    assert (await world.refresh(second.refresh_token)).status == 200


async def test_past_grace_the_predecessor_ends_the_authorization(world: World) -> None:
    """THREATS 15"""
    first = await bought(world)
    second = await world.refresh(first.refresh_token)
    world.clock.forward(10.1)
    assert (await world.refresh(first.refresh_token)).error == "invalid_grant"
    assert (await world.refresh(second.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(second.access_token)


async def test_an_older_token_ends_its_authorization_and_no_other(world: World) -> None:
    """THREATS 15"""
    first, untouched = await bought(world), await bought(world)
    second = await world.refresh(first.refresh_token)
    third = await world.refresh(second.refresh_token)
    assert (await world.refresh(first.refresh_token)).error == "invalid_grant"
    assert (await world.refresh(third.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(third.access_token)
    assert await world.is_active(untouched.access_token)
    assert (await world.refresh(untouched.refresh_token)).status == 200


async def test_without_grace_the_first_reuse_ends_it(sqlite_world: World) -> None:
    """THREATS 15"""
    await sqlite_world.settings(refresh_grace=0)
    first = await bought(sqlite_world)
    second = await sqlite_world.refresh(first.refresh_token)
    assert (await sqlite_world.refresh(first.refresh_token)).error == "invalid_grant"
    assert (await sqlite_world.refresh(second.refresh_token)).error == "invalid_grant"


async def test_fifty_at_once_within_grace_get_one_successor(world: World) -> None:
    """THREATS 15"""
    world.clock.hold()
    first = await bought(world)
    answers = await asyncio.gather(*(world.refresh(first.refresh_token) for _ in range(50)))
    assert {one.status for one in answers} == {200}
    (successor,) = {one.refresh_token for one in answers}
    assert (await world.refresh(successor)).status == 200


async def test_fifty_at_once_without_grace_have_one_winner_who_loses_it_all(world: World) -> None:
    """THREATS 15"""
    await world.settings(refresh_grace=0)
    first = await bought(world)
    answers = await asyncio.gather(*(world.refresh(first.refresh_token) for _ in range(50)))
    (won,) = (one for one in answers if one.status == 200)
    assert {one.error for one in answers if one is not won} == {"invalid_grant"}
    assert (await world.refresh(won.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(won.access_token)


async def test_two_processes_have_one_winner(world: World) -> None:
    """THREATS 15"""
    await world.settings(refresh_grace=0)
    first = await bought(world)
    async with another_process(world) as other:
        answers = await asyncio.gather(
            *(one.refresh(first.refresh_token) for one in (world, other) for _ in range(5))
        )
    assert [one.status for one in answers].count(200) == 1


async def test_another_client_cannot_use_it_and_spends_nothing(world: World) -> None:
    """RFC 6749 §6, THREATS 18"""
    await world.add_client("other")
    first = await bought(world)
    assert (await world.refresh(first.refresh_token, client_id="other")).error == "invalid_grant"
    narrowed = await world.refresh(
        first.refresh_token, client_id="other", changes={"scope": "openid"}
    )
    assert narrowed.error == "invalid_grant"
    world.clock.forward(20)
    assert (await world.refresh(first.refresh_token)).status == 200


async def test_a_narrower_scope_is_for_one_answer_only(shared_world: World) -> None:
    """RFC 6749 §6"""
    first = await bought(shared_world)
    narrowed = await shared_world.refresh(
        first.refresh_token, changes={"scope": "photos.read openid"}
    )
    assert narrowed.body["scope"].split() == ["photos.read", "openid"]
    seen = await shared_world.introspect(narrowed.access_token)
    assert seen["scope"].split() == ["photos.read", "openid"]
    whole = await shared_world.refresh(narrowed.refresh_token)
    assert whole.body["scope"] == SCOPE


async def test_a_wider_scope_is_refused_and_spends_nothing(sqlite_world: World) -> None:
    """RFC 6749 §6, THREATS 19"""
    first = await bought(sqlite_world, scope="openid")
    for scope in (SCOPE, "photos.read", "nobody.knows", "openid photos.print"):
        wider = await sqlite_world.refresh(first.refresh_token, changes={"scope": scope})
        assert (wider.status, wider.error) == (400, "invalid_scope"), scope
    sqlite_world.clock.forward(20)
    assert (await sqlite_world.refresh(first.refresh_token)).body["scope"] == "openid"


async def test_what_the_client_may_no_longer_have_is_not_refreshed(sqlite_world: World) -> None:
    """THREATS 19"""
    first = await bought(sqlite_world)
    await change_client(sqlite_world, "printer", scope="openid profile")
    second = await sqlite_world.refresh(first.refresh_token)
    assert second.body["scope"] == "openid profile"
    assert (await sqlite_world.introspect(second.access_token))["scope"] == "openid profile"


async def test_an_approved_resource_can_be_chosen_and_no_other(sqlite_world: World) -> None:
    """RFC 8707 §2.2"""
    for api in (API, OTHER_API):
        await sqlite_world.add_api(api)
    first = await bought(sqlite_world, scope="photos.read", resource=API)
    other = await sqlite_world.refresh(first.refresh_token, changes={"resource": OTHER_API})
    assert other.error == "invalid_target"
    sqlite_world.clock.forward(20)
    same = await sqlite_world.refresh(first.refresh_token, changes={"resource": API})
    assert (await sqlite_world.introspect(same.access_token))["aud"] == API


async def test_each_use_moves_its_end(world: World) -> None:
    """RFC 9700 §4.14.2: a token not used in time ends."""
    await world.settings(refresh_token_lifetime=3_600)
    await world.add_client("keeper", scope=f"{SCOPE} offline_access")
    scope = f"{SCOPE} offline_access"
    latest = await bought(world, client_id="keeper", scope=scope)
    for _ in range(2):
        world.clock.forward(3_000)
        latest = await world.refresh(latest.refresh_token, client_id="keeper")
        assert latest.status == 200
    world.clock.forward(3_601)
    assert (await world.refresh(latest.refresh_token, client_id="keeper")).error == "invalid_grant"


async def test_it_ends_with_the_login_unless_offline_access_was_approved(world: World) -> None:
    """OIDC Core §11"""
    await world.add_client("keeper", scope=f"{SCOPE} offline_access")
    bound = await bought(world)
    kept = await bought(world, client_id="keeper", scope=f"{SCOPE} offline_access")
    await sign_out(world.browser)
    assert (await world.refresh(bound.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(bound.access_token)
    assert (await world.refresh(kept.refresh_token, client_id="keeper")).status == 200


async def test_it_does_not_outlive_a_login_that_expires(world: World) -> None:
    """CONTRACT: without `offline_access` one ends with the login that made it."""
    await world.add_client("keeper", scope=f"{SCOPE} offline_access")
    bound = await bought(world)
    kept = await bought(world, client_id="keeper", scope=f"{SCOPE} offline_access")
    world.clock.forward(43_100)
    late = await world.refresh(bound.refresh_token)
    assert 0 < late.body["expires_in"] <= 100
    world.clock.forward(101)
    assert (await world.refresh(late.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(late.access_token)
    assert (await world.refresh(kept.refresh_token, client_id="keeper")).status == 200


async def test_a_disabled_user_cannot_refresh(world: World) -> None:
    """THREATS 16"""
    first = await bought(world)
    await disable_user(world)
    assert (await world.refresh(first.refresh_token)).error == "invalid_grant"
    assert not await world.is_active(first.access_token)


async def test_a_disabled_client_cannot_refresh(sqlite_world: World) -> None:
    """THREATS 16"""
    await sqlite_world.add_client("judge", may_introspect="all")
    first = await bought(sqlite_world)
    await disable_client(sqlite_world, "printer")
    refused = await sqlite_world.refresh(first.refresh_token)
    assert (refused.status, refused.error) == (401, "invalid_client")
    assert not await sqlite_world.is_active(first.access_token, client_id="judge")
    assert not await sqlite_world.is_active(first.refresh_token, client_id="judge")


async def test_a_new_password_ends_every_refresh_token(world: World) -> None:
    """THREATS 16"""
    await world.add_client("keeper", scope=f"{SCOPE} offline_access")
    first = await bought(world)
    kept = await bought(world, client_id="keeper", scope=f"{SCOPE} offline_access")
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    await world.store().users.set_password(user.user_id, PASSWORD_HASH, world.clock())
    assert (await world.refresh(first.refresh_token)).error == "invalid_grant"
    assert (await world.refresh(kept.refresh_token, client_id="keeper")).error == "invalid_grant"
    assert not await world.is_active(kept.access_token, client_id="keeper")


async def test_a_restart_neither_loses_nor_revives_one(world: World) -> None:
    """THREATS 15"""
    first = await bought(world)
    second = await world.refresh(first.refresh_token)
    third = await world.refresh(second.refresh_token)
    async with restarted(world) as later:
        fourth = await later.refresh(third.refresh_token)
        assert fourth.status == 200
        assert (await later.refresh(first.refresh_token)).error == "invalid_grant"
        assert (await later.refresh(fourth.refresh_token)).error == "invalid_grant"


async def test_only_a_client_with_the_grant_type_gets_and_uses_one(sqlite_world: World) -> None:
    """THREATS 20"""
    first = await bought(sqlite_world)
    await change_client(sqlite_world, "printer", grant_types=["authorization_code"])
    assert (await sqlite_world.refresh(first.refresh_token)).error == "unauthorized_client"
    assert "refresh_token" not in (await bought(sqlite_world)).body


async def test_a_policy_without_the_grant_type_refuses_it(sqlite_world: World) -> None:
    """THREATS 20"""
    first = await bought(sqlite_world)
    await sqlite_world.settings(grant_types_supported=["authorization_code"])
    assert (await sqlite_world.refresh(first.refresh_token)).error == "unsupported_grant_type"


async def test_nothing_else_is_a_refresh_token(shared_world: World) -> None:
    """THREATS 32"""
    first = await bought(shared_world)
    code = await shared_world.authorize()
    own = await client_token(shared_world)
    for text in (
        first.access_token,
        code,
        own.access_token,
        first.body["id_token"],
        "x",
        "cns_rt_",
    ):
        assert (await shared_world.refresh(text)).error == "invalid_grant", text
    assert (await shared_world.redeem(first.refresh_token)).error == "invalid_grant"
    assert (await shared_world.userinfo(first.refresh_token)).status_code == 401


async def test_it_must_be_there(shared_world: World) -> None:
    """RFC 6749 §5.2"""
    missing = await shared_world.token({"grant_type": "refresh_token"})
    assert (missing.status, missing.error) == (400, "invalid_request")
