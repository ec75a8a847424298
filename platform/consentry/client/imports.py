"""Tokens from the tables an app kept them in, into a vault."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .tokens import KeptToken, OAuth1Token, OAuth2Token
from .vault import TokenVault

Row = Mapping[str, Any]


def token_of_row(row: Row) -> KeptToken:
    """The token of a row of either protocol's table, by its column names.

    `name`, `oauth_token`, `oauth_token_secret`; or `name`, `token_type`, `access_token` and,
    where there are such, `refresh_token` and `expires_at` (seconds since 1970). Raises KeyError
    for another table.
    """
    if "oauth_token" in row:
        return OAuth1Token(row["name"], row["oauth_token"], row["oauth_token_secret"])
    ends = row.get("expires_at")
    return OAuth2Token(
        name=row["name"],
        token_type=row.get("token_type") or "Bearer",
        access_token=row["access_token"],
        refresh_token=row.get("refresh_token") or None,
        expires_at=int(ends) if ends else None,
    )


async def fill_vault(
    vault: TokenVault,
    rows: Iterable[Row],
    owner: Callable[[Row], str] = lambda row: str(row["user_id"]),
) -> int:
    """Keep the tokens of these rows; how many were new.

    owner: whose a row is, in the app's words. One that the vault has already stays: it may have
    been renewed since, so filling it a second time changes nothing.
    """
    new = 0
    for row in rows:
        token, whose = token_of_row(row), owner(row)
        async with vault.lock(whose, token.name):
            if await vault.load(whose, token.name) is None:
                await vault.save(whose, token)
                new += 1
    return new
