"""Metadata (RFC 8414, OIDC Discovery §3): what is advertised works."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.client_auth import METHODS
from consentry.jose.algorithms import CLIENT_ASSERTION_ALGS, SIGNING_ALGS
from consentry.spec.response_types import RESPONSE_MODES
from consentry.spec.standard_claims import STANDARD_CLAIMS
from consentry.tenancy.context import STANDARD_SCOPES, TenantContext
from consentry.tokens.id_token import ACR_VALUES
from consentry.web.routing import Rendered

CACHE_S = 300
HEADERS = (
    (b"cache-control", b"public, max-age=%d" % CACHE_S),
    (b"content-type", b"application/json"),
)


async def configuration(request: Request) -> Response:
    """The tenant's metadata document, rendered once."""
    ctx = TenantContext.of(request)
    own = ctx.rendered.get("configuration")
    if own is None:
        # Kept for each of many tenants: the slice also leaves orjson's spare room behind.
        own = ctx.rendered["configuration"] = orjson.dumps(metadata(ctx))[:-1]
    return Rendered(own + _REST, HEADERS)


# What holds for every tenant alike.
FIXED: Final[dict[str, Any]] = {
    "response_modes_supported": RESPONSE_MODES,
    "acr_values_supported": ACR_VALUES,
    "subject_types_supported": ("public", "pairwise"),
    "id_token_signing_alg_values_supported": SIGNING_ALGS,
    "userinfo_signing_alg_values_supported": SIGNING_ALGS,
    "token_endpoint_auth_methods_supported": METHODS,
    "token_endpoint_auth_signing_alg_values_supported": CLIENT_ASSERTION_ALGS,
    "revocation_endpoint_auth_methods_supported": METHODS,
    "revocation_endpoint_auth_signing_alg_values_supported": CLIENT_ASSERTION_ALGS,
    "introspection_endpoint_auth_methods_supported": [one for one in METHODS if one != "none"],
    "introspection_endpoint_auth_signing_alg_values_supported": CLIENT_ASSERTION_ALGS,
    "code_challenge_methods_supported": ("S256",),
    "display_values_supported": ("page", "popup", "touch", "wap"),
    "prompt_values_supported": ("none", "login", "consent", "select_account"),
    "claim_types_supported": ("normal",),
    "claims_supported": sorted({*STANDARD_CLAIMS, "auth_time", "acr", "amr", "nonce", "sid"}),
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "require_request_uri_registration": False,
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
    "ui_locales_supported": ("en",),
}


_REST: Final = b"," + orjson.dumps(FIXED)[1:]


def metadata(ctx: TenantContext) -> dict[str, Any]:
    """The tenant's own members; with FIXED one document serves both standards, and each member
    is registered by one of them."""
    issuer, grants = ctx.issuer, ctx.policy.grant_types_supported
    response_types = ["code"] if "authorization_code" in grants else []
    if "implicit" in grants:
        response_types += ["token", "id_token", "id_token token"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/authorize",
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/oauth2/jwks",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "userinfo_endpoint": f"{issuer}/oauth2/userinfo",
        "end_session_endpoint": f"{issuer}/oauth2/logout",
        "scopes_supported": sorted({*STANDARD_SCOPES, *ctx.scopes}),
        "response_types_supported": response_types,
        "grant_types_supported": grants,
        "protected_resources": sorted(ctx.apis),
    }
