"""What all views share: one object per request, headers, the three verbs over the flow."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.backends import Backend, check_one_method
from consentry.compat.provider.errors import OAuthError, OAuthValidationError
from consentry.compat.provider.flow import Flow, new_mark, read_mark, set_mark
from consentry.compat.provider.models import Client
from consentry.compat.provider.provider import Provider
from consentry.spec.errors import InvalidClient, InvalidRequest
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.forms import Form
from consentry.spec.redirect_uri import LOOPBACK_HOSTS, split

Endpoint = Callable[[Request], Awaitable[Response]]
FORM: Final = "application/x-www-form-urlencoded"
MAX_BODY: Final = 65_536
HEADERS: Final = {
    # RFC 6749 §5.1 asks for both.
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class OAuthView:
    """A view: `get` and `post` answer, and no cache keeps what they say."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.settings = provider.settings
        self.store = provider.store

    @classmethod
    def as_view(cls, provider: Provider, **attributes: Any) -> Endpoint:
        """The endpoint for a route; a view of its own for each request.

        attributes: of the class, replaced. Raises TypeError for one it has not.
        """
        for name in attributes:
            if not hasattr(cls, name):
                raise TypeError(f"{cls.__name__} has no {name}")

        async def endpoint(request: Request) -> Response:
            return await cls._made(provider, attributes).dispatch(request)

        return endpoint

    @classmethod
    def _made(cls, provider: Provider, attributes: dict[str, Any]) -> Self:
        view = cls(provider)
        for name, value in attributes.items():
            setattr(view, name, value)
        return view

    async def dispatch(self, request: Request) -> Response:
        """The answer, with the headers that every one has."""
        response = await self.respond(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    async def respond(self, request: Request) -> Response:
        """The answer of the method asked for, or 405 with `Allow` (RFC 9110 §15.5.6)."""
        handler = {"GET": self.get, "POST": self.post}.get(request.method, self.not_allowed)
        return await handler(request)

    async def get(self, request: Request) -> Response:
        """Answer a GET."""
        return await self.not_allowed(request)

    async def post(self, request: Request) -> Response:
        """Answer a POST."""
        return await self.not_allowed(request)

    async def not_allowed(self, request: Request) -> Response:
        """The answer to any other method."""
        return Response(status_code=405, headers={"Allow": "GET, POST"})

    def is_secure(self, request: Request) -> bool:
        """Whether the request came by TLS, as the server tells it."""
        return bool(request.scope["scheme"] == "https")

    def may_answer(self, request: Request) -> bool:
        """False for plain HTTP where TLS is enforced; loopback is for development."""
        if not self.settings.enforce_secure or self.is_secure(request):
            return True
        try:
            return split(f"http://{request.headers.get('host', '')}/").host in LOOPBACK_HOSTS
        except ValueError:
            return False


class Mixin(OAuthView):
    """What is remembered between stages, and who the client is."""

    authentication: ClassVar[tuple[Backend, ...]] = ()
    flow: Flow | None = None
    mark: str = ""

    async def dispatch(self, request: Request) -> Response:
        """As `OAuthView`, with the flow of this tab opened before."""
        name, is_secure = self.settings.session_key, self.is_secure(request)
        found = read_mark(request, name, is_secure=is_secure)
        self.mark = found or new_mark()
        text = request.query_params.get("flow")
        self.flow = self.provider.seal.open(text, self.mark, self.provider.clock())
        response = await super().dispatch(request)
        if found is None and self.flow is not None:
            set_mark(response, name, self.mark, is_secure=is_secure)
        return response

    async def cache_data(self, request: Request, data: Any, key: str = "params") -> None:
        """Remember JSON data for this tab under a key; it begins a flow if there is none."""
        if self.flow is None:
            lifetime = timedelta(seconds=self.settings.flow_lifetime)
            self.flow = Flow.begin(self.provider.clock() + lifetime)
        self.flow.data[key] = data

    async def get_data(self, request: Request, key: str = "params") -> Any:
        """What this tab remembers under a key; None if nothing."""
        return None if self.flow is None else self.flow.data.get(key)

    async def clear_data(self, request: Request) -> None:
        """Forget all that this tab remembers."""
        self.flow = None

    def onward(self, url: str) -> str:
        """The address with this tab's memory added, sealed."""
        if self.flow is None:
            return url
        joint = "&" if "?" in url else "?"
        return f"{url}{joint}flow={self.provider.seal.seal(self.flow, self.mark)}"

    async def authenticate(self, request: Request, data: Form) -> Client:
        """The client, by the first way of `authentication` that it used.

        Raises OAuthValidationError: `invalid_client`, with status 401 and a challenge when it
        tried by header (RFC 6749 §5.2), `invalid_request` for two ways at once.
        """
        try:
            check_one_method(request, data)
            for backend in self.authentication:
                client = await backend.authenticate(request, data, self.store)
                if client is not None:
                    return client
            raise InvalidClient("client authentication is needed")
        except SpecError as refusal:
            raise OAuthValidationError.of(refusal) from refusal


async def read_body(request: Request) -> bytes:
    """The form in a body, as sent.

    Raises InvalidRequest for another type, OAuthError with status 413 over 64 KiB.
    """
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != FORM:
        raise InvalidRequest(f"the body must be {FORM}", rule="content type")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise OAuthError(InvalidRequest("the body is too large").body(), status=413)
        chunks.append(chunk)
    return b"".join(chunks)
