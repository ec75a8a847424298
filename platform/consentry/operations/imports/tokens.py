"""Tokens of another product: those that count on, and the authorizations they stand for here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from consentry.crypto.secrets import digest
from consentry.operations.imports.clients import is_ours
from consentry.operations.imports.found import FoundToken, FoundTokens
from consentry.operations.imports.people import People
from consentry.operations.imports.report import Report
from consentry.records.authorization import NO_END, AuthorizationRow
from consentry.records.client import Client
from consentry.records.imported_token import FIRST_GENERATION, SECRET_PURPOSE, ImportedToken
from consentry.tenancy.context import TenantContext


@dataclass(frozen=True, slots=True)
class Live:
    """A token that has not ended, and when it will here."""

    token: FoundToken
    digest: str
    expires_at: datetime


class Tokens:
    """Brings pages of tokens, counting what becomes of each.

    clients: those here, by their references there.
    """

    def __init__(
        self, ctx: TenantContext, clients: Mapping[str, Client], people: People, report: Report
    ) -> None:
        self._ctx, self._clients, self._people, self._report = ctx, clients, people, report
        self._now = ctx.now()

    async def bring(self, page: Sequence[FoundTokens]) -> None:
        """Store what is new and alive of a page, each set under one authorization."""
        sets = [(one, live) for one in page if (live := self._living(one))]
        known = await self._ctx.store.imported_tokens.known(
            [live.digest for _, lives in sets for live in lives]
        )
        sets = [(one, new) for one, lives in sets if (new := self._new(lives, known))]
        people = await self._people.look_up({one.user for one, _ in sets if one.user is not None})
        rows: list[AuthorizationRow] = []
        tokens: list[ImportedToken] = []
        for one, lives in sets:
            user_id = None if one.user is None else people[str(one.user)]
            client = self._clients[one.client]
            if user_id is not None:
                rows.append(self._authorization(one, client, user_id, lives))
                tokens += [self._row(live, one, client, rows[-1].id) for live in lives]
            elif one.user is None:
                tokens += self._its_own(one, client, lives)
            else:
                self._report.tokens["without_person"] += len(lives)
        if tokens:
            await self._ctx.store.imported_tokens.add(rows, tokens)
            self._report.tokens.update(row.kind for row in tokens)

    def _living(self, found: FoundTokens) -> list[Live]:
        client, counts, lives = self._clients.get(found.client), self._report.tokens, []
        for token in found.tokens:
            if not token.text:
                # Some products empty the column when a token ends.
                counts["expired"] += 1
                continue
            expires_at = self._end(token)
            if token.is_revoked:
                counts["revoked"] += 1
            elif expires_at <= self._now:
                counts["expired"] += 1
            elif client is None or not _may_have(client, token):
                counts["without_client"] += 1
            else:
                lives.append(Live(token, digest(token.text).hex(), expires_at))
        return lives

    def _new(self, lives: list[Live], known: set[str]) -> list[Live]:
        """Those that are not there; from now on they are."""
        new = [live for live in lives if live.digest not in known]
        self._report.tokens["present"] += len(lives) - len(new)
        known.update(live.digest for live in new)
        return new

    def _end(self, token: FoundToken) -> datetime:
        """As it was there; without one, as a token made now would have."""
        if token.expires_at is not None:
            return token.expires_at
        policy = self._ctx.policy
        if token.kind == "oauth1":
            lifetime = policy.oauth1_token_lifetime
            return NO_END if lifetime is None else self._now + timedelta(seconds=lifetime)
        return self._now + timedelta(seconds=policy.refresh_token_lifetime)

    def _authorization(
        self, found: FoundTokens, client: Client, user_id: UUID, lives: list[Live]
    ) -> AuthorizationRow:
        issued_at = self._issued_at(found)
        return AuthorizationRow(
            tenant_id=self._ctx.tenant.tenant_id,
            id=uuid4(),
            client_id=client.client_id,
            user_id=user_id,
            protocol="oauth1" if lives[0].token.kind == "oauth1" else "oauth2",
            scope=_scope(found, client),
            redirect_uri_given=False,
            auth_time=issued_at,
            # How the person proved who they are was not kept there.
            amr="",
            created_at=issued_at,
            generation=FIRST_GENERATION,
            expires_at=max(live.expires_at for live in lives),
        )

    def _row(
        self, live: Live, found: FoundTokens, client: Client, authorization_id: UUID | None
    ) -> ImportedToken:
        sealed = None
        if live.token.kind == "oauth1":
            sealed = self._ctx.keys.seal(SECRET_PURPOSE, live.token.secret.encode())
        return ImportedToken(
            tenant_id=self._ctx.tenant.tenant_id,
            digest=live.digest,
            kind=live.token.kind,
            client_id=client.client_id,
            authorization_id=authorization_id,
            scope=_scope(found, client) if authorization_id is None else None,
            sealed=sealed,
            issued_at=self._issued_at(found),
            expires_at=live.expires_at,
        )

    def _its_own(
        self, found: FoundTokens, client: Client, lives: list[Live]
    ) -> list[ImportedToken]:
        """Tokens of a client for itself: access tokens alone (RFC 6749 §4.4.3)."""
        own = [live for live in lives if live.token.kind == "access" and not client.is_public]
        self._report.tokens["without_person"] += len(lives) - len(own)
        return [self._row(live, found, client, None) for live in own]

    def _issued_at(self, found: FoundTokens) -> datetime:
        return self._now if found.issued_at is None else min(found.issued_at, self._now)


def _may_have(client: Client, token: FoundToken) -> bool:
    return token.kind != "refresh" or client.allows_grant("refresh_token")


def _scope(found: FoundTokens, client: Client) -> str:
    """What the tokens had, as far as the client may have it here; nobody allowed our own there."""
    names = [name for name in client.scope if not is_ours(name)]
    if found.scope is None:
        return " ".join(names)
    asked = found.scope.split()
    return " ".join(name for name in names if name in asked)
