"""The tables of django-oauth2-provider: scopes are integers, a refresh token has a row of its own.

Codes (`oauth2_grant`) are left behind: they end within minutes.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Final, Literal

from consentry.compat.provider.constants import PUBLIC
from consentry.compat.provider.scope import Scopes
from consentry.operations.imports.found import (
    FoundClient,
    FoundToken,
    FoundTokens,
    Options,
    Role,
    Row,
    Source,
)
from consentry.operations.imports.values import as_time, named


class DjangoOAuth2Provider:
    """Clients name a row's number in their tokens, not the `client_id`."""

    protocol: Final[Literal["oauth2"]] = "oauth2"
    tables: Final[Mapping[Role, tuple[str, ...]]] = {
        "clients": ("oauth2_client",),
        "tokens": ("oauth2_accesstoken",),
        "refresh_tokens": ("oauth2_refreshtoken",),
        "users": ("auth_user",),
    }

    def client(self, row: Row, options: Options) -> FoundClient:
        """A row of `oauth2_client`; older ones have `redirect_url`."""
        is_public = int(row["client_type"]) == PUBLIC
        redirects = row.get("redirect_uri") or row.get("redirect_url") or ""
        return FoundClient(
            reference=str(row["id"]),
            client_id=row["client_id"],
            client_secret=None if is_public else row["client_secret"],
            metadata={
                **named(row, {"name": "client_name", "url": "client_uri"}),
                "redirect_uris": redirects.split(),
                "grant_types": ["authorization_code", "refresh_token"],
                "scope": options.scopes.text(options.scopes.all_bits),
                "token_endpoint_auth_method": "none" if is_public else options.auth_method,
            },
        )

    async def tokens(
        self, source: Source, tables: Mapping[Role, str], options: Options
    ) -> AsyncIterator[list[FoundTokens]]:
        """Access tokens, each with the refresh token that was made with it."""
        async for page in source.pages(tables["tokens"]):
            refreshing = await source.matching(
                tables["refresh_tokens"], "access_token_id", [row["id"] for row in page]
            )
            by_access = {row["access_token_id"]: row for row in refreshing}
            yield [_tokens(row, by_access.get(row["id"]), options.scopes) for row in page]


def _tokens(row: Row, refresh: Row | None, scopes: Scopes) -> FoundTokens:
    found = [FoundToken("access", row["token"], as_time(row["expires"]))]
    if refresh is not None:
        # There it is called expired once it was used.
        found.append(FoundToken("refresh", refresh["token"], is_revoked=bool(refresh["expired"])))
    return FoundTokens(
        client=str(row["client_id"]),
        user=row["user_id"],
        scope=scopes.text(int(row["scope"] or 0)),
        issued_at=None,
        tokens=tuple(found),
    )
