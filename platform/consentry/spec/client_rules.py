"""What must hold between the members of client metadata. Each message names its key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm

from .errors import InvalidScope
from .oauth1.callback import OOB
from .oauth1.signatures import MIN_RSA_BITS, load_rsa_public_key
from .redirect_uri import check_registrable, split
from .response_types import RESPONSE_TYPES, normalize
from .scope import Scope

if TYPE_CHECKING:
    from .client_metadata import ClientMetadata

_PORTS: Final = {"https": "443", "http": "80"}
_SUPPORTED: Final = frozenset(normalize(text) for text in RESPONSE_TYPES)


def check_rules(client: "ClientMetadata") -> None:
    """Raises ValueError for the first rule that does not hold."""
    if not client.protocols:
        raise ValueError("protocols: at least one is needed")
    _check_scope(client)
    _check_redirect_uris(client)
    _check_frontchannel_logout(client)
    _check_keys(client)
    _check_oauth1(client)
    if "oauth2" in client.protocols:
        _check_grants(client)
        _check_response_types(client)
        _check_authentication(client)
        _check_subject_type(client)


def _check_scope(client: "ClientMetadata") -> None:
    try:
        Scope.parse(client.scope)
    except InvalidScope as reason:
        raise ValueError(f"scope: {reason.description.removeprefix('scope ')}") from None


def _check_redirect_uris(client: "ClientMetadata") -> None:
    callbacks: Iterable[str] = client.redirect_uris
    if "oauth1" in client.protocols:
        callbacks = (uri for uri in client.redirect_uris if uri != OOB)
    _check_each("redirect_uris", callbacks)
    _check_each("post_logout_redirect_uris", client.post_logout_redirect_uris)


def _check_each(key: str, uris: Iterable[str]) -> None:
    for uri in uris:
        try:
            check_registrable(uri)
        except ValueError as reason:
            raise ValueError(f"{key}: {uri[:200]!a} {reason}") from None


def _check_frontchannel_logout(client: "ClientMetadata") -> None:
    """Scheme, host and port are those of a redirect URI (Front-Channel Logout §2)."""
    uri = client.frontchannel_logout_uri
    if uri is None:
        return
    if split(uri).host.startswith("["):
        # A policy has no word for such a host (CSP Level 3 §2.3.1), so it would let in too much.
        raise ValueError("frontchannel_logout_uri: must not have an IPv6 address as its host")
    registered = {_place(one) for one in client.redirect_uris if one != OOB}
    if _place(uri) not in registered:
        raise ValueError(
            "frontchannel_logout_uri: scheme, host and port must be those of a redirect URI"
        )


def _place(uri: str) -> tuple[str, str, str]:
    parts = split(uri)
    return parts.scheme, parts.host.lower(), parts.port or _PORTS.get(parts.scheme, "")


def _check_grants(client: "ClientMetadata") -> None:
    redirects = [uri for uri in client.redirect_uris if uri != OOB]
    for grant_type in ("authorization_code", "implicit"):
        if grant_type in client.grant_types and not redirects:
            raise ValueError(f"redirect_uris: required by the grant type {grant_type}")
    # RFC 6749 §4.4: a public client has nothing to show.
    if client.is_public and "client_credentials" in client.grant_types:
        raise ValueError("grant_types: client_credentials needs client authentication")


def _check_response_types(client: "ClientMetadata") -> None:
    """Grant and response types belong together (RFC 7591 §2.1)."""
    asked = [normalize(text) for text in client.response_types]
    for text, types in zip(client.response_types, asked, strict=True):
        if types not in _SUPPORTED:
            raise ValueError(f"response_types: {text[:100]!a} is not supported")
        needed = "authorization_code" if "code" in types else "implicit"
        if needed not in client.grant_types:
            raise ValueError(f"grant_types: response type {text} needs {needed}")
    if "authorization_code" in client.grant_types and frozenset({"code"}) not in asked:
        raise ValueError("response_types: grant type authorization_code needs code")
    if "implicit" in client.grant_types and all("code" in types for types in asked):
        raise ValueError("response_types: grant type implicit needs token or id_token")


def _check_keys(client: "ClientMetadata") -> None:
    # RFC 7591 §2: never both.
    if client.jwks is not None and client.jwks_uri is not None:
        raise ValueError("jwks: not together with jwks_uri")


def _check_authentication(client: "ClientMetadata") -> None:
    """Method, key and algorithm fit each other (RFC 7591 §2, OIDC Core §9)."""
    method, alg = client.token_endpoint_auth_method, client.token_endpoint_auth_signing_alg
    if method == "private_key_jwt" and client.jwks is None and client.jwks_uri is None:
        raise ValueError("jwks: private_key_jwt needs jwks or jwks_uri")
    if alg is not None and (alg == "HS256") != (method == "client_secret_jwt"):
        raise ValueError(f"token_endpoint_auth_signing_alg: {alg} does not go with {method}")
    # Introspection is for authenticated callers only (RFC 7662 §2.1).
    if client.is_public and client.may_introspect == "all":
        raise ValueError("may_introspect: all needs client authentication")


def _check_subject_type(client: "ClientMetadata") -> None:
    """Pairwise subjects need one sector (OIDC Core §8.1)."""
    if client.subject_type != "pairwise" or client.sector_identifier_uri is not None:
        return
    hosts = {split(uri).host.lower() for uri in client.redirect_uris if uri != OOB}
    if len(hosts) > 1:
        raise ValueError("sector_identifier_uri: needed for pairwise subjects on several hosts")


def _check_oauth1(client: "ClientMetadata") -> None:
    key = client.oauth1_rsa_public_key.strip()
    if key:
        _check_rsa_key(key)
    if "oauth1" in client.protocols and not client.oauth1_signature_methods:
        raise ValueError("oauth1_signature_methods: at least one is needed")


def _check_rsa_key(pem: str) -> None:
    """A public key or certificate of 2,048 bits or more (RFC 5849 §3.4.3, NIST SP 800-57)."""
    try:
        bits = load_rsa_public_key(pem).key_size
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "oauth1_rsa_public_key: must be an RSA public key or certificate in PEM"
        ) from None
    if bits < MIN_RSA_BITS:
        raise ValueError(f"oauth1_rsa_public_key: must have {MIN_RSA_BITS} bits or more")
