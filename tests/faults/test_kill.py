"""`kill -9` between request and answer: no acknowledged change is lost, none is made twice."""

import asyncio
import os
import pathlib
import signal
import sqlite3

import asyncpg

from faults.load import Load
from support.server import START_S, Server, cpu_seconds, until

GENERATIONS = 'SELECT coalesce(sum(generation), 0) FROM "authorization"'


async def ready_workers(server: Server, count: int) -> None:
    """Wait until so many workers were ready since the start."""
    await asyncio.to_thread(until, lambda: len(server.worker_pids()) >= count, seconds=START_S)


def is_there(pid: int) -> bool:
    """Whether a process has not ended, or nobody took note of its end."""
    return pathlib.Path(f"/proc/{pid}").exists()


async def test_a_dead_worker_is_replaced(on_postgresql: Server) -> None:
    """CONTRACT: within 5 s, as far as it is ours: whatever else the machine does meanwhile."""
    known = on_postgresql.worker_pids()
    for number, pid in enumerate(filter(is_there, known)):
        os.kill(pid, signal.SIGKILL)
        await ready_workers(on_postgresql, len(known) + number + 1)
        ours_s = on_postgresql.events("worker_died")[-1]["restart_in_s"]
        assert ours_s + cpu_seconds(on_postgresql.worker_pids()[-1]) < 5


async def test_a_killed_worker_loses_nothing(on_postgresql: Server) -> None:
    async with Load(on_postgresql) as load:
        async with load.running() as ledger:
            for _ in range(2):
                await load.more(150)
                known = on_postgresql.worker_pids()
                os.kill(known[-1], signal.SIGKILL)
                await load.more(50)
                await ready_workers(on_postgresql, len(known) + 1)
            await load.more(100)
        assert ledger.statuses <= {200, 400}
        connection = await asyncpg.connect(on_postgresql.database_url)
        try:
            generations = int(await connection.fetchval(GENERATIONS))
        finally:
            await connection.close()
        await load.check(generations)


async def test_a_killed_server_on_sqlite_loses_nothing(on_sqlite: Server) -> None:
    """The file itself is what survives."""
    async with Load(on_sqlite) as load:
        async with load.running():
            for _ in range(2):
                await load.more(150)
                on_sqlite.kill()
                await asyncio.to_thread(on_sqlite.start)
            await load.more(100)
        stored = sqlite3.connect(on_sqlite.database_url.removeprefix("sqlite:///"))
        (generations,) = stored.execute(GENERATIONS).fetchone()
        stored.close()
        await load.check(generations)
