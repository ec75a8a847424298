"""The first step of every request: whose host was asked."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from consentry.settings import Settings
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.host import Headers, MalformedHost, origin_of
from consentry.tenancy.registry import TenantRegistry
from consentry.web.failure import failure

PROBES = frozenset({"/healthz", "/readyz"})
# One of these is in whatever came through a proxy, and in nothing a collector asks.
_PASSED_ON = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host"})
# What the base host answers without asking the database who is there.
NOBODYS = PROBES | {"/", "/metrics"}


class Hosts:
    """Sends a request to its tenant, or to the base host's application.

    Malformed host 400, unknown host 404, disabled tenant 403. Probes answer on any
    host: whoever asks them knows an address, not a name. So does who collects the figures
    of each replica, and `metrics` may keep them for it alone. The pages of the base host find
    the operators' context where those of a tenant find the tenant's.
    """

    def __init__(
        self, settings: Settings, registry: TenantRegistry, *, tenant: ASGIApp, base: ASGIApp
    ) -> None:
        self._settings, self._registry = settings, registry
        self._tenant, self._base = tenant, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self._settings
        peer = scope["client"][0] if scope.get("client") else ""
        try:
            origin = origin_of(
                scope["headers"], peer, https=settings.https, trusted=settings.trusted_proxies
            )
        except MalformedHost as error:
            await _refuse(scope, 400, "invalid_request", str(error))(scope, receive, send)
            return
        scope["consentry.host"] = origin.host
        scope["consentry.address"] = origin.address
        scope["consentry.https"] = origin.https
        if scope["path"] == "/metrics" and settings.metrics == "address":
            shown = self._base if _is_of_a_collector(scope["headers"]) else _no_address
            await shown(scope, receive, send)
            return
        if origin.host == settings.base_host or scope["path"] in PROBES:
            refusal = await self._enter_base(scope)
            await (refusal or self._base)(scope, receive, send)
            return
        refusal = await self._enter(scope, origin.host)
        await (refusal or self._tenant)(scope, receive, send)

    async def _enter_base(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        if path in NOBODYS or path.startswith("/static/"):
            return None
        try:
            scope["consentry.tenant"] = await self._registry.operators()
        except Unavailable as error:
            return _unavailable(scope, error)
        return None

    async def _enter(self, scope: Scope, host: str) -> Response | None:
        try:
            context = self._registry.ready(host) or await self._registry.find(host)
        except Unavailable as error:
            return _unavailable(scope, error)
        if context is None:
            return _refuse(scope, 404, "not_found", "no such host")
        if context.tenant.is_disabled:
            return _refuse(scope, 403, "access_denied", "this tenant is disabled")
        scope["consentry.tenant"] = context
        scope["consentry.tenant_slug"] = context.tenant.slug
        return None


def _unavailable(scope: Scope, error: Unavailable) -> Response:
    get_logger().error("store_unavailable", reason=str(error))
    return _refuse(scope, 503, "temporarily_unavailable", "try again in a moment")


def _refuse(scope: Scope, status: int, error: str, description: str) -> Response:
    content_type, body = failure(scope["path"], (), status, error, description)
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(body, status, headers, content_type.decode())


def _is_of_a_collector(headers: Headers) -> bool:
    """Whether `Host` itself is an IP address (RFC 3986 §3.2.2) and no proxy passed it on.

    A proxy that is asked for `http://name/` beside another `Host` may choose by the name
    (RFC 9112 §3.2.2) and still pass the header on as it came.
    """
    if _PASSED_ON & {name for name, _ in headers}:
        return False
    host = next(value for name, value in headers if name == b"host").decode("ascii")
    try:
        ip_address(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
    return True


async def _no_address(scope: Scope, receive: Receive, send: Send) -> None:
    await _refuse(scope, 404, "not_found", "no such address")(scope, receive, send)


async def not_found(request: Request) -> Response:
    """No such address."""
    return _refuse(request.scope, 404, "not_found", "no such address")
