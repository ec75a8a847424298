"""Kinds of app: what each registers, and what it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from consentry.spec.client_metadata import ClientMetadata

CODE: Final = {
    "protocols": ["oauth2"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
}
AGENT: Final = "agent"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. redirects: what its addresses look like, empty where it has none.

    metadata: what it is registered with, besides what its owner fills in.
    """

    name: str
    title: str
    text: str
    icon: str
    redirects: str = ""
    example: str = ""
    metadata: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_oauth1(self) -> bool:
        """Whether it signs requests (RFC 5849) instead of asking for tokens."""
        return self.name == "oauth1"

    @property
    def is_personal(self) -> bool:
        """Whether it may be told who a person is (OpenID Connect)."""
        return "authorization_code" in self.metadata.get("grant_types", ())


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "web",
            "Web application",
            "Runs on a server of yours and can keep a secret.",
            "server",
            "https addresses of your server; http for this machine only.",
            "https://app.example/callback",
            {
                **CODE,
                "application_type": "web",
                "token_endpoint_auth_method": "client_secret_basic",
            },
        ),
        Kind(
            "single-page",
            "Single-page application",
            "Runs in the browser, holds no secret and uses PKCE.",
            "window",
            "https addresses your page is served from; http for this machine only.",
            "https://app.example/",
            {**CODE, "application_type": "web", "token_endpoint_auth_method": "none"},
        ),
        Kind(
            "native",
            "Native application",
            "On a phone or a desktop; holds no secret and uses PKCE.",
            "phone",
            "http://127.0.0.1/… (any port fits) or a scheme of your own with a dot in it.",
            "http://127.0.0.1/callback",
            {**CODE, "application_type": "native", "token_endpoint_auth_method": "none"},
        ),
        Kind(
            "machine",
            "Machine",
            "Acts for itself, without a person: a job, a server, a device.",
            "device",
            metadata={
                "protocols": ["oauth2"],
                "grant_types": ["client_credentials"],
                "response_types": [],
                "token_endpoint_auth_method": "client_secret_basic",
            },
        ),
        Kind(
            AGENT,
            "Agent (MCP)",
            "Acts for a person at one API, as the Model Context Protocol has it.",
            "agent",
            "http://127.0.0.1/… (any port fits) or https addresses of the agent's host.",
            "http://127.0.0.1/callback",
            {
                **CODE,
                "application_type": "native",
                "token_endpoint_auth_method": "none",
                "keywords": [AGENT],
            },
        ),
        Kind(
            "oauth1",
            "OAuth 1.0a",
            "Signs each request (RFC 5849); for software that knows nothing newer.",
            "signature",
            "https addresses of your server, or oob where a person types the verifier.",
            "https://app.example/callback",
            {"protocols": ["oauth1"]},
        ),
    )
}


def kind_of(metadata: ClientMetadata) -> Kind:
    """The kind that what is registered amounts to."""
    if "oauth2" not in metadata.protocols:
        return KINDS["oauth1"]
    if "authorization_code" not in metadata.grant_types and not metadata.redirect_uris:
        return KINDS["machine"]
    if AGENT in metadata.keywords:
        return KINDS[AGENT]
    if metadata.application_type == "native":
        return KINDS["native"]
    return KINDS["single-page" if metadata.is_public else "web"]
