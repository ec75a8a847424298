"""Nobody's letter box is filled through us."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from consentry.operations import account, invitations, user_changes, users
from consentry.operations.changing import changing
from consentry.operations.invitations import invite_user
from consentry.operations.mail import ask_for_proof, post
from consentry.records.outbox import DROPPED
from consentry.spec.errors import TooManyRequests
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.context import TenantContext
from mail.box import Box, fill
from mail.test_letters import forget
from support.api_world import ApiTenant
from support.world import World, running_world
from tenant_admin.office import context

ADA = Actor("user", "a" * 32, "ada", frozenset({"admin"}))
HOUR = 3_600
A_TENANT = 4


@pytest.fixture
async def world(sqlite_database: str, box: Box) -> AsyncIterator[World]:
    """A world where two links are much for one person, and four mails for a tenant."""
    given = {"mail_url": f"file:{box.folder}", "limit_mail": f"2/{HOUR}"}
    async with running_world(
        sqlite_database, limit_mail_tenant=f"{A_TENANT}/{HOUR}", **given
    ) as made:
        yield made


async def jane_of(world: World) -> UUID:
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    return jane.user_id


async def as_ada(world: World) -> TenantContext:
    return await context(world, actor=ADA)


async def test_one_address_is_invited_no_more_than_so_often(world: World, box: Box) -> None:
    """THREATS 49: also not by way of another person who is given the same address"""
    ada = await as_ada(world)
    for number in range(2):
        made = await invitations.create_invited(ada, f"max{number}", email="MAX@example.com")
        await users.delete_user(ada, made.username)
    with pytest.raises(TooManyRequests) as refused:
        await invitations.create_invited(ada, "max", email="max@example.com")
    assert 1 <= refused.value.retry_after <= HOUR // 2
    assert await world.store().users.by_identifier("max") is None, "nor made without the mail"
    await invite_user(ada, await jane_of(world))
    world.clock.forward(HOUR / 2 + 1)
    await invitations.create_invited(ada, "max", email="max@example.com")


async def test_a_tenant_has_only_so_many_people_written_to(world: World, box: Box) -> None:
    """THREATS 49: invitations, passwords set and addresses changed count together."""
    ada = await as_ada(world)
    people = [(await world.add_user(f"p{number}")) for number in range(4)]
    await invite_user(ada, people[0].user_id)
    await users.set_password(ada, "p1", "a password of hers")
    for number in (1, 2):
        email = {"email": f"new{number}@example.com"}
        await user_changes.update_user(ada, people[number].user_id, email)
    with pytest.raises(TooManyRequests):
        await invite_user(ada, people[3].user_id)
    with pytest.raises(TooManyRequests):
        await users.set_password(ada, "p3", "a password of hers")
    with pytest.raises(TooManyRequests):
        await user_changes.update_user(ada, people[3].user_id, {"email": "new3@example.com"})
    left = await world.store().users.get(people[3].user_id)
    assert left is not None
    assert (left.email, left.password_hash) == ("p3@example.com", people[3].password_hash)
    await user_changes.update_user(ada, people[3].user_id, {"claims": {"name": "P"}})
    await world.work()
    assert len(box.all()) == A_TENANT


async def test_an_address_that_was_changed_is_told_so_no_more_than_so_often(world: World) -> None:
    """THREATS 49: the address before is written to, whoever has it."""
    ada, jane = await as_ada(world), await jane_of(world)
    for number in range(2):
        for email in (f"new{number}@example.com", "jane@example.com"):
            # Time enough for the tenant, and not for one address.
            world.clock.forward(HOUR / 4 / A_TENANT)
            await user_changes.update_user(ada, jane, {"email": email})
    with pytest.raises(TooManyRequests):
        await user_changes.update_user(ada, jane, {"email": "new@example.com"})


async def test_what_is_not_counted(world: World) -> None:
    """The command line; anything without limits; and nothing where no mail is sent."""
    ada, jane = await as_ada(world), await jane_of(world)
    settings = world.deployment.settings.model_copy(update={"limits": "off"})
    unlimited = replace(ada, deployment=replace(ada.deployment, settings=settings))
    for ctx in (ada.acting(SYSTEM), unlimited):
        for _ in range(A_TENANT + 1):
            await invite_user(ctx, jane)
    silent = replace(ada, deployment=replace(ada.deployment, mailer=None))
    for number in range(A_TENANT + 1):
        await user_changes.update_user(silent, jane, {"email": f"{number}@example.com"})
    await invite_user(ada, jane)


async def test_who_asks_too_often_is_told_when_to_come_again(world: World) -> None:
    """RFC 6585 §4: on the page and in a problem document"""
    api = ApiTenant(world)
    await api.person("ada", roles="admin")
    admin, path = await api.admin(), f"/users/{await jane_of(world)}/invite"
    answers = [await admin.post(path) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= HOUR
    assert answers[2].json()["code"] == "temporarily_unavailable"
    page = await fill(admin.client, f"/admin/users/{await jane_of(world)}/invite")
    assert (page.status_code, "retry-after" in page.headers) == (429, True)
    assert "Too many mails were asked for. Try again in 30 min." in page.text
    path = f"/users/{await jane_of(world)}"
    patched = [
        (await admin.patch(path, {"email": f"new{number}@example.com"})).status_code
        for number in range(3)
    ]
    assert patched == [200, 200, 429], "by a change of what was there before, too"


async def test_two_names_of_one_account_get_no_more_links_than_one(world: World, box: Box) -> None:
    """THREATS 48, 49: and the page says nothing of it."""
    for who in ("jane", "jane@example.com", "jane", "jane@example.com"):
        await forget(world, who)
    assert len(box.all()) == 2


async def test_several_people_in_turn_cannot_have_one_address_written_to(
    world: World, box: Box
) -> None:
    """THREATS 49: each asks for proof of an address that is not theirs."""
    for number in range(3):
        person = await world.add_user(f"p{number}")
        person.email = "victim@example.com"
        await world.store().users.save(person)
        itself = await context(world, actor=Actor("user", str(person.user_id), "p"))
        await ask_for_proof(itself, person.user_id)
        await world.work()
        person.email = None
        await world.store().users.save(person)
    assert len(box.all()) == 2
    held = await world.store().outbox.page("mail", limit=1)
    assert (held[0].state, "too many" in held[0].outcome) == (DROPPED, True)


async def test_of_notices_the_first_of_each_sort_arrive(world: World, box: Box) -> None:
    """THREATS 49: what they tell of is done all the same."""
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    itself = await context(world, actor=Actor("user", str(jane.user_id), "jane"))
    async with changing(itself) as inner:
        for _ in range(9):
            await post(inner, "new_app", jane, client_id="printer")
    await account.change_password(itself, jane.user_id, "a password of mine")
    await world.work()
    subjects = [mail["Subject"] for mail in box.all()]
    assert subjects.count("An app was connected to your account") == 8
    assert subjects.count("Your password was changed") == 1


async def test_a_mail_that_is_sent_again_is_not_counted_again(world: World, box: Box) -> None:
    box.folder.write_text("a file stands where the folder should be")
    await forget(world)
    await forget(world)
    box.folder.unlink()
    world.clock.forward(10)
    await world.work()
    assert len(box.all()) == 2


async def test_an_address_that_was_taken_away_is_told_so(world: World, box: Box) -> None:
    await user_changes.update_user(await as_ada(world), await jane_of(world), {"email": None})
    await world.work()
    assert box.only()["To"] == "jane@example.com"
