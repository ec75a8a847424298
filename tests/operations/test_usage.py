"""Use is counted for who asked, once, and told to who may know."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from consentry.operations.usage import p95_ms, use_of
from consentry.records.usage import ALL
from consentry.store.ports import Unavailable
from consentry.store.sql.store import SqlStore
from consentry.tenancy import usage as counting
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.usage import UsageCounters
from consentry_workers import usage as rolling
from consentry_workers.flushing import flush
from support.services import free_port
from support.world import World, running_world
from support.worlds import database

__all__ = ["database"]
DAY_S = 86_400


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    """A world on each database."""
    async with running_world(database) as made:
        yield made


async def stored(world: World, client_id: str = ALL, slug: str = "photos") -> dict[Any, int]:
    """Counts by what was asked and how it went."""
    await flush(world.deployment)
    now = world.clock()
    found: dict[Any, int] = {}
    far = now.replace(year=now.year - 2), now.replace(year=now.year + 2)
    for one in await world.store(slug).usage.read(client_id, *far):
        assert one.counts[0] == sum(one.counts[1:]), "each has one speed"
        found[one.what, one.outcome] = found.get((one.what, one.outcome), 0) + one.counts[0]
    return found


async def test_what_a_client_asks_is_counted_by_grant_type_endpoint_and_outcome(
    world: World,
) -> None:
    bought = await world.redeem(await world.authorize())
    await world.refresh(bought.refresh_token)
    await world.refresh("nonsense")
    await world.browser.get(
        "/oauth2/userinfo", headers={"Authorization": f"Bearer {bought.access_token}"}
    )
    found = await stored(world, "printer")
    assert found == {
        ("authorization", "ok"): 1,
        ("authorization_code", "ok"): 1,
        ("refresh_token", "ok"): 1,
        ("refresh_token", "invalid_grant"): 1,
        ("userinfo", "ok"): 1,
    }
    assert (await stored(world)).items() >= found.items()


async def test_made_up_names_make_no_rows_of_their_own(world: World) -> None:
    """THREATS 57"""
    form = {"grant_type": "client_credentials", "client_secret": "x"}
    for number in range(20):
        await world.browser.post("/oauth2/token", data={**form, "client_id": f"nobody-{number}"})
    await flush(world.deployment)
    assert await stored(world, "nobody-1") == {}
    assert await stored(world) == {("token", "invalid_client"): 20}


async def test_tenants_are_counted_apart(world: World) -> None:
    """THREATS 38"""
    await world.add_tenant("sounds")
    await world.add_client("printer", "sounds")
    await world.redeem(await world.authorize())
    assert await stored(world, "printer", "sounds") == {}


async def test_what_could_not_be_stored_waits(world: World) -> None:
    await world.redeem(await world.authorize())
    away = SqlStore(f"postgresql://nobody@127.0.0.1:{free_port()}/none", patience_s=1)
    with pytest.raises(Unavailable):
        await world.deployment.usage.flush(away)
    await away.close()
    await world.redeem(await world.authorize())
    assert (await stored(world, "printer"))["authorization_code", "ok"] == 2


async def test_beyond_what_is_kept_apart_the_sums_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_KEYS", 3)
    counters, tenant_id = UsageCounters(), world.tenants["photos"]
    for number in range(10):
        counters.count(tenant_id, 1, f"client-{number}", "userinfo", "ok", 0.001)
    await counters.flush(world.deployment.store)
    far = world.clock().replace(year=1969), world.clock()
    (row,) = await world.store().usage.read(ALL, *far)
    assert row.counts[:2] == (10, 10)
    kept = [await world.store().usage.read(f"client-{n}", *far) for n in range(10)]
    assert sum(map(bool, kept)) == 2


async def test_counts_are_summed_up_as_they_grow_old_and_die(world: World) -> None:
    await world.redeem(await world.authorize())
    before = await stored(world)
    world.clock.forward(4 * 3_600)
    assert (await world.run_job("usage")).detail["minutes"] > 0
    assert await stored(world) == before
    world.clock.forward(9 * DAY_S)
    assert (await world.run_job("usage")).detail["hours"] > 0
    assert await stored(world) == before
    world.clock.forward(401 * DAY_S)
    assert (await world.run_job("usage")).detail["days"] > 0
    assert await stored(world) == {}


async def test_a_job_that_does_not_keep_up_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.redeem(await world.authorize())
    await flush(world.deployment)
    world.clock.forward(4 * 3_600)
    monkeypatch.setattr(rolling, "BATCH", 1)
    monkeypatch.setattr(rolling, "LONGEST_S", -1)
    behind = await world.run_job("usage")
    assert (behind.detail["minutes"], behind.error) == (1, rolling.BEHIND)
    monkeypatch.undo()
    assert (await world.run_job("usage")).error == ""


async def inside(world: World, slug: str = "photos") -> TenantContext:
    """The tenant as the system sees it."""
    row = await world.deployment.store.tenants.by_slug(slug)
    assert row is not None
    return await open_tenant(world.deployment, row)


async def people(world: World, client_id: str | None = None, slug: str = "photos") -> list[int]:
    """How many were seen the day before yesterday, yesterday and today."""
    use = await use_of(await inside(world, slug), client_id, last=3)
    assert all(one.people is not None for one in use.stretches)
    return [one.people or 0 for one in use.stretches]


async def test_people_are_counted_once_a_day_by_tenant_and_by_client(world: World) -> None:
    """PAGES: users per day"""
    world.clock.forward((36 - world.clock().hour) % 24 * 3_600)
    await world.add_user("max")
    await world.add_client("viewer")
    await world.add_tenant("sounds")
    await world.add_client("printer", "sounds")
    for _ in range(2):
        await world.redeem(await world.authorize())
    await world.authorize(world.new_browser(), username="max")
    for _ in range(2):
        await world.run_job("people")
        assert await people(world) == [0, 0, 2]
        assert await people(world, "printer") == [0, 0, 1], "max never came for the tokens"
        assert await people(world, "viewer") == await people(world, slug="sounds") == [0, 0, 0]
    world.clock.forward(DAY_S)
    await world.redeem(await world.authorize())
    await world.run_job("people")
    assert await people(world) == [0, 2, 1]
    assert await people(world, "printer") == [0, 1, 1]


async def test_an_hour_has_no_people(world: World) -> None:
    await world.redeem(await world.authorize())
    await flush(world.deployment)
    await world.run_job("people")
    use = await use_of(await inside(world), by="hour")
    assert {one.people for one in use.stretches} == {None}
    assert sum(one.requests for one in use.stretches) == sum(n for _, n in use.asked)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], None),
        ([(0, 0, 0, 0, 0, 0, 0, 0, 0)], None),
        ([(100, 100, 0, 0, 0, 0, 0, 0, 0)], 4.8),
        ([(50, 50, 0, 0, 0, 0, 0, 0, 0), (50, 0, 50, 0, 0, 0, 0, 0, 0)], 9.5),
        ([(10, 0, 0, 0, 0, 0, 0, 0, 10)], 1_000.0),
    ],
)
def test_the_time_of_95_of_100_lies_in_their_class(
    counts: list[tuple[int, ...]], expected: float | None
) -> None:
    assert p95_ms(counts) == expected
