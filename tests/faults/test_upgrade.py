"""From one release to the next and back, while clients go on; nothing acknowledged is lost."""

import asyncio
import io
import os
import pathlib
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from typing import Any

import asyncpg
import httpx
import httpx2
import pytest
from pydantic import SecretStr

from cli.shell import Shell
from conftest import beside, copied, migrate
from consentry.main import Application
from consentry.settings import Settings
from consentry.store.sql.engine import make_engine
from consentry_migrations import HEAD
from faults.load import MANIFEST, Load
from faults.test_kill import GENERATIONS
from store.test_migrate import upgrade
from support.server import ROOT, LoopbackTransport, Server

PREVIOUS, SCHEMA = "c4d6536", "0009"
"""The release before this one, as a commit, and the schema it brought."""
SOURCES = ("platform", "admin_ui", "workers", "migrations")
# That release knows nothing of later schemas, so its `serve` would not start on one.
SERVE = (
    "import sys; from consentry.serve import serve; "
    "sys.exit(serve('consentry.main:create_app', host='127.0.0.1', port=int(sys.argv[1]), "
    "drain_seconds=0))"
)


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The sources of the release before."""
    words = ["git", "archive", PREVIOUS, *SOURCES]
    done = subprocess.run(words, cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.fail(
            f"this test needs commit {PREVIOUS} of the history, which a shallow clone lacks: "
            f"`git fetch --unshallow` brings it ({done.stderr.decode().strip()})"
        )
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


class Previous(Server):
    """The release before, in the same environment."""

    def __init__(self, sources: pathlib.Path, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self._environment["PYTHONPATH"] = os.pathsep.join(str(sources / one) for one in SOURCES)

    def _words(self, *words: str) -> list[str]:
        if words[0] == "serve":
            return [sys.executable, "-P", "-c", SERVE, str(self.port)]
        return super()._words(*words)

    def _is_up(self) -> bool:
        # 503 is what it says of a later schema, and then serves it.
        return self.readiness() in (200, 503)


class Balanced(LoopbackTransport):
    """Each request goes to the next of the servers that there are now."""

    def __init__(self, servers: list[Server], **options: Any) -> None:
        super().__init__(**options)
        self._servers, self._turn = servers, count()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self.ask(self._servers[next(self._turn) % len(self._servers)], request)

    async def ask(self, server: Server, request: httpx2.Request) -> httpx2.Response:
        """One of them."""
        # The field Host stays what the client asked for.
        there = httpx2.Request(
            request.method, request.url.copy_with(port=server.port), headers=request.headers,
            stream=request.stream, extensions=request.extensions,
        )  # fmt: skip
        return await super().handle_async_request(there)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[str]:
    """URL of a PostgreSQL database without a schema."""
    async with copied(postgres_url) as name:
        yield beside(postgres_url, name)


async def join(servers: list[Server], server: Server) -> None:
    """Start one more."""
    await asyncio.to_thread(server.start)
    servers.append(server)


async def leave(servers: list[Server], server: Server) -> None:
    """Send it nothing more, and stop it."""
    servers.remove(server)
    assert await asyncio.to_thread(server.stop) == 0


async def come_to(database: str, revision: str) -> None:
    """Make the schema of a release."""
    engine = make_engine(database, 1)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, revision)
    await engine.dispose()


async def generations(database: str) -> int:
    """One for each change that was made."""
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval(GENERATIONS))
    finally:
        await connection.close()


async def test_releases_relieve_one_another_and_nothing_is_lost(
    previous: pathlib.Path, database: str, tmp_path: pathlib.Path
) -> None:
    """THREATS 62: migrated under load, then both releases side by side, the new one alone,
    both again, and the old one alone: no request fails, whoever made what it carries."""
    front = Server(database, tmp_path)
    settings: dict[str, Any] = {"base_url": front.base_url, "drain": "0"}
    old = Previous(previous, database, tmp_path, **settings)
    new = Server(database, tmp_path, **settings)
    await come_to(database, SCHEMA)
    old.apply(MANIFEST)
    servers: list[Server] = []
    try:
        await join(servers, old)
        async with Load(front, partial(Balanced, servers), pause_s=0.02) as load:
            async with load.running() as ledger:
                await load.more(30)
                await migrate(database)
                await load.more(30)
                await join(servers, new)
                await load.more(60)
                await leave(servers, old)
                await load.more(30)
                await join(servers, old)
                await load.more(60)
                await leave(servers, new)
                await load.more(30)
            assert (ledger.statuses, ledger.unanswered) == ({200}, 0)
            await load.check(await generations(database))
    finally:
        for server in servers:
            server.kill()


@pytest.fixture
async def outdated(tmp_path: pathlib.Path) -> str:
    """URL of a database as the release before left it."""
    url = f"sqlite:///{tmp_path / 'consentry.db'}"
    await come_to(url, SCHEMA)
    return url


def test_a_release_does_not_serve_before_its_schema_is_there(
    outdated: str,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = Shell(tmp_path, outdated, monkeypatch, capsys).refused("serve")
    assert said == f"the database is at migration {SCHEMA}, not {HEAD}: run `consentry migrate`"


async def test_a_process_on_an_older_schema_is_not_ready_until_it_is_migrated(
    outdated: str,
) -> None:
    key = SecretStr("only-for-tests-" * 4)
    app = Application(Settings(database_url=outdated, secret_key=key))
    await app.start()
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert await readiness(client) == (503, "schema differs")
            await migrate(outdated)
            assert await readiness(client) == (200, "ready")
    finally:
        await app.stop()


async def readiness(client: httpx.AsyncClient) -> tuple[int, str]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()["status"]
