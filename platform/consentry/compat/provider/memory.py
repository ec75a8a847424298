"""A store in memory, for tests, examples and one process that may forget."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from consentry.compat.provider.models import AccessToken, Client, Grant, RefreshToken

Row = TypeVar("Row", Grant, AccessToken, RefreshToken)


class MemoryStore:
    """`ProviderStore` in dictionaries: no method awaits, so each is atomic."""

    def __init__(self, *clients: Client) -> None:
        self.clients = {client.client_id: client for client in clients}
        self.grants: dict[bytes, Grant] = {}
        self.access_tokens: dict[bytes, AccessToken] = {}
        self.refresh_tokens: dict[bytes, RefreshToken] = {}
        self.revoked: set[str] = set()
        self.consents: dict[tuple[str, str], int] = {}
        self.spent: dict[str, datetime] = {}

    async def get_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    async def add_client(self, client: Client) -> None:
        self.clients[client.client_id] = client

    async def add_grant(self, grant: Grant) -> None:
        self.grants[grant.digest] = replace(grant, code="")

    async def get_grant(self, digest: bytes) -> Grant | None:
        return self.grants.get(digest)

    async def spend_grant(self, digest: bytes) -> bool:
        grant = self.grants.get(digest)
        if grant is None or grant.spent:
            return False
        self.grants[digest] = replace(grant, spent=True)
        return True

    async def add_access_token(self, token: AccessToken) -> bool:
        if token.family in self.revoked:
            return False
        self.access_tokens[token.digest] = replace(token, token="", refresh_token="")
        return True

    async def get_access_token(self, digest: bytes) -> AccessToken | None:
        found = self.access_tokens.get(digest)
        return None if found is None or found.family in self.revoked else found

    async def find_access_token(
        self, user: str, client_id: str, scope: int, now: datetime
    ) -> AccessToken | None:
        for token in self.access_tokens.values():
            asked = (token.user, token.client_id, token.scope) == (user, client_id, scope)
            if asked and token.expires > now and token.family not in self.revoked:
                return token
        return None

    async def end_access_token(self, digest: bytes) -> None:
        self.access_tokens.pop(digest, None)

    async def add_refresh_token(self, token: RefreshToken) -> bool:
        if token.family in self.revoked:
            return False
        self.refresh_tokens[token.digest] = replace(token, token="")
        return True

    async def get_refresh_token(self, digest: bytes) -> RefreshToken | None:
        found = self.refresh_tokens.get(digest)
        return None if found is None or found.family in self.revoked else found

    async def spend_refresh_token(self, digest: bytes) -> bool:
        token = self.refresh_tokens.get(digest)
        if token is None or token.expired or token.family in self.revoked:
            return False
        self.refresh_tokens[digest] = replace(token, expired=True)
        return True

    async def revoke_family(self, family: str) -> None:
        self.revoked.add(family)

    async def consent(self, user: str, client_id: str) -> int:
        return self.consents.get((user, client_id), 0)

    async def remember_consent(self, user: str, client_id: str, scope: int) -> None:
        self.consents[user, client_id] = await self.consent(user, client_id) | scope

    async def spend_once(self, key: str, until: datetime) -> bool:
        if key in self.spent:
            return False
        self.spent[key] = until
        return True

    async def sweep(self, now: datetime, limit: int = 1_000) -> int:
        gone = _remove(self.grants, now, limit)
        gone += _remove(self.access_tokens, now, limit - gone)
        gone += _remove(self.refresh_tokens, now, limit - gone)
        for key in [key for key, until in self.spent.items() if until <= now][: limit - gone]:
            del self.spent[key]
            gone += 1
        alive = {row.family for row in self.grants.values()}
        alive |= {row.family for row in self.access_tokens.values()}
        alive |= {row.family for row in self.refresh_tokens.values()}
        self.revoked &= alive
        return gone


def _remove(rows: dict[bytes, Row], now: datetime, limit: int) -> int:
    ended = [key for key, row in rows.items() if row.expires <= now][:limit]
    for key in ended:
        del rows[key]
    return len(ended)
