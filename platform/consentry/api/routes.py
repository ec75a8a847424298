"""The addresses of this door, on a tenant's host and on the base host."""

from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from consentry.api.door import endpoints
from consentry.api.openapi import ISSUER, document
from consentry.api.problems import guarded
from consentry.api.resources import OF_OPERATORS, OF_TENANTS
from consentry.api.whoami import whoami
from consentry.tenancy.context import TenantContext
from consentry.web.routing import Endpoint, Rendered

_WHOAMI = guarded(whoami)
OPENAPI = "/api/v1/openapi.json"
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"public, max-age=300"))


@cache
def _of_tenants() -> bytes:
    return document(OF_TENANTS, has_tokens=True)


@cache
def _of_operators() -> bytes:
    return document(OF_OPERATORS, has_tokens=False)


async def show_openapi(request: Request) -> Response:
    """What the API of a tenant does."""
    ctx = TenantContext.of(request)
    if OPENAPI not in ctx.rendered:
        ctx.rendered[OPENAPI] = _of_tenants().replace(ISSUER.encode(), ctx.issuer.encode())
    return Rendered(ctx.rendered[OPENAPI], _HEADERS)


async def show_operators_openapi(_request: Request) -> Response:
    """What the API of the base host does."""
    return Rendered(_of_operators(), _HEADERS)


ENDPOINTS = {
    "/api/v1/whoami": Endpoint("whoami", {"GET": _WHOAMI, "POST": _WHOAMI}, cross_origin=True),
}
"""What speaks either protocol; the reference of addresses has it."""
RESOURCES = {
    **endpoints(OF_TENANTS),
    OPENAPI: Endpoint("openapi", {"GET": show_openapi}, cross_origin=True),
}
"""The JSON API of a tenant's host, and the document about it."""
BASE_RESOURCES = {
    **endpoints(OF_OPERATORS),
    OPENAPI: Endpoint("openapi", {"GET": show_operators_openapi}, cross_origin=True),
}
"""The same of the base host."""
