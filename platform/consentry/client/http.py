"""HTTP to one provider: a pool of connections of its own, and answers of bounded size."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx2

from consentry.jose import strict_json

from .errors import UnexpectedAnswer

USER_AGENT: Final = "consentry-client/1"
MAX_BYTES: Final = 1024 * 1024
FORM: Final = "application/x-www-form-urlencoded"
OPTIONS: Final = frozenset(
    {"transport", "timeout", "verify", "cert", "http1", "http2", "proxy", "mounts", "limits"}
    | {"trust_env", "headers", "event_hooks", "max_redirects"}
)
"""Options of `httpx2.AsyncClient` that a registration may carry in `client_kwargs`."""
Outgoing = tuple[str, dict[str, str], Any]
"""URL, headers and body of a request about to be sent."""
Sign = Callable[[str, str, dict[str, str], bytes], Awaitable[Outgoing]]
_log = logging.getLogger("httpx2")


class Http:
    """A pooled client, made at first use.

    Everybody's requests share it, so it keeps no cookies: one user's would be sent for another.
    """

    def __init__(self, options: Mapping[str, Any], user_agent: str = "") -> None:
        self._options = dict(options)
        self._user_agent = user_agent or USER_AGENT
        self._client: httpx2.AsyncClient | None = None

    @property
    def client(self) -> httpx2.AsyncClient:
        """The pool."""
        if self._client is None:
            jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            self._client = httpx2.AsyncClient(**self._options, cookies=jar)
            if "user-agent" not in httpx2.Headers(self._options.get("headers")):
                self._client.headers["User-Agent"] = self._user_agent
        return self._client

    async def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | str = b""
    ) -> httpx2.Response:
        """One exchange with an endpoint of the protocol, read to its end.

        Redirects are not followed: what is sent holds secrets. Raises UnexpectedAnswer past
        1 MiB, and httpx2.TransportError when nothing answers.
        """
        request = self.client.build_request(method, url, headers=headers, content=body)
        answer = await self.client.send(request, stream=True, follow_redirects=False)
        try:
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    raise UnexpectedAnswer(f"an answer of more than {MAX_BYTES} bytes")
        finally:
            await answer.aclose()
        # The content is decoded by now, and shall not be once more.
        kept = [(n, v) for n, v in answer.headers.multi_items() if n not in _OF_THE_TRANSFER]
        return httpx2.Response(answer.status_code, headers=kept, content=content, request=request)

    async def send(
        self, method: str, url: str, sign: Sign | None = None, *,
        follow_redirects: bool = False, **options: Any,
    ) -> httpx2.Response:  # fmt: skip
        """A request to an API, with the options of `httpx2.AsyncClient.build_request`.

        sign: given method, URL, headers by lower-case name and body; it gives the last three
        again, and they are sent.
        """
        request = self.client.build_request(method, url, **options)
        if sign is not None:
            headers = {n: v for n, v in request.headers.items() if n not in _OF_THE_MESSAGE}
            signed = await sign(method, str(request.url), headers, await request.aread())
            request = self.client.build_request(
                method, signed[0], headers=signed[1], content=signed[2],
                extensions=request.extensions,
            )  # fmt: skip
        return await self.client.send(request, auth=None, follow_redirects=follow_redirects)

    async def aclose(self) -> None:
        """Give the connections back; the next use makes new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


_OF_THE_MESSAGE: Final = ("host", "content-length", "transfer-encoding")
_OF_THE_TRANSFER: Final = ("content-encoding", "content-length", "transfer-encoding")


def json_object(answer: httpx2.Response, what: str) -> dict[str, Any]:
    """The JSON object of an answer; raises UnexpectedAnswer, naming only what was asked."""
    try:
        return strict_json.parse_object(answer.content)
    except ValueError:
        raise UnexpectedAnswer(f"{what}: HTTP {answer.status_code} without JSON") from None


def hide_queries() -> None:
    """Keep credentials that travel in a query out of the request log of httpx2."""
    if not any(isinstance(one, _WithoutCredentials) for one in _log.filters):
        _log.addFilter(_WithoutCredentials())


class _WithoutCredentials(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(one) for one in record.args)
        return True


def _shown(argument: object) -> object:
    if not isinstance(argument, httpx2.URL):
        return argument
    secret = b"oauth_" in argument.query or b"access_token" in argument.query
    return argument.copy_with(query=b"hidden") if secret else argument
