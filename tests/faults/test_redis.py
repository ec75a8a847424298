"""Redis that is stopped, started again and emptied: nothing is lost and nothing opens."""

import asyncio
import pathlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from faults.load import MANIFEST, Load
from faults.test_kill import GENERATIONS
from interaction.test_sign_in import guess
from oauth1.test_replay import WHOAMI, said
from support import services
from support.assertions import claims, jwks_of, key_of, prove, signed
from support.server import Server, serving, until
from support.signing import add_oauth1_client, deliver, sign, token_credentials
from support.token_side import another_process
from support.world import Tokens, World, running_world

GUESSES = 30  # of CONSENTRY_LIMIT_CLIENT_SECRET


@pytest.fixture(scope="module")
def redis() -> Iterator[services.OwnRedis]:
    """One of the file's own; each test leaves it running."""
    with services.own_redis() as server:
        yield server


@pytest.fixture
async def world(sqlite_database: str, redis: services.OwnRedis) -> AsyncIterator[World]:
    """A world that counts attempts in it."""
    limit = f"{GUESSES}/86400"
    async with running_world(
        sqlite_database, redis_url=redis.url, limit_client_secret=limit
    ) as made:
        yield made


class Guesser:
    """Tries wrong secrets of one client, one after another, and notes each answer."""

    def __init__(self, load: Load) -> None:
        self._load, self.statuses = load, list[int]()

    async def _guess_on(self) -> None:
        form = {"grant_type": "client_credentials"}
        while True:
            answer = await self._load.http.post(
                "/oauth2/token", data=form, auth=("backup", "wrong")
            )
            self.statuses.append(answer.status_code)

    @asynccontextmanager
    async def guessing(self) -> AsyncIterator[list[int]]:
        """The statuses so far, while it goes on."""
        task = asyncio.create_task(self._guess_on())
        try:
            yield self.statuses
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_refused(self) -> None:
        """Wait until a guess from now on is refused unseen."""
        known = len(self.statuses)
        await asyncio.to_thread(until, lambda: 429 in self.statuses[known:])


async def test_without_redis_everything_goes_on_and_guesses_are_still_refused(
    sqlite_database: str, tmp_path: pathlib.Path, redis: services.OwnRedis, outage: float
) -> None:
    """THREATS 58, 59: nothing acknowledged is lost, no 5xx, back by itself."""
    server = Server(sqlite_database, tmp_path, redis_url=redis.url)
    server.apply(MANIFEST)
    with serving(server):
        async with Load(server) as load:
            guesser = Guesser(load)
            async with load.running() as ledger, guesser.guessing() as statuses:
                began = time.monotonic()
                await guesser.until_refused()
                await asyncio.to_thread(redis.stop)
                until_back = time.monotonic() + outage
                while time.monotonic() < until_back:
                    await load.more(20)
                await guesser.until_refused()
                await asyncio.to_thread(redis.start)
                await asyncio.to_thread(until, lambda: server.events("redis_found"))
                await guesser.until_refused()
                await load.more(50)
                lasted = time.monotonic() - began
            assert (ledger.statuses, ledger.unanswered) == ({200}, 0)
            assert set(statuses) == {401, 429}
            # Redis, the database and the emptied Redis each let one burst through, and what
            # comes back by and by.
            assert statuses.count(401) <= 3 * GUESSES + lasted * GUESSES / 60 + 1
            assert server.events("redis_lost")
            stored = sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))
            (generations,) = stored.execute(GENERATIONS).fetchone()
            stored.close()
            await load.check(generations)


async def test_an_emptied_redis_lets_nothing_be_used_twice(
    world: World, redis: services.OwnRedis
) -> None:
    """THREATS 58, 59: codes, refresh tokens, nonces and assertions are spent in the database."""
    await add_oauth1_client(world)
    await world.add_client(
        "by-key", jwks=jwks_of(key_of()), token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
    )  # fmt: skip
    request = sign(world, "GET", WHOAMI, await token_credentials(world))
    assertion = signed(key_of(), claims(world, "by-key"))
    code = await world.authorize()
    first = (await world.redeem(await world.authorize())).refresh_token
    assert [
        (await deliver(world, "GET", request)).status_code,
        (await prove(world, assertion)).status,
        (await world.redeem(code)).status,
        (await world.refresh(first)).status,
    ] == [200] * 4
    async with Redis.from_url(redis.url) as server:
        await server.flushall()
    assert said(await deliver(world, "GET", request)) == (401, "nonce_used")
    assert (await prove(world, assertion)).error == "invalid_client"
    assert (await world.redeem(code)).error == "invalid_grant"
    world.clock.forward(11)
    assert (await world.refresh(first)).error == "invalid_grant"


async def wrong_secret(world: World) -> Tokens:
    return await world.token({"grant_type": "client_credentials"}, secret="wrong")


async def test_guesses_at_two_processes_are_counted_together(
    world: World, sqlite_database: str
) -> None:
    """THREATS 49, with Redis: at passwords and at client secrets; the database counts none."""
    async with another_process(world) as other:
        assert (await guess(world.browser, "jane", 5)).status_code == 400
        assert (await guess(other.browser, "jane", 5)).status_code == 400
        assert (await guess(world.browser, "jane", 1)).status_code == 429
        assert (await guess(other.browser, "jane", 1)).status_code == 429
        answers = [await wrong_secret((world, other)[n % 2]) for n in range(GUESSES + 1)]
        assert [answer.status for answer in answers] == [401] * GUESSES + [429]
    stored = sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))
    assert stored.execute("SELECT count(*) FROM throttle").fetchone() == (0,)
    stored.close()
