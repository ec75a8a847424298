"""PostgreSQL that is stopped and started again under load."""

import asyncio
import pathlib
import shlex
from collections.abc import AsyncIterator

import asyncpg
import pytest

from conftest import migrate
from faults.load import MANIFEST, Load
from faults.test_kill import GENERATIONS
from store.test_availability import ctl, value
from support import services
from support.server import Server, serving, until


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> AsyncIterator[Server]:
    """One process, on a PostgreSQL of the test's own."""
    monkeypatch.delenv("CONSENTRY_TEST_DATABASE_URL", raising=False)
    with services.postgres() as url:
        await migrate(url)
        made = Server(url, tmp_path)
        made.apply(MANIFEST)
        with serving(made):
            yield made


async def test_a_database_that_comes_back_is_found_again(server: Server) -> None:
    """503 meanwhile; nothing needs a restart, and nothing acknowledged is lost."""
    data = pathlib.Path(await value(server.database_url, "show data_directory"))
    _, _, _, *options = shlex.split((data / "postmaster.opts").read_text())
    again = ("-l", str(data.parent / "again.log"), "-o", shlex.join(options))
    async with Load(server) as load:
        async with load.running() as ledger:
            await load.more(100)
            await asyncio.to_thread(ctl, data, "stop", "-m", "fast")
            await asyncio.to_thread(until, lambda: server.readiness() == 503)
            await asyncio.to_thread(until, lambda: 503 in ledger.statuses)
            await asyncio.to_thread(ctl, data, "start", *again)
            try:
                await asyncio.to_thread(until, lambda: server.readiness() == 200)
                await load.more(100)
            except BaseException:
                ctl(data, "stop", "-m", "fast")
                raise
        assert ledger.statuses <= {200, 400, 503}
        connection = await asyncpg.connect(server.database_url)
        generations = int(await connection.fetchval(GENERATIONS))
        await connection.close()
        await load.check(generations)
    server.kill()
    ctl(data, "stop", "-m", "fast")
