"""PostgreSQL that is stopped, or killed, and started again under load."""

import asyncio
import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from conftest import migrate
from faults.hands import Hands, changing, eventually
from faults.load import MANIFEST, Load
from faults.test_kill import GENERATIONS
from faults.test_workers import LEASE_S, RECOVERY_S, SPARE_S
from store.test_availability import ctl, value
from support import services
from support.patience import NEVER_S
from support.server import Server, serving, until


class Database:
    """A PostgreSQL of the test's own, which ends and begins again when told."""

    def __init__(self, url: str, data: pathlib.Path) -> None:
        self.url, self._data = url, data
        _, _, _, *options = shlex.split((data / "postmaster.opts").read_text())
        log = str(data.parent / "again.log")
        self._start = ("start", "-s", "-l", log, "-o", shlex.join(options))

    def stop(self) -> None:
        """As an administrator does."""
        ctl(self._data, "stop", "-s", "-m", "fast")

    def kill(self) -> None:
        """`kill -9` of the process that all others hang on."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

    def start(self) -> None:
        """Returns when it takes connections: not before all of what was killed is gone."""
        until(self._has_started, seconds=30)

    def _has_started(self) -> bool:
        try:
            ctl(self._data, *self._start)
        except subprocess.CalledProcessError:
            return False
        return True


@contextlib.asynccontextmanager
async def own_database(*, durable: bool) -> AsyncIterator[Database]:
    """A migrated one."""
    with services.postgres(durable=durable) as url:
        await migrate(url)
        made = Database(url, pathlib.Path(await value(url, "show data_directory")))
        try:
            yield made
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                made.stop()


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that nobody else uses."""
    monkeypatch.delenv("CONSENTRY_TEST_DATABASE_URL", raising=False)


@pytest.fixture
async def database(own: None) -> AsyncIterator[Database]:
    async with own_database(durable=False) as made:
        yield made


@pytest.fixture
async def durable(own: None) -> AsyncIterator[Database]:
    """What was committed is on the disk."""
    async with own_database(durable=True) as made:
        yield made


async def generations(url: str) -> int:
    """One for each change of an authorization that was stored."""
    return int(await value(url, GENERATIONS))


async def test_a_database_that_comes_back_is_found_again(
    database: Database, tmp_path: pathlib.Path
) -> None:
    """503 meanwhile; nothing needs a restart, and nothing acknowledged is lost."""
    server = Server(database.url, tmp_path)
    server.apply(MANIFEST)
    with serving(server):
        async with Load(server) as load:
            async with load.running() as ledger:
                await load.more(100)
                await asyncio.to_thread(database.stop)
                await asyncio.to_thread(until, lambda: server.readiness() == 503)
                await asyncio.to_thread(until, lambda: 503 in ledger.statuses)
                await asyncio.to_thread(database.start)
                await asyncio.to_thread(until, lambda: server.readiness() == 200)
                await load.more(100)
            assert ledger.statuses <= {200, 400, 503}
            await load.check(await generations(database.url))


@pytest.mark.long
@pytest.mark.parametrize("end", [Database.stop, Database.kill])
async def test_tokens_and_effects_outlive_their_database(
    end: Callable[[Database], None], durable: Database, tmp_path: pathlib.Path, outage: float
) -> None:
    """With what is on its way to a receiver at that moment: it is called again, by one id."""
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(services.own_redis())
        given: dict[str, Any] = {"redis_url": redis.url, "fetch_private_addresses": "true"}
        server = Server(durable.url, tmp_path, workers=2, **given)
        server.apply(MANIFEST)
        worker = stack.enter_context(serving(Hands(durable.url, tmp_path, **given)))
        stack.enter_context(serving(server))
        load = await stack.enter_async_context(Load(server))
        changes = await stack.enter_async_context(changing(durable.url))
        async with load.running() as ledger, changes.going_on():
            await load.more(50)
            changes.may_answer.clear()
            many = len(changes.calls())
            await eventually(lambda: len(changes.calls()) > many + 3, NEVER_S)
            await asyncio.to_thread(end, durable)
            changes.may_answer.set()
            await asyncio.to_thread(until, lambda: 503 in ledger.statuses)
            await asyncio.sleep(outage)
            await asyncio.to_thread(durable.start)
            bound_s = RECOVERY_S + SPARE_S
            await asyncio.to_thread(until, lambda: server.readiness() == 200, seconds=bound_s)
            await load.more(50)
        await changes.arrive(LEASE_S + bound_s)
        assert changes.doubled(), "none was on its way"
        assert ledger.statuses <= {200, 400, 503}
        await load.check(await generations(durable.url))
        assert worker.process.poll() is None
        assert len(server.worker_pids()) == 2, "nobody had to be replaced"
