"""Tables of an OAuth 2 provider written with Authlib, in the older and the newer shape."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from consentry.compat.oauth2.imports import client_of_row
from consentry.operations.imports.found import (
    FoundClient,
    FoundToken,
    FoundTokens,
    Options,
    Role,
    Row,
    Source,
)

# What a client may say of itself there and only an operator says here.
OURS: Final = (
    "protocols",
    "skip_consent",
    "may_introspect",
    "oauth1_signature_methods",
    "oauth1_rsa_public_key",
)


class AuthlibOAuth2:
    """A client's metadata is JSON, or a column for each; access and refresh token share a row."""

    protocol: Final[Literal["oauth2"]] = "oauth2"
    tables: Final[Mapping[Role, tuple[str, ...]]] = {
        "clients": ("oauth2_client",),
        "tokens": ("oauth2_token",),
        "users": ("user", "users", "auth_user"),
    }

    def client(self, row: Row, options: Options) -> FoundClient:
        """A row of the client table."""
        found = client_of_row(row)
        metadata: dict[str, Any] = {
            name: value for name, value in found.metadata.items() if name not in OURS
        }
        is_public = metadata.get("token_endpoint_auth_method") == "none"
        secret = None if is_public else found.client_secret
        return FoundClient(found.client_id, found.client_id, secret, metadata)

    async def tokens(
        self, source: Source, tables: Mapping[Role, str], options: Options
    ) -> AsyncIterator[list[FoundTokens]]:
        """Rows of the token table."""
        async for page in source.pages(tables["tokens"]):
            yield [_tokens(row) for row in page]


def _tokens(row: Row) -> FoundTokens:
    issued_at = datetime.fromtimestamp(int(row["issued_at"]), UTC)
    # Zero is «for ever» to its resource protector.
    seconds = int(row.get("expires_in") or 0)
    expires_at = issued_at + timedelta(seconds=seconds) if seconds else None
    revoked = bool(row.get("revoked"))
    found = [
        FoundToken(
            "access",
            row["access_token"],
            expires_at,
            revoked or bool(row.get("access_token_revoked_at")),
        )
    ]
    if row.get("refresh_token"):
        dead = revoked or bool(row.get("refresh_token_revoked_at"))
        found.append(FoundToken("refresh", row["refresh_token"], is_revoked=dead))
    return FoundTokens(
        client=row["client_id"],
        user=row.get("user_id"),
        scope=row.get("scope") or "",
        issued_at=issued_at,
        tokens=tuple(found),
    )
