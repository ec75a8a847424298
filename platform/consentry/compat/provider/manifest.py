"""The same settings and clients for the server: what `consentry apply` reads, as plain data."""

from collections.abc import Iterable, Mapping
from typing import Any

from consentry.compat.provider.constants import PUBLIC
from consentry.compat.provider.settings import IMPLICIT_NOTE, ProviderSettings

MAX_CODE_LIFETIME = 60
MIN_LIFETIME = 30
MIN_CODE_LIFETIME = 5
MIN_SECRET = 16


def manifest_settings(settings: ProviderSettings) -> dict[str, Any]:
    """A tenant's `settings`. A code lives 60 seconds there at most."""
    grant_types = list(settings.grant_types)
    if IMPLICIT_NOTE in settings.notes:
        grant_types.append("implicit")
    code_lifetime = min(max(settings.code_lifetime, MIN_CODE_LIFETIME), MAX_CODE_LIFETIME)
    return {
        "access_token_lifetime": max(settings.access_token_lifetime, MIN_LIFETIME),
        "refresh_token_lifetime": settings.refresh_token_lifetime,
        "authorization_code_lifetime": code_lifetime,
        "require_pkce": settings.require_pkce,
        "grant_types_supported": grant_types,
    }


def manifest_scopes(settings: ProviderSettings) -> list[dict[str, str]]:
    """A tenant's `scopes`: every name but those that only stand for others together."""
    names = settings.scopes.names(settings.scopes.all_bits)
    return [{"name": name, "description": settings.scopes.descriptions[name]} for name in names]


def manifest_client(row: Mapping[str, Any], settings: ProviderSettings) -> dict[str, Any]:
    """A client of the manifest, for a row of `oauth2_client`.

    A secret under 16 characters is left out: the server takes none so short, and `apply` says
    how to make another.
    """
    is_public = int(row["client_type"]) == PUBLIC
    redirect = row.get("redirect_uri") or row.get("redirect_url") or ""
    entry: dict[str, Any] = {
        "client_id": row["client_id"],
        "client_name": row.get("name") or row["client_id"],
        "redirect_uris": redirect.split(),
        "grant_types": list(settings.grant_types),
        "scope": " ".join(one["name"] for one in manifest_scopes(settings)),
        "token_endpoint_auth_method": "none" if is_public else "client_secret_post",
    }
    if row.get("url"):
        entry["client_uri"] = row["url"]
    secret = row.get("client_secret") or ""
    if not is_public and len(secret) >= MIN_SECRET:
        entry["client_secret"] = secret
    return entry


def manifest_of(
    settings: ProviderSettings, *, slug: str, clients: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A manifest of one tenant. Write it as JSON or YAML; `manifest_notes` says what is not in it.

    slug: the tenant's name in its host. clients: rows of `oauth2_client`.
    """
    tenant = {
        "slug": slug,
        "settings": manifest_settings(settings),
        "scopes": manifest_scopes(settings),
        "clients": [manifest_client(row, settings) for row in clients],
    }
    return {"tenants": [tenant]}


def manifest_notes(settings: ProviderSettings) -> list[str]:
    """What differs there, one line each."""
    notes = []
    if settings.code_lifetime > MAX_CODE_LIFETIME:
        notes.append(f"a code lives {MAX_CODE_LIFETIME} s, not {settings.code_lifetime} s")
    if settings.access_token_lifetime_public != settings.access_token_lifetime:
        notes.append("public clients have the access token lifetime of all others")
    if settings.single_access_token:
        notes.append("every answer has an access token of its own")
    if IMPLICIT_NOTE in settings.notes:
        notes.append("the implicit grant is on; only clients that list it may use it")
    if composites := _composites(settings):
        notes.append(f"{', '.join(composites)}: clients ask for the single names")
    return notes


def _composites(settings: ProviderSettings) -> list[str]:
    every = settings.scopes.names(settings.scopes.all_bits, composites=True)
    return [name for name in every if settings.scopes.is_composite(name)]
