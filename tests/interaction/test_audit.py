"""What people do and what is tried on them, in the audit trail."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from consentry.operations.audit_chain import verify
from consentry.records.audit import AuditRow
from support.world import World, hidden

HERE = "203.0.113.9"


async def events(world: World, action: str) -> list[AuditRow]:
    """Events of a kind, oldest first, from a trail that is whole."""
    audit = world.store().audit
    await verify(audit)
    return [row for row in await audit.onward() if row.action == action]


async def told(world: World, action: str) -> list[tuple[str, dict[str, Any]]]:
    return [(row.actor_name, row.detail) for row in await events(world, action)]


async def test_a_sign_in_and_a_sign_out_are_on_record(world: World) -> None:
    await world.sign_in()
    page = await world.browser.get("/logout")
    await world.browser.post("/logout", data=hidden(page))
    [came], [went] = await events(world, "user.sign_in"), await events(world, "user.sign_out")
    assert (came.actor_kind, came.actor_name, came.address) == ("user", "jane", HERE)
    assert came.detail == {"amr": ["pwd"]}
    assert (came.target_kind, came.target_id) == ("user", came.actor_id)
    assert went.actor_id == came.actor_id
    assert len(came.request_id) == 32 and went.request_id != came.request_id


async def test_a_wrong_password_is_no_event(world: World) -> None:
    """What strangers can do without end must not fill the trail (THREATS 57)."""
    for _ in range(3):
        await world.sign_in(password="not hers at all")
    assert await world.store().audit.onward() == []


async def test_tries_that_are_held_back_are_one_event_for_each_account(
    world: World,
) -> None:
    """THREATS 49, 57"""
    async with world.new_browser() as stranger:
        for username in ("jane", "nobody"):
            statuses = [
                (await world.sign_in(stranger, username, "not hers at all")).status_code
                for _ in range(13)
            ]
            assert statuses[-2:] == [429, 429]
    jane, nobody = await events(world, "user.throttle")
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    assert (jane.target_id, nobody.target_id) == (str(user.user_id), "")
    assert {(row.actor_id, row.actor_name, row.address) for row in (jane, nobody)} == {
        ("", "", HERE)
    }
    world.clock.forward(1_200)
    async with world.new_browser() as stranger:
        for _ in range(12):
            await world.sign_in(stranger, "jane", "not hers at all")
    assert len(await events(world, "user.throttle")) == 3


async def test_a_consent_is_on_record_with_what_was_allowed(world: World) -> None:
    await world.authorize()
    [row] = await events(world, "consent.grant")
    assert (row.actor_name, row.target_kind, row.target_id) == ("jane", "client", "printer")
    assert row.detail["scope"] == "openid profile photos.read"
    assert row.detail["resources"] == [""]
    assert row.detail["user_id"] == row.actor_id


async def test_a_denied_consent_allows_nothing(world: World) -> None:
    asked = await world.ask(code_challenge="A" * 43, code_challenge_method="S256")
    await world.follow(asked, decision="deny")
    assert await events(world, "consent.grant") == []


async def test_what_is_on_record_is_no_code_and_no_token(world: World) -> None:
    """THREATS 54"""
    asked = await world.ask(code_challenge="A" * 43, code_challenge_method="S256")
    answer = await world.follow(asked)
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    cookies = [cookie.value for cookie in world.browser.cookies.jar]
    written = " ".join(row.model_dump_json() for row in await world.store().audit.onward())
    assert not any(value and value in written for value in (code, *cookies))
