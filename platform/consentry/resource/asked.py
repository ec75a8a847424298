"""A request as protectors look at it."""

from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection, Request

from consentry.spec.authorization_header import scheme_of
from consentry.spec.errors import InvalidRequest, OAuthError
from consentry.spec.oauth1.encoding import form_encode, is_form

MAX_BODY_BYTES: Final = 1024 * 1024
_SCHEMES: Final = {"ws": "http", "wss": "https"}


class BodyTooLarge(OAuthError):
    """The body is signed and larger than we read (RFC 9110 §15.5.14)."""

    status = 413


class LengthRequired(OAuthError):
    """The body is signed and nobody says how large it is (RFC 9110 §15.5.12)."""

    status = 411


class Asked:
    """What was asked, of HTTP or of a handshake to a websocket; the body is read when needed."""

    def __init__(self, connection: HTTPConnection[Any]) -> None:
        self.connection = connection
        self.body_read: bytes | None = None

    @property
    def method(self) -> str:
        """The method; a handshake is a GET (RFC 6455 §4.1)."""
        return str(self.connection.scope.get("method", "GET"))

    @property
    def authorization(self) -> str | None:
        """The Authorization header. Raises InvalidRequest for two: which one would count?"""
        sent = self.connection.headers.getlist("authorization")
        if len(sent) > 1:
            raise InvalidRequest("more than one Authorization header", rule="RFC 6750 2")
        return sent[0] if sent else None

    @property
    def scheme(self) -> str:
        """The scheme of the Authorization header in lower case; empty without one."""
        return scheme_of(self.authorization or "")

    @property
    def content_type(self) -> str | None:
        """As sent."""
        return self.connection.headers.get("content-type")

    @property
    def query(self) -> bytes:
        """The query as sent."""
        return bytes(self.connection.scope.get("query_string", b""))

    def url(self, origin: str | None) -> str:
        """The absolute URL with path and query as sent.

        origin: scheme and host as clients know them; else the Host header is believed.
        """
        scope = self.connection.scope
        raw_path = scope.get("raw_path")
        path = raw_path.decode("latin-1") if raw_path else quote(scope["path"])
        query = self.query.decode("latin-1")
        return (origin or self._origin()) + (path or "/") + (f"?{query}" if query else "")

    async def small_form(self) -> bytes:
        """The body if it is a form of a known, moderate size; else nothing."""
        length = self._content_length()
        if not is_form(self.content_type) or length is None or length > MAX_BODY_BYTES:
            return b""
        return await self._body()

    async def body(self, limit: int) -> bytes:
        """The body. Raises LengthRequired, BodyTooLarge above `limit` bytes, and InvalidRequest
        where it is out of reach: what nobody read must not pass as signed.
        """
        length = self._content_length()
        if length is None:
            if self._may_have_a_body:
                raise LengthRequired("a signed body needs a Content-Length")
            return b""
        if length > limit:
            raise BodyTooLarge(f"a signed body has at most {limit} bytes")
        if length and not isinstance(self.connection, Request):
            raise InvalidRequest("a signed body cannot be read here", rule="RFC 5849 3.4.1.3.1")
        return await self._body()

    @property
    def _may_have_a_body(self) -> bool:
        """Whether there can be one of unknown length, as HTTP/2 has it (RFC 9113 §8.1.1)."""
        version = str(self.connection.scope.get("http_version", "1.1"))
        is_framed = self.connection.scope["type"] == "http" and not version.startswith("1")
        return is_framed or "transfer-encoding" in self.connection.headers

    def _content_length(self) -> int | None:
        sent = self.connection.headers.get("content-length", "")
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else None

    async def _body(self) -> bytes:
        if self.body_read is None and isinstance(self.connection, Request):
            try:
                self.body_read = await self.connection.body()
            except RuntimeError:
                # The app took the form before us, as FastAPI does where a route has one.
                self.body_read = await _written_again(self.connection)
        return self.body_read or b""

    def _origin(self) -> str:
        hosts = self.connection.headers.getlist("host")
        if len(hosts) != 1:
            raise InvalidRequest("one Host header is needed", rule="RFC 9112 3.2")
        scheme = str(self.connection.scope.get("scheme", "http"))
        return f"{_SCHEMES.get(scheme, scheme)}://{hosts[0]}"


async def _written_again(request: Request[Any]) -> bytes:
    pairs = (await request.form()).multi_items()
    texts = [(name, value) for name, value in pairs if not isinstance(value, UploadFile)]
    return form_encode(texts).encode()
