"""SIGTERM under load: what was taken is answered, and then nothing is taken any more."""

import asyncio
import base64
import contextlib
import signal
from dataclasses import dataclass

import pytest

from consentry.telemetry import process_state
from faults.conftest import PLACES
from support.patience import NEVER_S
from support.server import LOOPBACK, Server, until
from support.world import running_world

PAIR = base64.b64encode(b"backup:gX1fBat3bVgX1fBat3bVgX1fBat3bV").decode()
BODY = b"grant_type=client_credentials&scope=photos.read"


@dataclass
class Count:
    """What became of the requests that were sent."""

    answered: int = 0
    dropped: int = 0


@pytest.fixture(params=list(PLACES))
def server(request: pytest.FixtureRequest) -> Server:
    """A server of the test's own, or one nobody needs any more."""
    found: Server = request.getfixturevalue(PLACES[request.param])
    return found


def request(server: Server) -> bytes:
    lines = [
        "POST /oauth2/token HTTP/1.1",
        f"Host: photos.localhost:{server.port}",
        f"Authorization: Basic {PAIR}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(BODY)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + BODY


async def answer(reader: asyncio.StreamReader) -> bytes:
    """One answer; less of it where the connection ends early."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return head + await reader.readexactly(length)
    return b""


async def ask_until_refused(server: Server, count: Count, *, keep: bool) -> None:
    """Ask again and again, over one connection for as long as the server keeps it or over new
    ones, until none is taken any more."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        except ConnectionError:
            return
        is_open = True
        while is_open:
            writer.write(request(server))
            said = await answer(reader)
            is_good = said.startswith(b"HTTP/1.1 200") and b"access_token" in said
            count.answered += is_good
            count.dropped += not is_good
            is_open = keep and is_good and b"connection: close" not in said
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_no_request_is_dropped(server: Server) -> None:
    """CONTRACT: what runs is finished, the end comes within 20 s: later its status is not 0."""
    kept, fresh = Count(), Count()
    async with asyncio.TaskGroup() as clients:
        for count, keep in ((kept, True), (fresh, False)):
            for _ in range(4):
                clients.create_task(ask_until_refused(server, count, keep=keep))
        await asyncio.to_thread(until, lambda: min(kept.answered, fresh.answered) > 100)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(until, lambda: server.readiness() != 200)
    assert (kept.dropped, fresh.dropped) == (0, 0)
    assert await asyncio.to_thread(server.process.wait, NEVER_S) == 0


async def test_who_is_about_to_stop_is_not_ready(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CONTRACT: `/readyz` says 503"""
    async with running_world(sqlite_database) as world:
        address = "http://localhost:8000/readyz"
        assert (await world.browser.get(address)).status_code == 200
        monkeypatch.setattr(process_state, "draining", True)
        answer = await world.browser.get(address)
        assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
