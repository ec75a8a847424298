"""JSON from the authorization server this API trusts."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import httpx2

from consentry.jose import strict_json
from consentry.spec.errors import TemporarilyUnavailable

TOTAL_S: Final = 5.0
MAX_BYTES: Final = 64 * 1024
# Compressed, a small answer could become a large one.
_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}


class Unavailable(TemporarilyUnavailable):
    """The authorization server gave no usable answer; answered 503, letting nobody in.

    status: of its answer, 0 if there was none.
    """

    def __init__(self, detail: str, status: int = 0) -> None:
        super().__init__("the authorization server cannot be asked just now", detail=detail)
        self.answered = status


class RemoteJson:
    """Gets and posts: 200, an object of at most 64 KiB, in 5 seconds, no redirects.

    client: one of the app's own, which the app closes; else one is made when first needed.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        self._given = client
        self._made: httpx2.AsyncClient | None = None

    async def get(self, url: str) -> dict[str, Any]:
        """The object at an address. Raises Unavailable."""
        return await self._object("GET", url, _HEADERS)

    async def post(
        self, url: str, client_id: str, client_secret: str, **content: Any
    ) -> dict[str, Any]:
        """What answers a request of an authenticated client. Raises Unavailable.

        content: `data` of a form, or `json`.
        """
        headers = {**_HEADERS, "Authorization": basic(client_id, client_secret)}
        return await self._object("POST", url, headers, **content)

    async def aclose(self) -> None:
        """Close the client if it was made here."""
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    async def _object(
        self, method: str, url: str, headers: Mapping[str, str], **content: Any
    ) -> dict[str, Any]:
        try:
            async with asyncio.timeout(TOTAL_S):
                body = await self._body(method, url, headers, **content)
            return strict_json.parse_object(body)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise Unavailable(f"{url}: {type(error).__name__}") from error
        except ValueError as error:
            raise Unavailable(f"{url}: {error}") from error

    async def _body(
        self, method: str, url: str, headers: Mapping[str, str], **content: Any
    ) -> bytes:
        sent = self._client().stream(
            method, url, headers=headers, follow_redirects=False, **content
        )
        async with sent as response:
            if response.status_code != 200:
                status = response.status_code
                raise Unavailable(f"{url}: status {status}", status)
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise Unavailable(f"{url}: compressed, which was not asked for", 200)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unavailable(f"{url}: over {MAX_BYTES} bytes", 200)
            return bytes(body)

    def _client(self) -> httpx2.AsyncClient:
        if self._given is not None:
            return self._given
        if self._made is None:
            self._made = httpx2.AsyncClient(timeout=TOTAL_S)
        return self._made


def basic(client_id: str, client_secret: str) -> str:
    """A Basic header; both halves are form-encoded first (RFC 6749 §2.3.1)."""
    joined = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {b64encode(joined.encode()).decode()}"
