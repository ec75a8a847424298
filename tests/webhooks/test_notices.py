"""Administrators are written to when a webhook is switched off for them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from consentry.operations import webhooks
from consentry_workers.effects.webhook import WAITS
from mail.box import Box, html_of, link_of, text_of
from support.world import World, running_world
from webhooks.receiver import as_admin, happen, receiving, subscribe


@pytest.fixture
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    return Box(tmp_path_factory.mktemp("box") / "mail")


@pytest.fixture
async def world(sqlite_database: str, box: Box) -> AsyncIterator[World]:
    """A world that writes mail, with people of every sort in it."""
    given = {"mail_url": f"file:{box.folder}", "fetch_private_addresses": True}
    async with running_world(sqlite_database, **given) as made:
        await made.add_user("ada", roles="admin")
        await made.add_user("bea", roles="admin developer")
        await made.add_user("dev", roles="developer")
        asleep = await made.add_user("max", roles="admin")
        asleep.disabled_at = datetime(2026, 1, 1, tzinfo=UTC)
        await made.store().users.save(asleep)
        yield made


async def test_administrators_are_told_once_of_a_receiver_that_is_gone(
    world: World, box: Box
) -> None:
    async with receiving("410 Gone") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        for name in ("a", "b"):
            await happen(world, name)
        await world.work()
        await world.work()
    mails = box.all()
    assert sorted(mail["To"] for mail in mails) == ["ada@example.com", "bea@example.com"]
    mail = mails[0]
    assert mail["Subject"] == "A webhook was switched off"
    assert link_of(mail) == f"http://photos.localhost:8000/admin/webhooks/{webhook_id}"
    for text in (text_of(mail), html_of(mail)):
        assert "410 Gone" in text and "127.0.0.1" in text
        assert "key=k1" not in text, "an address may hold a key"


async def test_administrators_are_told_when_nothing_was_delivered_for_days(
    world: World, box: Box
) -> None:
    async with receiving("500 Error") as receiver:
        await subscribe(world, receiver.url)
        for number in range(4):
            await happen(world, f"s{number}")
        for wait in (0, *WAITS):
            assert box.all() == []
            world.clock.forward(wait * 1.15)
            await world.work()
        await world.work()
    mails = box.all()
    assert sorted(mail["To"] for mail in mails) == ["ada@example.com", "bea@example.com"]
    assert "nothing could be delivered for days" in text_of(mails[0])


async def test_they_are_told_again_when_it_was_switched_on_and_off_again(
    world: World, box: Box
) -> None:
    async with receiving("410 Gone") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        for name in ("a", "b"):
            await webhooks.enable_webhook(await as_admin(world), webhook_id)
            await happen(world, name)
            await world.work()
            await world.work()
    assert len(box.all()) == 4


async def test_who_switches_a_webhook_off_needs_no_mail_about_it(world: World, box: Box) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await webhooks.disable_webhook(await as_admin(world), webhook_id)
        await world.work()
    assert box.all() == []
