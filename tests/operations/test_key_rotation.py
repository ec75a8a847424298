"""Signing keys are followed by new ones in time, and nothing they signed is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from consentry import metrics
from consentry.oauth2.endpoints.jwks import CACHE_S
from consentry.operations.key_rotation import (
    AHEAD_S,
    DEFAULT_LIFETIME,
    LONGEST_TOKEN,
    SPREAD,
    overdue,
    rotates_at,
)
from consentry.operations.keys import rotate_key
from consentry.records.key import SigningKey
from consentry.store.key_ages import AgedKey
from consentry.tenancy.context import open_tenant
from consentry_workers.watching import watch
from support.token_side import client_token
from support.world import World, running_world
from support.worlds import database

__all__ = ["database"]
NOW = datetime(2026, 5, 4, tzinfo=UTC)
DAY_S = 86_400
PHASES = 3


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    """A world on each database."""
    async with running_world(database) as made:
        yield made


async def keys(world: World, slug: str = "photos", alg: str = "RS256") -> list[SigningKey]:
    """Newest first."""
    return [row for row in await world.store(slug).keys.signing_keys() if row.alg == alg]


async def published(world: World, slug: str = "photos") -> list[str]:
    """Names of the keys in the JWK Set."""
    answer = await world.new_browser(slug).get("/oauth2/jwks")
    return [one["kid"] for one in answer.json()["keys"]]


def aged(kid: str, lifetime: int | None = None) -> AgedKey:
    return AgedKey(UUID(int=1), kid, "RS256", NOW, lifetime)


def test_a_new_key_is_published_for_longer_than_anybody_keeps_the_old_set() -> None:
    """RFC 7517 §5; OIDC Core §10.1.1. THREATS 53"""
    assert AHEAD_S >= 2 * CACHE_S


def test_keys_of_one_day_are_followed_at_different_times_and_none_too_late() -> None:
    times = [rotates_at(aged(str(n))) for n in range(1_000)]
    first = NOW + timedelta(seconds=DEFAULT_LIFETIME * (1 - SPREAD) - AHEAD_S)
    last = NOW + timedelta(seconds=DEFAULT_LIFETIME - AHEAD_S)
    assert first <= min(times) and max(times) <= last
    assert len({at.date() for at in times}) >= 9, "spread over the days there are"
    assert rotates_at(aged("a")) == rotates_at(aged("a"))


def test_a_tenants_own_lifetime_counts_and_none_is_never() -> None:
    assert rotates_at(aged("a", 10 * DAY_S)) < NOW + timedelta(days=10)
    assert rotates_at(aged("a", 0)).year == 9999


async def test_a_key_is_followed_when_its_time_has_come_and_not_before(world: World) -> None:
    await published(world)
    before = await keys(world)
    world.clock.forward(DEFAULT_LIFETIME * (1 - SPREAD) - AHEAD_S - DAY_S)
    assert (await world.run_job("keys")).detail["rotated"] == 0
    world.clock.forward(DEFAULT_LIFETIME * SPREAD + DAY_S)
    ran = await world.run_job("keys")
    assert (ran.error, ran.detail["rotated"]) == ("", 2)
    world.forget()
    new, old = await keys(world)
    assert old.kid == before[0].kid
    assert new.active_at == old.retiring_at
    assert {new.kid, old.kid} <= set(await published(world))
    assert (await world.run_job("keys")).detail["rotated"] == 0, "it was followed already"


async def test_the_change_and_who_made_it_are_in_the_trail(world: World) -> None:
    await published(world)
    world.clock.forward(DEFAULT_LIFETIME)
    await world.run_job("keys")
    events = [row for row in await world.store().audit.page(limit=9) if row.action == "key.rotate"]
    assert {row.actor_kind for row in events} == {"system"}


async def test_a_key_that_is_over_is_forgotten_but_for_its_public_half(world: World) -> None:
    await published(world)
    world.clock.forward(DEFAULT_LIFETIME)
    await world.run_job("keys")
    old = (await keys(world))[1]
    world.clock.forward(AHEAD_S + LONGEST_TOKEN.total_seconds() - 60)
    assert (await world.run_job("keys")).detail["retired"] == 0
    world.clock.forward(120)
    assert (await world.run_job("keys")).detail["retired"] == 2
    world.forget()
    new, gone = await keys(world)
    assert (gone.kid, gone.sealed) == (old.kid, b"")
    assert gone.public_jwk == old.public_jwk
    assert new.sealed
    assert gone.kid not in await published(world)


async def test_an_id_token_of_a_forgotten_key_is_still_a_good_hint(world: World) -> None:
    """OIDC RP-Initiated Logout §2: the provider accepts one it issued though it has expired."""
    bought = await world.redeem(await world.authorize())
    world.clock.forward(DEFAULT_LIFETIME)
    await world.run_job("keys")
    world.clock.forward(AHEAD_S + LONGEST_TOKEN.total_seconds() + 60)
    await world.run_job("keys")
    world.forget()
    asked = {"id_token_hint": bought.body["id_token"]}
    assert (await world.new_browser().get("/oauth2/logout", params=asked)).status_code in (200, 303)


class Verifier:
    """An API that keeps the JWK Set for as long as it may, and never asks before."""

    def __init__(self, world: World) -> None:
        self._world, self._browser = world, world.new_browser()
        self._keys, self._until = KeySet([]), world.clock()

    async def verify(self, token: str) -> str:
        """The `kid` of a good token. Raises for one whose key is not in what was kept."""
        if self._until <= self._world.clock():
            answer = await self._browser.get("/oauth2/jwks")
            assert f"max-age={CACHE_S}" in answer.headers["cache-control"]
            self._keys = KeySet.import_key_set(answer.json())
            self._until = self._world.clock() + timedelta(seconds=CACHE_S)
        return str(jwt.decode(token, self._keys).header["kid"])


async def test_no_verifier_that_keeps_the_set_ever_meets_a_key_it_does_not_know(
    sqlite_database: str,
) -> None:
    """THREATS 53; RFC 9111 §4.2: whenever it fetched, through all of a scheduled rotation"""
    async with running_world(sqlite_database) as world:
        await world.settings(access_token_format="jwt")
        await client_token(world)
        first = (await keys(world))[0]
        due = rotates_at(
            AgedKey(world.tenants["photos"], first.kid, "RS256", first.active_at, None)
        )
        world.clock.forward((due - world.clock()).total_seconds() - CACHE_S)
        verifiers, tokens, met = [Verifier(world) for _ in range(PHASES)], list[str](), set[str]()
        for number in range((AHEAD_S + 3 * CACHE_S) * PHASES // CACHE_S):
            tokens = [*tokens, (await client_token(world)).access_token][-2 * PHASES :]
            # Each fetches at a time of its own, and looks at all tokens that have not expired.
            for verifier in verifiers[: number + 1]:
                met |= {await verifier.verify(token) for token in tokens}
            world.clock.forward(CACHE_S / PHASES)
            await world.run_job("keys")
            world.forget()
        assert met == {row.kid for row in await keys(world)} and len(met) == 2


async def test_tenants_keep_their_own_time(world: World) -> None:
    await world.add_tenant("sounds", signing_key_lifetime=10 * DAY_S)
    await world.add_tenant("never", signing_key_lifetime=0)
    for slug in ("photos", "sounds", "never"):
        await published(world, slug)
    world.clock.forward(10 * DAY_S)
    await world.run_job("keys")
    assert [len(await keys(world, slug)) for slug in ("photos", "sounds", "never")] == [1, 2, 1]
    world.clock.forward(10 * DEFAULT_LIFETIME)
    await world.run_job("keys")
    assert len(await keys(world, "never")) == 1


async def test_nothing_is_made_for_a_tenant_that_is_disabled(world: World) -> None:
    """THREATS 38"""
    await published(world)
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    row.disabled_at = world.clock()
    await world.deployment.store.tenants.save(row)
    world.clock.forward(DEFAULT_LIFETIME)
    assert (await world.run_job("keys")).detail == {"rotated": 0, "retired": 0, "overdue": 0}


async def test_keys_nobody_followed_are_told(world: World) -> None:
    await published(world)
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    world.clock.forward(DEFAULT_LIFETIME + 2 * DAY_S)
    assert await overdue(world.deployment) == 2
    await world.run_job("keys")
    assert await overdue(world.deployment) == 0


async def test_every_process_tells_what_the_last_run_anywhere_found(world: World) -> None:
    metrics.keys_overdue(7)
    await world.run_job("keys")
    await watch(world.deployment)
    assert metrics.registry.get_sample_value("consentry_signing_key_rotation_overdue") == 0


async def test_a_tenant_whose_keys_cannot_be_opened_keeps_nobody_waiting(world: World) -> None:
    await world.add_tenant("sounds")
    await published(world, "sounds")
    stored = await world.store("sounds").keys.tenant_keys()
    broken = next(row for row in stored if row.purpose == "data")
    world.clock.forward(60)
    await published(world)
    await world.store("sounds").keys.rewrap(broken, b"\0" * len(broken.wrapped))
    world.clock.forward(DEFAULT_LIFETIME)
    ran = await world.run_job("keys")
    assert ran.detail["rotated"] == 2
    assert ran.error == "2 keys could not be followed; the log says more"
    assert [len(await keys(world, slug)) for slug in ("photos", "sounds")] == [2, 1]


async def test_a_key_that_only_a_client_names_is_followed_too(world: World) -> None:
    """An algorithm that the policy does not name, or names no more."""
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    await rotate_key(await open_tenant(world.deployment, row), "PS256")
    world.clock.forward(DEFAULT_LIFETIME)
    await world.run_job("keys")
    assert len(await keys(world, alg="PS256")) == 2
