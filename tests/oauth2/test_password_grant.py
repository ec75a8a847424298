"""RFC 6749 §4.3: for old clients, where tenant policy and the client both say so."""

import asyncio
from typing import Any

import pytest

from support.token_side import FORM, basic, disable_user, send
from support.world import PASSWORD, SECRET, Tokens, World, running_world

GRANTS = ["authorization_code", "refresh_token", "password"]


async def allow(world: World, *, policy: bool = True, client: bool = True) -> None:
    if policy:
        await world.settings(grant_types_supported=GRANTS)
    await world.add_client("old", grant_types=GRANTS if client else GRANTS[:2])


async def ask(world: World, client_id: str = "old", **changes: Any) -> Tokens:
    data = {"grant_type": "password", "username": "jane", "password": PASSWORD, **changes}
    sent = {name: value for name, value in data.items() if value is not None}
    return await world.token(sent, client_id=client_id)


@pytest.mark.parametrize(
    ("policy", "client", "error"),
    [
        (False, False, "unsupported_grant_type"),
        (False, True, "unsupported_grant_type"),
        (True, False, "unauthorized_client"),
    ],
)
async def test_both_tenant_and_client_must_allow_it(
    sqlite_world: World, policy: bool, client: bool, error: str
) -> None:
    """RFC 9700 §2.4, THREATS 20"""
    await allow(sqlite_world, policy=policy, client=client)
    answer = await ask(sqlite_world)
    assert (answer.status, answer.error) == (400, error)


async def test_it_is_in_no_default(shared_world: World) -> None:
    """THREATS 20"""
    async with shared_world.new_browser() as client:
        seen = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert "password" not in seen["grant_types_supported"]
    assert (await ask(shared_world, "printer")).error == "unsupported_grant_type"


async def test_where_both_allow_it_a_password_buys_tokens(world: World) -> None:
    """RFC 6749 §4.3.3"""
    await allow(world)
    tokens = await ask(world, scope="openid photos.read")
    assert tokens.status == 200
    assert tokens.body["scope"] == "openid photos.read"
    assert (await world.userinfo(tokens.access_token)).status_code == 200
    assert "id_token" in tokens.body
    again = await world.refresh(tokens.refresh_token, client_id="old")
    assert again.status == 200
    await world.revoke(again.refresh_token, client_id="old")
    assert not await world.is_active(tokens.access_token, client_id="old")


async def test_a_password_that_is_changed_while_it_is_checked_buys_nothing(world: World) -> None:
    """THREATS 16: nothing that it bought lives behind the change."""
    await allow(world)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    async with world.deployment.store.begin() as store:
        users = store.inside(world.tenants["photos"]).users
        await users.set_password(jane.user_id, "x", world.clock())
        asking = asyncio.create_task(ask(world))
        done, _ = await asyncio.wait([asking], timeout=0.4)
        assert not done
    answer = await asking
    assert (answer.status, answer.error) == (400, "invalid_grant")


async def test_unknown_user_and_wrong_password_are_told_the_same(world: World) -> None:
    """THREATS 48"""
    await allow(world)
    await world.add_user("joe")
    await disable_user(world, "joe")
    answers = [
        await ask(world, username=name, password=word)
        for name, word in (("jane", "wrong"), ("nobody", PASSWORD), ("joe", PASSWORD))
    ]
    assert {(one.status, one.error) for one in answers} == {(400, "invalid_grant")}
    assert len({str(one.body) for one in answers}) == 1


@pytest.mark.parametrize("missing", ["username", "password"])
async def test_both_words_are_needed(sqlite_world: World, missing: str) -> None:
    """RFC 6749 §4.3.2"""
    await allow(sqlite_world)
    left_out: dict[str, Any] = {missing: None}
    assert (await ask(sqlite_world, **left_out)).error == "invalid_request"


async def test_the_scope_stays_within_the_client(sqlite_world: World) -> None:
    """THREATS 19"""
    await allow(sqlite_world)
    assert (await ask(sqlite_world, scope="photos.print")).error == "invalid_scope"
    assert (await ask(sqlite_world)).body["scope"] == "photos.read"


async def test_a_resource_named_many_times_is_one(world: World) -> None:
    """RFC 8707 §2"""
    await allow(world)
    api = "https://api.photos.example/" + "long/" * 20
    await world.add_api(api)
    tokens = await ask(world, resource=[api] * 60)
    assert (await world.introspect(tokens.access_token, client_id="old"))["aud"] == api
    other = await ask(world, resource="https://other.example")
    assert other.error == "invalid_target"


async def test_guessing_is_slowed_by_account(sqlite_database: str) -> None:
    """THREATS 49"""
    async with running_world(sqlite_database, limit_sign_in_account="2/3600") as world:
        await allow(world)
        for _ in range(2):
            assert (await ask(world, password="wrong")).status == 400
        slowed = await world.post(
            "/oauth2/token",
            {"grant_type": "password", "username": "JANE", "password": PASSWORD},
            client_id="old",
        )
        assert slowed.status_code == 429
        assert 0 < int(slowed.headers["retry-after"]) <= 3_600
        world.clock.forward(3_601)
        assert (await ask(world)).status == 200


async def test_guessing_by_a_public_client_is_slowed_by_address(sqlite_database: str) -> None:
    """THREATS 49: a confidential client's address is its server's, which many people share."""
    async with running_world(sqlite_database, limit_sign_in_address="2/3600") as world:
        await allow(world)
        await world.add_client(
            "app", grant_types=GRANTS, token_endpoint_auth_method="none", secret=None
        )

        async def guess(name: str, address: str, client_id: str = "app") -> int:
            form = f"grant_type=password&username={name}&password=wrong"
            headers = [FORM]
            if client_id == "app":
                form += "&client_id=app"
            else:
                headers.append(basic(client_id, SECRET))
            answer = await send(world, "/oauth2/token", form, address=address, headers=headers)
            return answer.status_code

        seen = [await guess(name, "198.51.100.7") for name in ("a", "b", "c")]
        assert seen == [400, 400, 429]
        assert await guess("d", "198.51.100.8") == 400
        assert [await guess(name, "192.0.2.1", "old") for name in ("e", "f", "g")] == [400] * 3
