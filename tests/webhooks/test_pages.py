"""An administrator looks after webhooks on pages."""

import re
from collections.abc import AsyncIterator
from html import unescape
from uuid import UUID

import httpx
import pytest

from consentry.records.outbox import DONE
from support.world import World
from tenant_admin.office import Office, hidden_of, people
from webhooks.receiver import Receiver, deliveries, happen, receiving

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@pytest.fixture
async def office(world: World) -> Office:
    """An administrator who may call this machine."""
    await people(world)
    return await Office(world).sign_in()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def made(office: Office, url: str, **ticked: str) -> tuple[str, str]:
    """A new webhook: the address of its page, and the secret that page shows."""
    answer = await office.send("/admin/new-webhook", url=url, description="Shop", **ticked)
    assert answer.status_code == 303, answer.text
    page = await office.get(answer.headers["location"])
    return answer.headers["location"].partition("?")[0], secret_on(page)


def secret_on(page: httpx.Response) -> str:
    [secret] = _SECRET.findall(unescape(page.text))
    return str(secret)


async def test_a_webhook_is_made_and_its_secret_shown_once(
    office: Office, receiver: Receiver
) -> None:
    empty = await office.get("/admin/webhooks")
    assert "Nobody is told yet" in empty.text
    href, secret = await made(office, receiver.url, **{"event.scope.*": "on"})
    again = await office.get(href)
    assert "whsec_" not in again.text and "It was not called yet" in again.text
    office.world.forget()
    await happen(office.world)
    await office.world.work()
    (call,) = receiver.calls
    assert call.fits(secret)
    listed = await office.get("/admin/webhooks")
    assert href in listed.text and "scope.*" in listed.text
    shown = await office.get(href)
    assert "scope.create" in shown.text and "Delivered" in shown.text


async def test_a_webhook_is_changed(office: Office) -> None:
    href, _ = await made(office, "https://a.example/", **{"event.client.create": "on"})
    page = await office.get(f"{href}/edit")
    assert re.findall(r'name="(event\.[a-z.*]+)" value="on" checked', page.text) == [
        "event.client.create"
    ]
    refused = await office.send(f"{href}/edit", url="ftp://a.example/")
    assert refused.status_code == 400 and "Must be an https URL" in refused.text
    # A noun ticked whole has its own types in it.
    fields = {"event.user.*": "on", "event.user.create": "on", "event.key.rotate": "on"}
    await office.send(f"{href}/edit", url="https://b.example/", description="", **fields)
    (row,) = await office.world.store().webhooks.all()
    assert (row.url, row.description) == ("https://b.example/", "")
    assert row.events.split() == ["key.rotate", "user.*"]


async def test_a_webhook_is_switched_tried_and_its_calls_made_again(
    office: Office, receiver: Receiver
) -> None:
    href, _ = await made(office, receiver.url)
    (row,) = await office.world.store().webhooks.all()
    await office.send(href, act="test")
    await office.world.work()
    assert [call.event["type"] for call in receiver.calls] == ["webhook.test"]
    await office.send(href, act="test")
    await office.send(href, act="disable")
    await office.world.work()
    page = await office.get(href)
    assert "Dropped" in page.text and "It is not called" in page.text
    refused = await office.send(href, act="test")
    assert refused.status_code == 409 and "enable it first" in refused.text
    await office.send(href, act="enable")
    await office.send(href, act="replay", hours="24")
    await office.world.work()
    assert len(receiver.calls) == 2
    newest = (await deliveries(office.world, row.webhook_id))[0]
    call = f"{href}/deliveries/{newest.effect_id}"
    shown = await office.get(call)
    assert receiver.calls[1].id in shown.text and "webhook.test" in shown.text
    token = hidden_of(shown, call)
    answer = await office.browser.post(call, data=token)
    assert answer.headers["location"] == f"{href}?done=webhook-replay"
    again = await office.browser.post(call, data=token)
    assert again.status_code == 409 and "not over yet" in again.text
    await office.world.work()
    assert len(receiver.calls) == 3
    assert {one.state for one in await deliveries(office.world, row.webhook_id)} == {DONE}


async def test_calls_are_shown_page_by_page(office: Office) -> None:
    href, _ = await made(office, "https://a.example/")
    office.world.forget()
    for number in range(26):
        await happen(office.world, f"s{number}")
        office.world.clock.forward(1)
    first = await office.get(href)
    [onward] = re.findall(rf'href="({re.escape(href)}\?before=[^"]+)"', first.text)
    assert first.text.count("scope.create") == 25
    rest = await office.get(unescape(onward))
    assert rest.text.count("scope.create") == 1
    for nowhere in ("x", f"0001-01-01T00:00:00+14:00 {UUID(int=0)}"):
        assert (await office.get(href, before=nowhere)).text.count("scope.create") == 25


async def test_a_secret_is_rotated_and_a_webhook_removed(office: Office) -> None:
    href, secret = await made(office, "https://a.example/")
    refused = await office.send(f"{href}/rotate", overlap="5")
    assert refused.status_code == 400
    answer = await office.send(f"{href}/rotate", overlap="3600")
    page = await office.get(answer.headers["location"])
    assert secret_on(page) != secret
    answer = await office.send(f"{href}/delete")
    assert answer.headers["location"] == "/admin/webhooks?done=webhook-deleted"
    for path in ("", "/edit", "/rotate", "/delete"):
        assert (await office.get(href + path)).status_code == 404


async def test_an_address_that_is_none_is_not_found(office: Office) -> None:
    href, _ = await made(office, "https://a.example/")
    for path in ("/admin/webhooks/x", f"{href}/deliveries/x", f"{href}/deliveries/{'0' * 32}"):
        assert (await office.get(path)).status_code == 404, path
