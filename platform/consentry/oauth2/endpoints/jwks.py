"""The tenant's public signing keys (RFC 7517)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import ensure_keys

CACHE_S = 300


async def jwks(request: Request) -> Response:
    """The JWK Set; the policy's first keys are made if need be."""
    ctx = TenantContext.of(request)
    held = await ensure_keys(ctx)
    headers = {"Cache-Control": f"public, max-age={CACHE_S}"}
    return Response(held.jwks(ctx.now()), 200, headers, "application/jwk-set+json")
