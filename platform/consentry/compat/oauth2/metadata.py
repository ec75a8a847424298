"""What a server says about itself (RFC 8414)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from consentry.spec.pkce import S256
from consentry.spec.response_types import RESPONSE_MODES

from .grants.base import AuthorizationEndpointMixin, TokenEndpointMixin

if TYPE_CHECKING:
    from .registry import Registry


def described(server: "Registry", members: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata document of what is registered.

    members: those of the application; an endpoint that no grant uses is left out of them.
    """
    grants = server.grants
    redirecting = [one for one in grants if issubclass(one, AuthorizationEndpointMixin)]
    trading = [one for one in grants if issubclass(one, TokenEndpointMixin)]
    found: dict[str, Any] = {
        "issuer": server.issuer,
        "response_types_supported": sorted({t for one in redirecting for t in one.RESPONSE_TYPES}),
        "grant_types_supported": [one.GRANT_TYPE for one in grants],
        "token_endpoint_auth_methods_supported": sorted(
            {method for one in trading for method in one.TOKEN_ENDPOINT_AUTH_METHODS}
        ),
    }
    if server.scopes_supported:
        found["scopes_supported"] = list(server.scopes_supported)
    if redirecting:
        found["response_modes_supported"] = list(RESPONSE_MODES)
        found["code_challenge_methods_supported"] = [S256]
        found["authorization_response_iss_parameter_supported"] = bool(server.issuer)
    used = {"authorization_endpoint": redirecting, "token_endpoint": trading}
    return found | {name: value for name, value in members.items() if used.get(name, True)}
