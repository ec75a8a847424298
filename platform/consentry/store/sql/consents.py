"""What people agreed to, and took back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import orjson
import sqlalchemy as sa

from consentry.records.authorization import AuthorizationRow
from consentry.records.consent import Consent
from consentry.spec.claims import ClaimsRequest
from consentry.spec.scope import OFFLINE_ACCESS, Scope
from consentry.store.ports import Duplicate
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

A, K = tables.authorization.c, tables.consent.c
HISTORY = 100


class SqlConsents:
    """`ports.Consents` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def get(self, user_id: UUID, client_id: str) -> dict[str, str]:
        """Scope text agreed to, by resource (empty string for the issuer)."""
        async with self._work.reading() as session:
            found = await session.execute(
                sa.select(K.resource, K.scope).where(
                    K.tenant_id == self._tenant, K.user_id == user_id, K.client_id == client_id
                )
            )
            return {resource: scope for resource, scope in found}

    async def grant(
        self, user_id: UUID, client_id: str, resource: str, scope: str, at: datetime
    ) -> None:
        """Add scopes to what was agreed, with a line of history."""
        try:
            await self._add(user_id, client_id, resource, scope, at)
        except Duplicate:
            # Another tab agreed first and made the row: now it is there to be added to.
            await self._add(user_id, client_id, resource, scope, at)

    async def _add(
        self, user_id: UUID, client_id: str, resource: str, scope: str, at: datetime
    ) -> None:
        async with self._work.session() as session:
            row = await session.get(
                Consent, (self._tenant, user_id, client_id, resource), with_for_update=True
            )
            if row is None:
                row = Consent(
                    tenant_id=self._tenant, user_id=user_id, client_id=client_id,
                    resource=resource, created_at=at, changed_at=at,
                )  # fmt: skip
                session.add(row)
            row.scope = str(Scope.parse(row.scope) | Scope.parse(scope))
            row.history = [*row.history[1 - HISTORY :], _line(at, scope, "approve")]
            row.changed_at = at

    async def of_user(self, user_id: UUID, *, withdrawn: bool = False) -> list[Consent]:
        """What the user agreed to, see the port."""
        kept = sa.true() if withdrawn else K.scope != ""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Consent)
                .where(K.tenant_id == self._tenant, K.user_id == user_id, kept)
                .order_by(K.client_id, K.resource)
                .limit(1000)
            )
            return list(found)

    async def withdraw(self, user_id: UUID, client_id: str, at: datetime) -> int:
        """Forget what was agreed and revoke what hangs on it. Returns how many ended."""
        async with self._work.session() as session:
            rows = await session.scalars(
                sa.select(Consent)
                .where(K.tenant_id == self._tenant, K.user_id == user_id, K.client_id == client_id)
                .with_for_update()
            )
            for row in rows:
                row.history = [*row.history[1 - HISTORY :], _line(at, row.scope, "withdraw")]
                row.scope, row.changed_at = "", at
            ended = await session.execute(
                sa.update(tables.authorization)
                .where(
                    A.tenant_id == self._tenant,
                    A.user_id == user_id,
                    A.client_id == client_id,
                    A.revoked_at.is_(None),
                )
                .values(revoked_at=at)
                .returning(A.id)
            )
            return len(ended.all())

    async def narrow(
        self, user_id: UUID, client_id: str, name: str, at: datetime, *, claims: Collection[str]
    ) -> int:
        """Take one scope-token back, see the port."""
        async with self._work.session() as session:
            consents = await session.scalars(
                sa.select(Consent)
                .where(K.tenant_id == self._tenant, K.user_id == user_id, K.client_id == client_id)
                .with_for_update()
            )
            for consent in consents:
                if name in (agreed := Scope.parse(consent.scope)):
                    consent.scope = str(agreed - Scope.of(name))
                    consent.history = [*consent.history[1 - HISTORY :], _line(at, name, "withdraw")]
                    consent.changed_at = at
            rows = await session.scalars(
                sa.select(AuthorizationRow)
                .where(
                    A.tenant_id == self._tenant,
                    A.user_id == user_id,
                    A.client_id == client_id,
                    A.revoked_at.is_(None),
                )
                .with_for_update()
            )
            return sum([_narrowed(row, name, claims, at) for row in rows])


def _narrowed(row: AuthorizationRow, name: str, claims: Collection[str], at: datetime) -> bool:
    """Whether an authorization had the scope-token, or asked for the claims, and lost them."""
    granted, asked = Scope.parse(row.scope), row.claims
    if asked and claims:
        left = ClaimsRequest.from_dict(orjson.loads(asked)).without(claims)
        row.claims = orjson.dumps(left.to_dict()).decode() if left else None
    if name not in granted:
        return row.claims != asked
    row.scope = str(granted - Scope.of(name))
    # What outlives its login rests on this word alone; what may do nothing more is no use.
    if name == OFFLINE_ACCESS or not row.scope:
        row.revoked_at = at
    return True


def _line(at: datetime, scope: str, decision: str) -> dict[str, str]:
    return {"at": at.isoformat(), "scope": scope, "decision": decision}
