"""Two hosts, each with several processes, on one database: all of them know, one of them does."""

import asyncio
import contextlib
import pathlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import asyncpg
import orjson
import pytest
from pydantic import SecretStr

from conftest import beside, copied
from consentry.main import open_deployment
from consentry.operations.clients import disable_client
from consentry.operations.jobs import JOBS
from consentry.operations.keys import rotate_key
from consentry.operations.tenants import disable_tenant, enable_tenant, update_tenant
from consentry.settings import Settings
from consentry.tenancy.actor import SYSTEM
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from faults.test_stop import BODY, PAIR
from support.server import LOOPBACK, Server, serving

pytestmark = pytest.mark.long

HEARD_S, SPARE_S = 1.0, 2.0
"""What is promised, and what a machine that does more than this is given besides."""
TOKEN = "POST /oauth2/token HTTP/1.1"
KEYS = "GET /oauth2/jwks HTTP/1.1"
METADATA = "GET /.well-known/openid-configuration HTTP/1.1"
RUNS = 8
Reader = Callable[[int, dict[str, Any]], bool]


@dataclass
class Wire:
    """A connection to one process of a server: it alone answers what is asked there."""

    host: str
    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, head: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        """Status and members of the JSON answer, or none."""
        lines = [head, f"Host: {self.host}", f"Content-Length: {len(body)}"]
        if body:
            lines += [f"Authorization: Basic {PAIR}"]
            lines += ["Content-Type: application/x-www-form-urlencoded"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        said = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(said.partition("content-length: ")[2].split("\r\n")[0])
        answer = await self.reader.readexactly(length)
        is_json = "json" in said.partition("content-type: ")[2].split("\r\n")[0]
        return int(said.split()[1]), orjson.loads(answer) if is_json else {}


def owner(pids: list[int], port: int, our_port: int) -> int | None:
    """Which process took the connection from our port to theirs; None if none has yet."""
    theirs, ours = f":{port:04X}", f":{our_port:04X}"
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(theirs) and fields[2].endswith(ours):
            return next((pid for pid in pids if f"socket:[{fields[9]}]" in sockets(pid)), None)
    return None


def sockets(pid: int) -> set[str]:
    """What a process has open."""
    found = set()
    for one in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(one.readlink()))
    return found


async def wires(server: Server, host: str) -> list[Wire]:
    """One to each process of a server, for a tenant's host."""
    found: dict[int, Wire] = {}
    pids = server.worker_pids()
    async with asyncio.timeout(60):
        while len(found) < len(pids):
            reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
            wire = Wire(host, 0, reader, writer)
            assert (await wire.ask(METADATA))[0] == 200
            pid = owner(pids, server.port, writer.get_extra_info("sockname")[1])
            assert pid is not None
            wire.pid = pid
            if pid in found:
                writer.close()
            found.setdefault(pid, wire)
    return list(found.values())


class Hosts:
    """Two servers of two processes each on one database, and a way to each process."""

    def __init__(self, database: str, home: pathlib.Path) -> None:
        first = Server(database, home, workers=2, sweep_interval="1")
        more = {"base_url": first.base_url, "sweep_interval": "1"}
        self.url, self.servers = database, [first, Server(database, home, workers=2, **more)]
        self.wires: list[Wire] = []

    async def connect(self) -> Self:
        """Reach every process; all are asked for the same tenant."""
        host = f"photos.{self.servers[0].base_url.removeprefix('http://')}"
        for server in self.servers:
            self.wires += await wires(server, host)
        return self

    def disconnect(self) -> None:
        """Leave them."""
        for wire in self.wires:
            wire.writer.close()

    async def all_say(self, head: str, body: bytes, reads: Reader) -> float:
        """Seconds until the last of all processes said so."""

        async def until_it_says(wire: Wire) -> float:
            began = time.monotonic()
            while not reads(*await wire.ask(head, body)):
                assert time.monotonic() - began < HEARD_S + SPARE_S, f"{wire.pid} did not hear"
                await asyncio.sleep(0.01)
            return time.monotonic() - began

        return max(await asyncio.gather(*(until_it_says(wire) for wire in self.wires)))


@pytest.fixture(scope="module")
async def hosts(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hosts]:
    home = tmp_path_factory.mktemp("hosts")
    async with copied(postgres_url, template) as name, AsyncExitStack() as stack:
        made = Hosts(beside(postgres_url, name), home)
        made.servers[0].apply({})
        log = await asyncpg.connect(made.url)
        await log.execute(RUN_LOG)
        await log.close()
        for server in made.servers:
            await asyncio.to_thread(stack.enter_context, serving(server))
        stack.callback(made.disconnect)
        yield await made.connect()


RUN_LOG = """
CREATE TABLE run_log (name text, runner text, is_running boolean, at timestamptz);
CREATE FUNCTION log_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_log VALUES (new.name, new.runner, new.is_running, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER log_run AFTER UPDATE ON job FOR EACH ROW
WHEN (old.is_running IS DISTINCT FROM new.is_running OR old.runner IS DISTINCT FROM new.runner)
EXECUTE FUNCTION log_run();
"""
"""Every beginning and end of a run, by the database's clock."""


@pytest.fixture
async def deployment(hosts: Hosts) -> AsyncIterator[Deployment]:
    """A process beside them that changes something."""
    settings = Settings(database_url=hosts.url, secret_key=SecretStr("only-for-tests-" * 4))
    async with open_deployment(settings) as made:
        yield made


async def photos(deployment: Deployment) -> TenantContext:
    row = await deployment.store.tenants.by_slug("photos")
    assert row is not None
    return (await open_tenant(deployment, row)).acting(SYSTEM)


async def test_every_process_hears_of_a_change_within_a_second(
    hosts: Hosts, deployment: Deployment
) -> None:
    """Whatever was kept ready of a client, a key, a policy or a tenant."""
    ctx = await photos(deployment)

    async def all_say(head: str, body: bytes, reads: Reader) -> None:
        await hosts.all_say(head, body, reads)

    await all_say(TOKEN, BODY, lambda status, said: said.get("expires_in") == 600)
    row = await deployment.store.tenants.by_slug("photos")
    assert row is not None
    await update_tenant(ctx, settings={**row.settings, "access_token_lifetime": 300})
    await all_say(TOKEN, BODY, lambda _, said: said.get("expires_in") == 300)
    kid = await rotate_key(ctx, "ES256")
    await all_say(KEYS, b"", lambda _, said: kid in {key["kid"] for key in said["keys"]})
    await disable_client(ctx, "backup")
    await all_say(TOKEN, BODY, lambda status, _: status == 401)
    await disable_tenant(deployment, "photos")
    await all_say(METADATA, b"", lambda status, _: status == 403)
    await enable_tenant(deployment, "photos")
    await all_say(METADATA, b"", lambda status, _: status == 200)


@dataclass
class Done:
    """One run of a job: by whom, and its seconds of Unix time."""

    runner: str
    began: float
    ended: float


async def runs(url: str) -> dict[str, list[Done]]:
    """All runs so far that have ended, by job, in order."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT *, extract(epoch FROM at) AS s FROM run_log ORDER BY at")
    await connection.close()
    found: dict[str, list[Done]] = defaultdict(list)
    begun: dict[str, Any] = {}
    for row in rows:
        if row["is_running"]:
            assert row["name"] not in begun, f"{row['name']} was begun while it ran"
            begun[row["name"]] = row
        else:
            first = begun.pop(row["name"])
            assert first["runner"] == row["runner"]
            found[row["name"]].append(Done(row["runner"], float(first["s"]), float(row["s"])))
    return found


async def test_a_job_runs_in_one_process_at_a_time_and_not_on_the_minute(
    hosts: Hosts, deployment: Deployment
) -> None:
    """Of four that look for it; each waits a little more or less than the time that was set."""
    found: dict[str, list[Done]] = {}
    async with asyncio.timeout(60):
        while {name for name, done in found.items() if len(done) >= RUNS} != set(JOBS):
            for name in set(JOBS) - {"sweep"}:
                await deployment.store.jobs.hasten(name, deployment.clock())
            await asyncio.sleep(0.2)
            found = await runs(hosts.url)
    for name, done in found.items():
        for one, after in pairwise(done):
            assert one.ended <= after.began, name
    assert len({one.runner for done in found.values() for one in done}) > 1
    waits = [after.began - one.ended for one, after in pairwise(found["sweep"])]
    assert min(waits) >= 0.9
    assert max(waits) - min(waits) > 0.05, "they are in step"
