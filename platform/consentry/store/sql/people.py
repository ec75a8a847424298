"""Users, logins and consents."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.consent import Consent
from consentry.records.user import Login, User
from consentry.spec.scope import Scope
from consentry.store.ports import Duplicate, SignedIn
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

A, U, L, K = tables.authorization.c, tables.end_user.c, tables.login.c, tables.consent.c


class SqlUsers:
    """`ports.Users` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def get(self, user_id: UUID) -> User | None:
        """By id."""
        async with self._work.reading() as session:
            return await session.get(User, (self._tenant, user_id))

    async def by_identifier(self, identifier: str) -> User | None:
        """By username, else by e-mail, whatever the case."""
        key = identifier.casefold()
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(User)
                .where(U.tenant_id == self._tenant, sa.or_(U.username_key == key,
                                                           U.email_key == key))
                .order_by((U.username_key == key).desc())
                .limit(1)
            )  # fmt: skip
            return found.first()

    async def page(self, *, after: str = "", limit: int = 100) -> list[User]:
        """By username, those behind `after`."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(User)
                .where(U.tenant_id == self._tenant, U.username_key > after.casefold())
                .order_by(U.username_key)
                .limit(limit)
            )
            return list(found)

    async def save(self, user: User) -> None:
        """Insert or update. Raises Duplicate when username or e-mail is taken."""
        user.tenant_id = self._tenant
        user.username_key = user.username.casefold()
        user.email_key = None if user.email is None else user.email.casefold()
        await self._work.save(user)

    async def set_password(self, user_id: UUID, password_hash: str, at: datetime) -> None:
        """Change the hash, end every login and revoke every authorization of the user."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.end_user)
                .where(U.tenant_id == self._tenant, U.user_id == user_id)
                .values(password_hash=password_hash, changed_at=at)
            )
            await session.execute(
                sa.update(tables.login)
                .where(L.tenant_id == self._tenant, L.user_id == user_id, L.ended_at.is_(None))
                .values(ended_at=at)
            )
            await session.execute(
                sa.update(tables.authorization)
                .where(A.tenant_id == self._tenant, A.user_id == user_id, A.revoked_at.is_(None))
                .values(revoked_at=at)
            )

    async def rehash(self, user_id: UUID, password_hash: str) -> None:
        """Replace the hash of the same password; ends nothing."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.end_user)
                .where(U.tenant_id == self._tenant, U.user_id == user_id)
                .values(password_hash=password_hash)
            )

    async def delete(self, user_id: UUID) -> bool:
        """Remove the person with all that is theirs. False if unknown."""
        async with self._work.session() as session:
            for table in (tables.login, tables.consent, tables.authorization):
                await session.execute(
                    sa.delete(table).where(
                        table.c.tenant_id == self._tenant, table.c.user_id == user_id
                    )
                )
            gone = await session.execute(
                sa.delete(tables.end_user)
                .where(U.tenant_id == self._tenant, U.user_id == user_id)
                .returning(U.user_id)
            )
            return gone.first() is not None


class SqlLogins:
    """`ports.Logins` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def start(self, login: Login, *, replaces: str | None) -> None:
        """Store a login; the one it replaces ends in the same transaction.

        What was authorized under the replaced login of the same person goes on
        under the new one.
        """
        login.tenant_id = self._tenant
        async with self._work.session() as session:
            session.add(login)
            if replaces is None:
                return
            await session.execute(
                sa.update(tables.authorization)
                .where(
                    A.tenant_id == self._tenant,
                    A.login_id == replaces,
                    A.user_id == login.user_id,
                )
                .values(login_id=login.login_id)
            )
            await self._end(session, replaces, login.created_at)

    async def current(self, login_id: str, now: datetime) -> SignedIn | None:
        """The login if it is live and its user is enabled."""
        async with self._work.reading() as session:
            found = await session.execute(
                sa.select(Login, User)
                .join(User, sa.and_(U.tenant_id == L.tenant_id, U.user_id == L.user_id))
                .where(
                    L.tenant_id == self._tenant,
                    L.login_id == login_id,
                    L.ended_at.is_(None),
                    L.expires_at > now,
                    U.disabled_at.is_(None),
                )
            )
            row = found.first()
            return None if row is None else SignedIn(row[0], row[1])

    async def end(self, login_id: str, now: datetime) -> None:
        """End it, and every authorization that was to end with it."""
        async with self._work.session() as session:
            await self._end(session, login_id, now)

    async def _end(self, session: AsyncSession, login_id: str, now: datetime) -> None:
        await session.execute(
            sa.update(tables.login)
            .where(L.tenant_id == self._tenant, L.login_id == login_id, L.ended_at.is_(None))
            .values(ended_at=now)
        )
        await session.execute(
            sa.update(tables.authorization)
            .where(A.tenant_id == self._tenant, A.login_id == login_id, A.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    async def of_user(self, user_id: UUID, now: datetime) -> list[Login]:
        """The user's live logins, newest first."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Login)
                .where(
                    L.tenant_id == self._tenant,
                    L.user_id == user_id,
                    L.ended_at.is_(None),
                    L.expires_at > now,
                )
                .order_by(L.created_at.desc())
                .limit(500)
            )
            return list(found)


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
            row.history = [*row.history[-99:], _line(at, scope, "approve")]
            row.changed_at = at

    async def of_user(self, user_id: UUID) -> list[Consent]:
        """What the user agreed to and has not withdrawn."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Consent)
                .where(K.tenant_id == self._tenant, K.user_id == user_id, K.scope != "")
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
                row.history = [*row.history[-99:], _line(at, row.scope, "withdraw")]
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


def _line(at: datetime, scope: str, decision: str) -> dict[str, str]:
    return {"at": at.isoformat(), "scope": scope, "decision": decision}
