"""PING to a Redis, by hand: the one thing we ask of it here."""

import asyncio
import ssl
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 3


async def ping(url: str) -> None:
    """Sign in if the URL says so, and PING.

    url: redis://[user:password@]host[:port][/db] or rediss://. Raises ValueError for a bad
    URL or answer, OSError or TimeoutError when there is none. No text holds the password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("must be redis://HOST[:PORT] or rediss://HOST[:PORT]")
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(
            parts.hostname,
            parts.port or 6379,
            ssl=ssl.create_default_context() if parts.scheme == "rediss" else None,
        )
        try:
            if parts.password is not None:
                user = (unquote(parts.username),) if parts.username else ()
                await _ask(reader, writer, "AUTH", *user, unquote(parts.password))
            await _ask(reader, writer, "PING")
        finally:
            writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: str) -> None:
    encoded = [word.encode() for word in words]
    head = b"*%d\r\n" % len(encoded)
    writer.write(head + b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in encoded))
    await writer.drain()
    answer = await reader.readline()
    if not answer.startswith(b"+"):
        code = answer[1:].split(b" ")[0].decode("ascii", "replace").strip()
        raise ValueError(f"{words[0]} was refused ({code or 'closed'})")
