"""A wire to PostgreSQL that counts what is executed over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

# What a client asks of the server (PostgreSQL's manual, "Message Formats"): Execute, Query.
_EXECUTE, _QUERY = b"E", b"Q"
_PROTOCOL_3 = 196_608


class CountedWire:
    """A relay in front of a server. `statements`: executed over all connections so far."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._port = 0
        self.statements = 0

    @property
    def url(self) -> str:
        """The same database by way of the relay."""
        who = f"{self._parts.username}:{self._parts.password}"
        return self._parts._replace(netloc=f"{who}@127.0.0.1:{self._port}").geturl()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["CountedWire"]:
        """Relaying while inside."""
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._parts.hostname, self._parts.port
        server_reader, server_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(self._requests(reader, server_writer), _pass_on(server_reader, writer))

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What the client says, message by message; the first ones have no type."""
        begun = False
        try:
            while True:
                kind = await reader.readexactly(1) if begun else b""
                length = await reader.readexactly(4)
                rest = await reader.readexactly(int.from_bytes(length, "big") - 4)
                self.statements += kind in (_EXECUTE, _QUERY)
                begun = begun or int.from_bytes(rest[:4], "big") == _PROTOCOL_3
                writer.write(kind + length + rest)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while found := await reader.read(65_536):
            writer.write(found)
    except ConnectionError:
        pass
    writer.close()
