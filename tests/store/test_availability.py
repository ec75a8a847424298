"""A database that goes away, and requests that do."""

import asyncio
import os
import pathlib
import random
import shlex
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa

from consentry.store.ports import Unavailable
from consentry.store.sql.engine import sqlite_path
from consentry.store.sql.hot import Hot
from consentry.store.sql.migrate import migrate
from consentry.store.sql.store import SqlStore
from store.line import line
from store.rows import NOW, Place, place
from store.test_changes import terminate
from support import services
from support.patience import NEVER_S

PATIENCE_S = 30.0
"""More than anything here takes, unless somebody waits for nothing."""
Call = Callable[[Place], Awaitable[object]]
CALLS: dict[str, Call] = {
    "hot": lambda place: place.inside.authorizations.get(uuid4()),
    "session": lambda place: place.inside.users.get(uuid4()),
    "transaction": lambda place: place.inside.users.save(place.user),
}


@asynccontextmanager
async def opened(
    url: str, *, patience_s: float = 10.0, pool_size: int = 10
) -> AsyncIterator[Place]:
    """A place in a migrated database, with so much patience."""
    patient = SqlStore(url)
    try:
        made = await place(patient)
    finally:
        await patient.close()
    store = SqlStore(url, patience_s=patience_s, pool_size=pool_size)
    try:
        yield Place(store, made.tenant, made.client, made.user)
    finally:
        await store.close()


async def all_answer(here: Place) -> None:
    for call in CALLS.values():
        await call(here)
    await here.store.ping()


async def all_answer_again(here: Place) -> None:
    """Sooner or later: who has little patience may lose it on a busy machine."""
    for call in [*CALLS.values(), lambda place: place.store.ping()]:
        await answer_of(call, here)


async def answer_of(call: Call, here: Place) -> object:
    """What it gives once there is an answer."""
    async with asyncio.timeout(NEVER_S):
        while True:
            with suppress(Unavailable):
                return await call(here)


async def all_are_unavailable(here: Place, within_s: float = NEVER_S) -> None:
    for call in CALLS.values():
        async with asyncio.timeout(within_s):
            with pytest.raises(Unavailable):
                await call(here)


def usage(here: Place) -> tuple[int, int]:
    assert isinstance(here.store, SqlStore)
    return here.store.connections()


# The server


async def test_a_stopped_server_is_told_and_forgotten_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CONSENTRY_TEST_DATABASE_URL", raising=False)
    with services.postgres() as url:
        await migrate(url)
        async with opened(url, patience_s=PATIENCE_S) as here:
            data = pathlib.Path(await value(url, "show data_directory"))
            # The private server commits to memory alone; what is there is wanted again.
            await value(url, "checkpoint")
            ctl(data, "stop", "-m", "immediate")
            await all_are_unavailable(here, PATIENCE_S / 2)
            with pytest.raises(Unavailable):
                await here.store.ping()
            _, _, _, *options = shlex.split((data / "postmaster.opts").read_text())
            ctl(data, "start", "-l", str(data.parent / "again.log"), "-o", shlex.join(options))
            try:
                await all_answer(here)
            finally:
                await here.store.close()
                ctl(data, "stop", "-m", "fast")


async def value(url: str, query: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval(query))
    finally:
        await connection.close()


def ctl(data: pathlib.Path, *words: str) -> None:
    """Run the server's own `pg_ctl`, as the user that owns the data."""
    opts = data / "postmaster.opts"
    binary = pathlib.Path(shlex.split(opts.read_text())[0]).with_name("pg_ctl")
    owner = data.stat()
    words = (str(binary), "-D", str(data), "-w", *words)
    if os.geteuid() == 0:
        subprocess.run(
            words, check=True, stdout=subprocess.DEVNULL, user=owner.st_uid, group=owner.st_gid
        )
    else:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


async def test_an_unreachable_server_is_told_and_forgotten(pg_database: str) -> None:
    async with line(pg_database) as wire, opened(wire.url, patience_s=PATIENCE_S) as here:
        await wire.cut()
        await all_are_unavailable(here, PATIENCE_S / 2)
        await wire.open()
        await all_answer(here)


async def test_a_server_that_does_not_answer_is_told_in_time(pg_database: str) -> None:
    async with line(pg_database) as wire, opened(wire.url, patience_s=0.5) as here:
        await all_answer_again(here)
        wire.go_dead()
        await all_are_unavailable(here)
        wire.revive()
        await all_answer_again(here)


async def test_many_who_wait_for_a_dead_server_are_told_in_time(pg_database: str) -> None:
    async with line(pg_database) as wire, opened(wire.url, patience_s=0.5) as here:
        wire.go_dead()
        for call in CALLS.values():
            start = time.monotonic()
            found = await asyncio.gather(*(call(here) for _ in range(30)), return_exceptions=True)
            assert {type(one) for one in found} == {Unavailable}
            assert time.monotonic() - start < 10, "one after another they wait for fifteen"
        wire.revive()
        await all_answer_again(here)


async def test_connections_that_the_server_ended_are_replaced_unseen(pg_database: str) -> None:
    async with opened(pg_database) as here:
        await asyncio.gather(*(call(here) for call in CALLS.values() for _ in range(10)))
        before, _ = usage(here)
        assert before > 2
        assert await terminate(pg_database, "consentry") == before
        await settled(
            pg_database,
            "select count(*) from pg_stat_activity"
            " where application_name = 'consentry' and datname = current_database()",
        )
        await asyncio.gather(*(call(here) for call in CALLS.values() for _ in range(10)))
        await all_answer(here)


async def test_a_connection_that_was_idle_for_long_is_replaced(
    pg_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall may have forgotten it, and then nothing would ever answer on it."""
    pid = Hot(sa.select(sa.func.pg_backend_pid()))
    async with opened(pg_database) as here:
        assert isinstance(here.store, SqlStore)
        first = await here.store.driver.row(pid)
        assert await here.store.driver.row(pid) == first
        monkeypatch.setattr("consentry.store.sql.connections.IDLE_S", -1.0)
        assert await here.store.driver.row(pid) != first


async def settled(url: str, count: str) -> None:
    """Asks until a count is nought; the server ends things in its own time."""
    async with asyncio.timeout(NEVER_S):
        while int(await value(url, count)):
            pass


async def test_a_wrong_password_is_unavailable(pg_database: str) -> None:
    user, _, rest = pg_database.partition("://")[2].partition(":")
    store = SqlStore(f"postgresql://{user}:wrong@{rest.partition('@')[2]}")
    try:
        with pytest.raises(Unavailable):
            await store.ping()
        with pytest.raises(Unavailable):
            await store.tenants.page()
    finally:
        await store.close()


async def test_a_closed_store_says_so(pg_database: str) -> None:
    async with opened(pg_database) as here:
        await here.store.close()
        with pytest.raises(Unavailable, match="closed"):
            await here.store.ping()


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: pathlib.Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'missing' / 'consentry.db'}")
    try:
        with pytest.raises(Unavailable, match="unable to open"):
            await store.ping()
        with pytest.raises(Unavailable, match="unable to open"):
            await store.tenants.page()
        await migrate(store.url)
        await store.ping()
        assert await store.tenants.page() == []
    finally:
        await store.close()


async def test_a_fault_of_ours_is_no_lack_of_a_database(database: str) -> None:
    if "memdb" in database:
        return
    async with opened(database) as here:
        no_time: Any = None
        no_text: Any = object()
        with pytest.raises((asyncpg.PostgresError, sqlite3.Error)):
            await here.inside.authorizations.revoke_token("a1", no_time)
        with pytest.raises(sa.exc.DBAPIError):
            await here.inside.logins.end(no_text, NOW)
        await all_answer(here)


# Requests


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database of either dialect."""
    names = {"sqlite": "sqlite_database", "postgresql": "pg_database"}
    return str(request.getfixturevalue(names[request.param]))


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Nobody else gets at the tables (PostgreSQL) or may write (SQLite)."""
    if url.startswith("sqlite"):
        with held_file(sqlite_path(url)):
            yield
        return
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("lock table nonce, end_user in access exclusive mode")
            yield
    finally:
        await connection.close()


@contextmanager
def held_file(path: str) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


WAITING: dict[str, Call] = {
    "hot": lambda place: place.inside.nonces.spend("jti", uuid4().hex, NOW),
    "session": lambda place: place.inside.users.save(place.user),
}


@pytest.mark.parametrize("kind", WAITING)
async def test_cancelled_requests_leave_no_half_used_connection(url: str, kind: str) -> None:
    """THREATS 60"""
    # A writer to SQLite that is cancelled goes when its wait for the file is over.
    async with opened(url, patience_s=2.0 if url.startswith("sqlite") else PATIENCE_S) as here:
        await all_answer(here)
        async with held(url):
            tasks = [asyncio.ensure_future(WAITING[kind](here)) for _ in range(100)]
            await asyncio.wait(tasks, timeout=0.2)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
        answers = await asyncio.gather(*(WAITING[kind](here) for _ in range(100)))
        assert len(answers) == 100
        await all_answer(here)
        await idle_again(here)
        assert usage(here)[0] <= 20
        if url.startswith("postgresql"):
            await settled(
                url,
                "select count(*) from pg_stat_activity where application_name = 'consentry'"
                " and datname = current_database() and state <> 'idle'",
            )


async def idle_again(here: Place) -> None:
    """Every connection came back; closing ones take a moment."""
    async with asyncio.timeout(NEVER_S):
        while len(set(usage(here))) > 1:
            with suppress(Unavailable):
                await here.store.ping()


@pytest.mark.parametrize("kind", WAITING)
async def test_a_stuck_statement_does_not_hang_for_ever(url: str, kind: str) -> None:
    async with opened(url, patience_s=0.3) as here:
        async with held(url), asyncio.timeout(NEVER_S):
            with pytest.raises(Unavailable):
                await WAITING[kind](here)
        await answer_of(WAITING[kind], here)
        await idle_again(here)


async def test_who_waits_for_a_connection_waits_in_line(pg_database: str) -> None:
    async with opened(pg_database, pool_size=2) as here:
        async with held(pg_database):
            tasks = [asyncio.ensure_future(WAITING["hot"](here)) for _ in range(5)]
            await asyncio.wait(tasks, timeout=0.1)
            tasks[1].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in done if one is not True] == [done[1]]
        assert isinstance(done[1], asyncio.CancelledError)


@pytest.mark.parametrize("seed", range(5))
async def test_no_order_of_cancellations_leaks_a_connection(pg_database: str, seed: int) -> None:
    chance = random.Random(seed)
    async with opened(pg_database, pool_size=6) as here:
        for _ in range(6):
            tasks = [
                asyncio.ensure_future(chance.choice(list(WAITING.values()))(here))
                for _ in range(30)
            ]
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)
            for task in chance.sample(tasks, 15):
                task.cancel()
            for one in await asyncio.gather(*tasks, return_exceptions=True):
                assert not isinstance(one, Exception), one
        await all_answer(here)
        await idle_again(here)
        assert usage(here)[0] <= 6
    await settled(
        pg_database,
        "select count(*) from pg_stat_activity where application_name = 'consentry'"
        " and datname = current_database()",
    )


async def test_a_cancelled_transaction_takes_everything_back(url: str) -> None:
    async with opened(url) as here:
        reached = asyncio.Event()

        async def work() -> None:
            async with here.store.begin() as joined:
                inside = joined.inside(here.tenant.tenant_id)
                await inside.configuration.save_scope("a", "")
                reached.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await reached.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await here.inside.configuration.scopes() == []
        await here.inside.configuration.save_scope("b", "")


async def test_what_the_url_asks_of_the_driver_counts_for_every_connection(
    pg_emptied: str,
) -> None:
    """The server of the tests speaks no TLS: who insists on it is not served without."""
    async with opened(f"{pg_emptied}?sslmode=prefer") as here:
        await all_answer(here)
        store = SqlStore(f"{pg_emptied}?sslmode=require")
        try:
            await all_are_unavailable(Place(store, here.tenant, here.client, here.user))
        finally:
            await store.close()
