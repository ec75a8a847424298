"""Documents fetched from addresses other people name, and notices sent there.

Whoever registers a client or a webhook chooses where we connect, so that must not become a way
into the network we run in (CWE-918): the name is resolved once, every address it has is
checked, and the connection goes to a checked address, so a second, different answer of the DNS
changes nothing.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Final, TypeVar

import httpx2

from consentry import tracing
from consentry.jose import strict_json
from consentry.tenancy.deployment import Answer

from .addresses import is_public

TOTAL_S: Final = 5.0
CONNECT_S: Final = 2.0
MAX_BYTES: Final = 64 * 1024
MAX_AT_ONCE: Final = 16
# More than one process sends at a time: a notice must not fail for waiting behind others.
MAX_POSTS: Final = 64
MAX_ADDRESSES: Final = 4

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
T = TypeVar("T")

_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_JSON: Final = "application/json, application/jwk-set+json"
_TEXT: Final = "text/plain, */*;q=0.1"
_HEADERS: Final = {
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "Consentry",
}


@dataclass(frozen=True, slots=True)
class _Lane:
    """What is asked for one purpose: so much at once, and who looks up its names."""

    turns: asyncio.Semaphore
    resolver: Resolver


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked of a server; a GET has no body."""

    lane: _Lane
    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


class FetchRefused(ValueError):
    """Nothing was fetched, or no answer came; says why without showing what was found there."""


class Names:
    """The system's resolver, in threads of its own.

    A question that nobody answers holds its thread for longer than anybody waits. In the
    threads that all share, a few such names would hold up every other, that of the database
    too; and a process that must end would wait for them.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name, in the system's order of preference (RFC 6724)."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def told(found: Sequence[str] | Exception) -> None:
            self._free.release()
            if answer.cancelled():
                return
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def ask() -> None:
            found = _looked_up(host, port)
            # Behind the end of the loop nobody waits any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(told, found)

        Thread(target=ask, name="names", daemon=True).start()
        return await answer


def _looked_up(host: str, port: int) -> Sequence[str] | Exception:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:
        return error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Fetcher:
    """Fetches JSON and text by https from public addresses, and sends notices there.

    At most 16 documents are fetched at once, and 64 notices sent: slow receivers of notices,
    or names of theirs that nobody knows, keep nobody from being signed in by a key that has to
    be fetched.

    allow_private: private and loopback addresses, and plain http, are let through
    (CONSENTRY_FETCH_PRIVATE_ADDRESSES). total_s: seconds for all of a fetch, the wait for its
    turn and the DNS included. No redirects, cookies, proxies, compression or kept connections.
    """

    def __init__(
        self,
        allow_private: bool = False,
        *,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        self._allow_private = allow_private
        self._reading, self._sending = (
            _Lane(asyncio.Semaphore(most), resolver or Names(most))
            for most in (MAX_AT_ONCE, MAX_POSTS)
        )
        self._ssl_context = ssl_context
        self._total_s = total_s
        self._transport: httpx2.AsyncHTTPTransport | None = None
        self._making = asyncio.Lock()

    async def get_json(self, url: str) -> object:
        """The JSON value at an address: 200, at most 64 KiB. Raises FetchRefused."""
        body = await self._fetched(url, _JSON)
        try:
            return strict_json.parse(body)
        except ValueError as error:
            raise FetchRefused(f"unusable answer: {error}") from None

    async def get_text(self, url: str) -> str:
        """The ASCII text at an address, of whatever media type: 200, at most 64 KiB.

        Raises FetchRefused.
        """
        try:
            return (await self._fetched(url, _TEXT)).decode("ascii")
        except UnicodeDecodeError:
            raise FetchRefused("unusable answer: no ASCII text") from None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST to an address; of what is answered only the status and Retry-After are used.

        headers: with the Content-Type. A redirect's status is given like any other, and not
        followed. Raises FetchRefused when there was no answer.
        """
        return await self._asked(url, _Ask(self._sending, "POST", headers, body), _answer_of)

    async def _fetched(self, url: str, accept: str) -> bytes:
        async def read(response: httpx2.Response) -> bytes:
            return await _document(response, is_json=accept == _JSON)

        return await self._asked(url, _Ask(self._reading, "GET", {"Accept": accept}), read)

    async def _asked(
        self, url: str, ask: _Ask, read: Callable[[httpx2.Response], Awaitable[T]]
    ) -> T:
        target = self._target(url)
        try:
            # Nothing of the trace is sent along: who is asked may be anybody.
            with tracing.span("fetch", {"server.address": target.host}, kind="client"):
                async with (
                    asyncio.timeout(self._total_s),
                    ask.lane.turns,
                    self._reached(target, ask) as found,
                ):
                    return await read(found)
        except TimeoutError:
            raise FetchRefused(f"no answer within {self._total_s:g} s") from None
        except httpx2.HTTPError as error:
            raise FetchRefused(f"no answer: {type(error).__name__}") from None

    async def aclose(self) -> None:
        """Close what is open; the last call."""
        if self._transport is not None:
            await self._transport.aclose()

    def _target(self, text: str) -> httpx2.URL:
        try:
            url = httpx2.URL(text)
        except httpx2.InvalidURL:
            raise FetchRefused("not a URL") from None
        if url.scheme != "https" and not (url.scheme == "http" and self._allow_private):
            raise FetchRefused("only https is fetched")
        if url.userinfo:
            raise FetchRefused("a URL with a user name or password")
        if not _HOST.fullmatch(url.raw_host.decode("ascii")) or not 0 < _port(url) < 65536:
            raise FetchRefused("no proper host and port in the URL")
        return url

    @asynccontextmanager
    async def _reached(self, url: httpx2.URL, ask: _Ask) -> AsyncIterator[httpx2.Response]:
        response = await self._response(url, ask)
        try:
            yield response
        finally:
            await response.aclose()

    async def _response(self, url: httpx2.URL, ask: _Ask) -> httpx2.Response:
        """Of the first address that lets itself be connected to: the others see no request."""
        addresses, transport = await self._addresses(url, ask.lane), await self._made()
        for address in addresses[:-1]:
            try:
                return await transport.handle_async_request(_pinned(address, url, ask))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await transport.handle_async_request(_pinned(addresses[-1], url, ask))

    async def _addresses(self, url: httpx2.URL, lane: _Lane) -> Sequence[str]:
        """Where to connect, in turn. One private address spoils them all: it shows intent."""
        try:
            found = await lane.resolver(url.raw_host.decode("ascii"), _port(url))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise FetchRefused("the host has no address")
        if not self._allow_private and not all(map(is_public, found)):
            raise FetchRefused("the host is not on the public internet")
        return found[:MAX_ADDRESSES]

    async def _made(self) -> httpx2.AsyncHTTPTransport:
        """The transport, made at the first fetch: reading the trusted roots takes 0.1 s."""
        async with self._making:
            if self._transport is None:
                if self._ssl_context is None:
                    self._ssl_context = await asyncio.to_thread(httpx2.create_ssl_context)
                self._transport = httpx2.AsyncHTTPTransport(
                    verify=self._ssl_context,
                    trust_env=False,
                    # A kept connection is known by its address alone and could serve another
                    # name of the same address without its certificate having been checked.
                    limits=httpx2.Limits(max_keepalive_connections=0),
                )
            return self._transport


def _port(url: httpx2.URL) -> int:
    return url.port if url.port is not None else {"https": 443, "http": 80}[url.scheme]


def _pinned(address: str, url: httpx2.URL, ask: _Ask) -> httpx2.Request:
    """A request to one address that asks for, and checks the certificate of, the URL's host."""
    timeout = {"connect": CONNECT_S, "read": None, "write": None, "pool": None}
    return httpx2.Request(
        ask.method,
        url.copy_with(host=address),
        headers={"Host": url.netloc.decode("ascii"), **ask.headers, **_HEADERS},
        content=ask.body,
        extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": timeout},
    )


async def _document(response: httpx2.Response, *, is_json: bool) -> bytes:
    _check(response)
    if is_json:
        _check_is_json(response)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchRefused(f"the answer is over {MAX_BYTES} bytes")
    return bytes(body)


async def _answer_of(response: httpx2.Response) -> Answer:
    """Who answers may finish: what is small is read, then forgotten."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > MAX_BYTES:
            break
    return Answer(response.status_code, _retry_after(response.headers.get("Retry-After", "")))


def _retry_after(value: str) -> int | None:
    """Seconds (RFC 9110 §10.2.3); its other form, a date, is rare and not read."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _check(response: httpx2.Response) -> None:
    if response.is_redirect:
        raise FetchRefused("the answer is a redirect; none is followed")
    if response.status_code != 200:
        raise FetchRefused(f"the answer has status {response.status_code}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchRefused("the answer is compressed, which was not asked for")


def _check_is_json(response: httpx2.Response) -> None:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise FetchRefused("the answer's Content-Type is not JSON")
