"""A small HTTP server, in this process, that answers exactly what it is told to."""

import asyncio
import datetime
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[["Origin", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Origin:
    """port: where it listens on 127.0.0.1. heads, bodies: what was asked, in the same order.

    names: the SNI of each.
    """

    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def url(self, path: str = "/keys", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """An address of this server under any host name."""
        return f"{scheme}://{host}:{self.port}{path}"


def says(
    body: bytes = b"{}",
    *more: str,
    status: str = "200 OK",
    content_type: str = "application/json",
) -> Answer:
    """The same answer to everyone. more: further header lines."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    whole = "\r\n".join([*lines, "", ""]).encode() + body

    async def answer(_: Origin, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)

    return answer


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    """A server on a free port of 127.0.0.1 until the block ends."""
    origin = Origin()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: origin.names.append(name)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = await reader.readexactly(_length(head))
            origin.heads.append(head)
            origin.bodies.append(body)
            await answer(origin, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()


def _length(head: str) -> int:
    found = re.search(r"\r\ncontent-length: (\d+)\r\n", head.lower())
    return int(found[1]) if found else 0


@dataclass(frozen=True)
class Certified:
    """A server's TLS context, and a client's that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    @classmethod
    def make(cls, folder: Path, host: str) -> "Certified":
        """A self-signed certificate for one host name."""
        key, certificate = _certificate(host)
        pem = certificate.public_bytes(Encoding.PEM)
        path = folder / "server.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
        return cls(server, ssl.create_default_context(cadata=pem.decode()))


def _certificate(host: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return key, builder.sign(key, SHA256())
