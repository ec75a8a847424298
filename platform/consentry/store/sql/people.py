"""Users and logins."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.authorization import AuthorizationRow
from consentry.records.consent import Consent
from consentry.records.outbox import MAIL, Effect
from consentry.records.user import Login, User
from consentry.store.ports import PersonalRows, SignedIn
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

A, U, L = tables.authorization.c, tables.end_user.c, tables.login.c


KINDS: tuple[tuple[Any, Any], ...] = (
    (Login, tables.login.c),
    (Consent, tables.consent.c),
    (AuthorizationRow, tables.authorization.c),
)


THEIRS = (
    tables.login,
    tables.session_client,
    tables.consent,
    tables.authorization,
    tables.client_member,
)


def codes_end(tenant_id: UUID, at: datetime, *which: sa.ColumnElement[bool]) -> sa.Update:
    """Codes of sessions that end, not redeemed yet, count no more.

    Also those for access while the person is away: with one a client would learn of the session
    after it was told of its end (OIDC Back-Channel Logout §2.5).
    """
    return (
        sa.update(tables.authorization)
        .where(
            A.tenant_id == tenant_id,
            A.generation == 0,
            A.session_id.is_not(None),
            A.revoked_at.is_(None),
            *which,
        )
        .values(revoked_at=at)
    )


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

    async def has_administrator(self, *, besides: UUID) -> bool:
        """Whether somebody else can sign in who administers the tenant."""
        query = sa.select(U.user_id).where(
            *self._administers(), U.user_id != besides, U.password_hash.is_not(None)
        )
        async with self._work.reading() as session:
            return (await session.scalars(query.limit(1))).first() is not None

    async def administrators(self, *, limit: int) -> list[User]:
        """Who administers the tenant and can be written to, by username."""
        query = sa.select(User).where(*self._administers(), U.email.is_not(None))
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(U.username_key).limit(limit)))

    def _administers(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            U.tenant_id == self._tenant,
            U.roles.in_(("admin", "admin developer")),
            U.disabled_at.is_(None),
        )

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

    async def set_claims(self, user_id: UUID, claims: dict[str, Any], at: datetime) -> None:
        """Replace the claims; what else the row holds may change meanwhile."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.end_user)
                .where(U.tenant_id == self._tenant, U.user_id == user_id)
                .values(claims=claims, changed_at=at)
            )

    async def rehash(self, user_id: UUID, before: str, password_hash: str) -> bool:
        """Replace a hash of the same password; ends nothing. False if `before` is not the hash."""
        of_user = (U.tenant_id == self._tenant, U.user_id == user_id)
        async with self._work.session() as session:
            found = await session.scalars(
                sa.update(tables.end_user)
                .where(*of_user, U.password_hash == before)
                .values(password_hash=password_hash)
                .returning(U.user_id)
            )
            return found.first() is not None

    async def everything(self, user_id: UUID) -> PersonalRows | None:
        """Every row kept about a person, the oldest first; None if unknown."""
        async with self._work.reading() as session:
            user = await session.get(User, (self._tenant, user_id))
            if user is None:
                return None
            found = [
                tuple(
                    await session.scalars(
                        sa.select(kind)
                        .where(columns.tenant_id == self._tenant, columns.user_id == user_id)
                        .order_by(columns.created_at)
                    )
                )
                for kind, columns in KINDS
            ]
            return PersonalRows(user, *found)

    async def delete(self, user_id: UUID) -> bool:
        """Remove the person with all that is theirs. False if unknown."""
        async with self._work.session() as session:
            for table in THEIRS:
                await session.execute(
                    sa.delete(table).where(
                        table.c.tenant_id == self._tenant, table.c.user_id == user_id
                    )
                )
            # What was written to them, where to, and what is still to be.
            await session.execute(
                sa.delete(Effect).filter_by(tenant_id=self._tenant, kind=MAIL, subject=str(user_id))
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
            await self._end(session, replaces, login.created_at, goes_on=login.session_id)

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
        """End it with what was to end with it, see the port."""
        async with self._work.session() as session:
            await self._end(session, login_id, now)

    async def end_others(self, user_id: UUID, keep: str, now: datetime) -> int:
        """End every other live login of the user, see the port."""
        async with self._work.session() as session:
            ended = await session.scalars(
                sa.update(tables.login)
                .where(
                    L.tenant_id == self._tenant,
                    L.user_id == user_id,
                    L.login_id != keep,
                    L.ended_at.is_(None),
                    L.expires_at > now,
                )
                .values(ended_at=now)
                .returning(L.login_id)
            )
            count = len(ended.all())
            await session.execute(
                sa.update(tables.authorization)
                .where(
                    A.tenant_id == self._tenant,
                    A.user_id == user_id,
                    A.login_id.is_not(None),
                    A.login_id != keep,
                    A.revoked_at.is_(None),
                )
                .values(revoked_at=now)
            )
            kept = sa.select(L.session_id).where(
                L.tenant_id == self._tenant, L.login_id == keep, L.session_id.is_not(None)
            )
            spare = A.session_id.not_in(kept)
            await session.execute(codes_end(self._tenant, now, A.user_id == user_id, spare))
            return count

    async def _end(
        self, session: AsyncSession, login_id: str, now: datetime, goes_on: UUID | None = None
    ) -> None:
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
        this = (L.tenant_id == self._tenant, L.login_id == login_id)
        await session.execute(
            codes_end(
                self._tenant,
                now,
                A.user_id == sa.select(L.user_id).where(*this).scalar_subquery(),
                A.session_id == sa.select(L.session_id).where(*this).scalar_subquery(),
                A.session_id.is_distinct_from(goes_on),
            )
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
