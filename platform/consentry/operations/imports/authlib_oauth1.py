"""Tables of an OAuth 1 provider written with Authlib.

It ships none, but its guides and mixins name the columns. Temporary credentials are left behind:
they last minutes.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from consentry.operations.imports.found import (
    FoundClient,
    FoundToken,
    FoundTokens,
    Options,
    Role,
    Row,
    Source,
)
from consentry.operations.imports.values import named, words


class AuthlibOAuth1:
    """Clients are consumers; scopes are unknown there."""

    protocol: Final[Literal["oauth1"]] = "oauth1"
    tables: Final[Mapping[Role, tuple[str, ...]]] = {
        "clients": ("oauth1_client", "client"),
        "tokens": ("oauth1_token_credential", "token_credential", "oauth1_token"),
        "users": ("user", "users", "auth_user"),
    }

    def client(self, row: Row, options: Options) -> FoundClient:
        """A row with `client_id`, `client_secret`, `default_redirect_uri`, perhaps a key."""
        uris = [*words(row, "redirect_uris"), *words(row, "default_redirect_uri")]
        metadata: dict[str, Any] = {
            **named(row, {"name": "client_name", "client_name": "client_name"}),
            **named(row, {"rsa_public_key": "oauth1_rsa_public_key"}),
            "protocols": ["oauth1"],
            "redirect_uris": list(dict.fromkeys(uris)),
            "scope": options.scope,
        }
        return FoundClient(
            row["client_id"], row["client_id"], row.get("client_secret") or None, metadata
        )

    async def tokens(
        self, source: Source, tables: Mapping[Role, str], options: Options
    ) -> AsyncIterator[list[FoundTokens]]:
        """Token credentials; they end when somebody takes them back."""
        async for page in source.pages(tables["tokens"]):
            yield [_tokens(row) for row in page]


def _tokens(row: Row) -> FoundTokens:
    return FoundTokens(
        client=row["client_id"],
        user=row["user_id"],
        scope=None,
        issued_at=None,
        tokens=(FoundToken("oauth1", row["oauth_token"], secret=row["oauth_token_secret"]),),
    )
