"""A telephone line to a server that a test can cut, leave dead, and mend."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Forwards bytes between `url` (on a port of its own) and the server."""

    def __init__(self, server: str, tls: ssl.SSLContext | None = None) -> None:
        self._host, self._port = urlsplit(server).hostname, urlsplit(server).port
        self._server, self._tls = server, tls
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._holds = asyncio.Event()
        self._held: list[bytes] = []
        self._own_port = 0

    @property
    def url(self) -> str:
        """The server's URL through this line."""
        parts = urlsplit(self._server)
        login = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{login}@127.0.0.1:{self._own_port}").geturl()

    async def open(self) -> None:
        """Take connections, on the same port as before."""
        self._flows.set()
        self._listener = await asyncio.start_server(
            self._accept, "127.0.0.1", self._own_port, ssl=self._tls
        )
        self._own_port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse connections and drop those there are, as when the server's machine is off."""
        if self._listener is not None:
            self._listener.close()
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def go_dead(self) -> None:
        """Take connections and bytes, and let nothing through, as a frozen machine does."""
        self._flows.clear()

    async def holds(self) -> None:
        """Wait until a dead line keeps something back."""
        await self._holds.wait()

    def held(self, words: bytes) -> int:
        """How often a dead line kept back something with these words."""
        return sum(words in one for one in self._held)

    def revive(self) -> None:
        """Let everything through that was kept back."""
        self._flows.set()
        self._holds.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._forward(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            while data := await source.read(65_536):
                if not self._flows.is_set():
                    self._holds.set()
                    self._held.append(data)
                await self._flows.wait()
                sink.write(data)
        sink.transport.abort()


@asynccontextmanager
async def line(server: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """An open line to the server, cut at the end. tls: what it speaks with who calls it."""
    made = Line(server, tls)
    await made.open()
    try:
        yield made
    finally:
        await made.cut()
