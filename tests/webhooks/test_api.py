"""Webhooks by the API: made, changed, tried, replayed; the secret in one answer alone."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from consentry.operations.audit import described, each_event
from consentry.operations.webhooks import MAX_WEBHOOKS
from support.api_world import ApiTenant
from support.world import World
from webhooks.receiver import happen, receiving

HOOK = "https://hooks.photos.example/in?key=k1"


@pytest.fixture
async def office(world: World) -> ApiTenant:
    """The tenant with an administrator, who may call this machine."""
    made = ApiTenant(world)
    await made.fill()
    return made


async def test_a_webhook_is_made_changed_and_taken_back(api: ApiTenant) -> None:
    admin = await api.admin()
    made = await admin.post("/webhooks", {"url": HOOK, "events": ["client.*", "user.delete"]})
    assert made.status_code == 201, made.text
    body = made.json()
    secret, path = body.pop("secret"), f"/webhooks/{body['webhook_id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert (await admin.get(path)).json() == body
    assert (await admin.get("/webhooks")).json()["items"] == [body]
    changed = await admin.patch(path, {"events": None, "description": "Print shop"})
    assert changed.json()["events"] == [] and changed.json()["description"] == "Print shop"
    off = await admin.patch(path, {"disabled": True})
    assert off.json()["disabled_at"] and "disabled_reason" not in off.json()
    assert (await admin.post(f"{path}/test")).status_code == 409
    assert "disabled_at" not in (await admin.patch(path, {"disabled": False})).json()
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404
    trail = [described(one) async for one in each_event(api.world.store().audit)]
    verbs = [one["action"] for one in trail if one["target_id"] == body["webhook_id"]]
    assert verbs == [
        f"webhook.{verb}" for verb in ("create", "update", "disable", "enable", "delete")
    ]
    # What is in the trail stays: neither the secret nor what may be one in the address.
    assert secret not in str(trail) and "k1" not in str(trail)


async def test_the_secret_is_in_the_answers_that_make_it_and_in_no_other(
    office: ApiTenant,
) -> None:
    admin = await office.admin()
    async with receiving("500 Error") as receiver:
        made = (await admin.post("/webhooks", {"url": receiver.url})).json()
        path = f"/webhooks/{made['webhook_id']}"
        await happen(office.world)
        with capture_logs() as lines:
            await office.world.work()
        rotated = (await admin.post(f"{path}/rotate-secret", {})).json()
        seen = [
            (await admin.get(one)).text
            for one in ("/webhooks", path, f"{path}/deliveries", "/audit")
        ]
        row = await office.world.store().webhooks.get(UUID(made["webhook_id"]))
    printed = str(lines)
    assert "500 Internal Server Error" in printed and "k1" not in printed
    assert row is not None
    for secret in (made["secret"], rotated["secret"]):
        bare = secret.removeprefix("whsec_")
        assert bare not in "".join(seen) + printed
        assert b64decode(bare) not in row.sealed


async def test_both_secrets_sign_until_the_overlap_is_over(office: ApiTenant) -> None:
    admin, world = await office.admin(), office.world
    async with receiving() as receiver:
        made = (await admin.post("/webhooks", {"url": receiver.url})).json()
        path = f"/webhooks/{made['webhook_id']}"
        new = (await admin.post(f"{path}/rotate-secret", {"overlap": 60})).json()["secret"]
        assert (await admin.get(path)).json()["former_secret_until"]
        await admin.post(f"{path}/test")
        await world.work()
        world.clock.forward(61)
        await admin.post(f"{path}/test")
        await world.work()
        assert "former_secret_until" not in (await admin.get(path)).json()
        newest = (await admin.post(f"{path}/rotate-secret", {"overlap": 0})).json()["secret"]
        await admin.post(f"{path}/test")
        await world.work()
    both, one, at_once = receiver.calls
    assert both.fits(made["secret"]) and both.fits(new)
    assert both.headers["webhook-signature"].count("v1,") == 2
    assert one.fits(new) and not one.fits(made["secret"])
    assert at_once.fits(newest) and not at_once.fits(new)
    assert both.event["type"] == "webhook.test"
    assert both.event["data"] == {"webhook_id": made["webhook_id"]}


async def test_calls_are_listed_shown_and_made_again(office: ApiTenant) -> None:
    admin, world = await office.admin(), office.world
    async with receiving("410 Gone", "200 OK") as receiver:
        made = (await admin.post("/webhooks", {"url": receiver.url})).json()
        path = f"/webhooks/{made['webhook_id']}"
        for name in ("a", "b", "c"):
            await happen(world, name)
        await world.work()
        first = (await admin.get(f"{path}/deliveries?limit=2")).json()
        rest = (await admin.get(f"{path}/deliveries?limit=2&after={first['next']}")).json()
        found = [*first["items"], *rest["items"]]
        assert "next" not in rest and len({one["delivery_id"] for one in found}) == 3
        assert {one["state"] for one in found} == {"dead", "dropped"}
        dead = next(one for one in found if one["state"] == "dead")
        assert dead["outcome"] == "410 Gone" and dead["message_id"] == receiver.calls[0].id
        whole = (await admin.get(f"{path}/deliveries/{dead['delivery_id']}")).json()
        assert whole["body"] == receiver.calls[0].event
        again = f"{path}/deliveries/{dead['delivery_id']}/replay"
        assert (await admin.post(again)).status_code == 409
        await admin.patch(path, {"disabled": False})
        assert (await admin.post(again)).json() == {"replayed": 1}
        assert (await admin.post(again)).status_code == 409
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        assert (await admin.post(f"{path}/replay", {"since": since})).json() == {"replayed": 2}
        await world.work()
        assert len(receiver.calls) == 4
        listed = (await admin.get(f"{path}/deliveries")).json()["items"]
        assert {one["state"] for one in listed} == {"done"}


async def test_another_webhooks_call_is_none_of_this_one(office: ApiTenant) -> None:
    admin, world = await office.admin(), office.world
    async with receiving() as receiver:
        one, two = [
            (await admin.post("/webhooks", {"url": receiver.url})).json()["webhook_id"]
            for _ in range(2)
        ]
        begun = (await admin.post(f"/webhooks/{one}/test")).json()["delivery_id"]
        await world.work()
    assert (await admin.get(f"/webhooks/{one}/deliveries/{begun}")).status_code == 200
    for path in (f"{two}/deliveries/{begun}", f"{one}/deliveries/{uuid4()}", f"{one}/deliveries/x"):
        assert (await admin.get(f"/webhooks/{path}")).status_code == 404, path
    assert (await admin.post(f"/webhooks/{two}/deliveries/{begun}/replay")).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.photos.example/", "http://127.0.0.1/", "ftp://hooks.photos.example/",
        "https://a:b@hooks.photos.example/", "https://hooks.photos.example/#part", "https:///in",
        "https:in", "//hooks.photos.example/", "hooks", "https://hooks.photos.example/\x00",
        "https://hooks.photos.example/a b", "javascript:alert(1)", "https://a/" + "x" * 2_000,
    ],
)  # fmt: skip
async def test_an_address_that_must_not_be_called_is_refused(api: ApiTenant, url: str) -> None:
    """THREATS 55"""
    refused = await (await api.admin()).post("/webhooks", {"url": url})
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["path"] == "url"


async def test_plain_http_is_for_loopback_in_development(office: ApiTenant) -> None:
    admin = await office.admin()
    assert (await admin.post("/webhooks", {"url": "http://127.0.0.1:1/"})).status_code == 201
    refused = await admin.post("/webhooks", {"url": "http://hooks.photos.example/"})
    assert refused.status_code == 422


@pytest.mark.parametrize("events", [["client"], ["clients.*"], ["*"], ["webhook.create"], ["a b"]])
async def test_an_event_there_is_not_is_refused(api: ApiTenant, events: list[str]) -> None:
    refused = await (await api.admin()).post("/webhooks", {"url": HOOK, "events": events})
    assert refused.json()["errors"][0]["path"] == "events[0]", refused.text


async def test_there_are_at_most_twenty(office: ApiTenant) -> None:
    admin = await office.admin()
    for _ in range(MAX_WEBHOOKS):
        made = await admin.post("/webhooks", {"url": HOOK})
        assert made.status_code == 201
    assert (await admin.post("/webhooks", {"url": HOOK})).status_code == 409


async def test_the_webhooks_of_another_tenant_are_none(office: ApiTenant) -> None:
    world = office.world
    made = (await (await office.admin()).post("/webhooks", {"url": HOOK})).json()
    await world.add_tenant("letters")
    await world.add_client(
        "robot", "letters", scope="consentry:webhooks", grant_types=["client_credentials"],
        redirect_uris=[], response_types=[],
    )  # fmt: skip
    bought = await world.token(
        {"grant_type": "client_credentials", "scope": "consentry:webhooks"},
        client_id="robot", slug="letters",
    )  # fmt: skip
    theirs = office.bearer(bought.access_token)
    theirs.client = world.new_browser("letters")
    assert (await theirs.get("/webhooks")).json()["items"] == []
    path = f"/webhooks/{made['webhook_id']}"
    assert (await theirs.get(path)).status_code == 404
    assert (await theirs.delete(path)).status_code == 404
    assert (await theirs.post(f"{path}/rotate-secret", {})).status_code == 404
