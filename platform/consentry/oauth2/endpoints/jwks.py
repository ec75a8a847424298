"""The tenant's public signing keys (RFC 7517)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import ensure_keys
from consentry.web.routing import Rendered

CACHE_S = 300
HEADERS = (
    (b"cache-control", b"public, max-age=%d" % CACHE_S),
    (b"content-type", b"application/jwk-set+json"),
)


async def jwks(request: Request) -> Response:
    """The JWK Set; the policy's first keys are made if need be."""
    ctx = TenantContext.of(request)
    held = await ensure_keys(ctx)
    return Rendered(held.jwks(ctx.now()), HEADERS)
