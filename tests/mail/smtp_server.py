"""A mail server that says what a test wants and keeps what it was given."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

USER, WORD = "consentry", "s3cret word@:/"


@dataclass
class SmtpServer:
    """RFC 5321, as far as one mail goes. refuse: the reply to a verb, in place of the good one."""

    tls: ssl.SSLContext | None
    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    was_encrypted: bool = False
    signed_in: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        encrypted = False

        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 here")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            self.verbs.append(verb.upper())
            if refusal := self.refuse.get(verb.upper()):
                await say(refusal)
            elif verb.upper() == "EHLO":
                offers = ["AUTH PLAIN"] if encrypted or self.tls is None else ["STARTTLS"]
                await say("\r\n".join(["250-here", *(f"250 {one}" for one in offers)]))
            elif verb.upper() == "STARTTLS" and self.tls is not None:
                await say("220 go ahead")
                await writer.start_tls(self.tls)
                encrypted = self.was_encrypted = True
            elif verb.upper() == "AUTH":
                self.signed_in = base64.b64decode(rest.partition(" ")[2]).decode()
                await say("235 welcome")
            elif verb.upper() == "DATA":
                await say("354 go on")
                lines = []
                while (one := (await reader.readline()).decode().rstrip("\r\n")) != ".":
                    lines.append(one)
                self.mails.append("\n".join(lines))
                await say("250 taken")
            else:
                await say("221 bye" if verb.upper() == "QUIT" else "250 ok")
        writer.close()


@asynccontextmanager
async def smtp_server(
    tls: ssl.SSLContext | None, *, from_the_start: ssl.SSLContext | None = None, **given: Any
) -> AsyncIterator[SmtpServer]:
    """One on a loopback port. tls: what STARTTLS turns to, if it is offered."""
    made = SmtpServer(tls, **given)
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0, ssl=from_the_start)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
