"""Rows of the tables people come from, as what is registered here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .settings import check_lifetime
from .token_mixin import token_digest

_COPIED = ("client_name", "scope", "token_endpoint_auth_method")


@dataclass(frozen=True, slots=True)
class ImportedClient:
    """A client of another table. client_secret: plain, as it was kept; None for none.

    metadata: by the names of RFC 7591 §2.
    """

    client_id: str
    client_secret: str | None = field(repr=False)
    metadata: dict[str, Any]


def client_of_row(row: Mapping[str, Any]) -> ImportedClient:
    """What a row of an OAuth 2 client table says, in its older or its newer shape.

    Newer: `client_metadata`, JSON as text or read already. Older: a column for each, lists as
    text parted by spaces or lines, `default_redirect_uri` beside `redirect_uris`.
    """
    kept = row.get("client_metadata")
    metadata = json.loads(kept) if isinstance(kept, str) else kept
    return ImportedClient(
        client_id=row["client_id"],
        client_secret=row.get("client_secret") or None,
        metadata=dict(metadata) if metadata else _of_columns(row),
    )


def _of_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    uris = [*_words(row, "redirect_uris"), *_words(row, "default_redirect_uri")]
    metadata: dict[str, Any] = {
        "redirect_uris": list(dict.fromkeys(uris)),
        "grant_types": _words(row, "grant_type"),
        "response_types": _words(row, "response_type"),
    }
    return metadata | {name: row[name] for name in _COPIED if row.get(name)}


def _words(row: Mapping[str, Any], name: str) -> list[str]:
    return (row.get(name) or "").split()


def token_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an OAuth2TokenMixin keeps of a row of an OAuth 2 token table, older or newer.

    Tokens keep working: they are found by their digest. Raises ValueError for a lifetime of
    zero, which was "for ever" in one version and "at once" in another: decide before.
    """
    refresh_token = row.get("refresh_token") or None
    revoked_at = int(row["issued_at"]) if row.get("revoked") else 0
    return {
        "client_id": row["client_id"],
        "user_id": row.get("user_id"),
        "token_type": row.get("token_type") or "Bearer",
        "access_token_digest": token_digest(row["access_token"]),
        "refresh_token_digest": None if refresh_token is None else token_digest(refresh_token),
        "scope": row.get("scope") or "",
        "issued_at": int(row["issued_at"]),
        "expires_in": check_lifetime(row["expires_in"]),
        "access_token_revoked_at": row.get("access_token_revoked_at") or revoked_at,
        "refresh_token_revoked_at": row.get("refresh_token_revoked_at") or revoked_at,
    }
