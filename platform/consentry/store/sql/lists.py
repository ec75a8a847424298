"""Pages on an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentry.records.authorization import AuthorizationRow
from consentry.records.client import ClientRow, ClientUse
from consentry.records.tenant import Tenant
from consentry.records.transient import Refusal
from consentry.records.user import User
from consentry.store.lists import Holder
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.prefix import starts_with

A, C, P, R, T, U = (
    tables.authorization.c,
    tables.client.c,
    tables.end_user.c,
    tables.refusal.c,
    tables.tenant.c,
    tables.client_use.c,
)
Columns = tuple[sa.Column[Any], ...]


class SqlTenantLists:
    """`lists.TenantLists`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def tenants(self, *, prefix: str = "", after: str = "", limit: int) -> list[Tenant]:
        """By slug, see the port."""
        query = sa.select(Tenant).where(
            T.slug > after, _begins(self._work, prefix, T.slug, T.name_key)
        )
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(T.slug).limit(limit)))


class SqlLists:
    """`lists.Lists` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def clients(
        self, *, prefix: str = "", after: str = "", only: Sequence[str] | None = None, limit: int
    ) -> list[ClientRow]:
        """By id, see the port."""
        query = sa.select(ClientRow).where(
            C.tenant_id == self._tenant,
            C.client_id > after,
            _begins(self._work, prefix, C.client_id, C.name_key),
        )
        if only is not None:
            query = query.where(C.client_id.in_(only))
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(C.client_id).limit(limit)))

    async def users(self, *, prefix: str = "", after: str = "", limit: int) -> list[User]:
        """By username, see the port."""
        query = sa.select(User).where(
            P.tenant_id == self._tenant,
            P.username_key > after,
            _begins(self._work, prefix, P.username_key, P.email_key),
        )
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(P.username_key).limit(limit)))

    async def usernames(self, user_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Of these people, see the port."""
        # Pairs, not a tenant and some ids: a plan for any tenant expects few people in it, and
        # would read all of a large one by another index.
        pairs = [(self._tenant, one) for one in user_ids]
        query = sa.select(P.user_id, P.username).where(sa.tuple_(P.tenant_id, P.user_id).in_(pairs))
        async with self._work.reading() as session:
            return {user_id: username for user_id, username in await session.execute(query)}

    async def authorizations(
        self, whose: Holder, *, after: UUID | None = None, now: datetime, limit: int
    ) -> list[AuthorizationRow]:
        """By id, see the port."""
        query = sa.select(AuthorizationRow).where(
            A.tenant_id == self._tenant,
            *held_by(whose),
            A.revoked_at.is_(None),
            A.generation > 0,
            A.expires_at > now,
        )
        if after is not None:
            query = query.where(A.id > after)
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(A.id).limit(limit)))

    async def refusals(
        self,
        *,
        client_id: str | None = None,
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[Refusal]:
        """Newest first, see the port."""
        query = sa.select(Refusal).where(R.tenant_id == self._tenant)
        if client_id is not None:
            query = query.where(R.client_id == client_id)
        if before is not None:
            at, id = before
            query = query.where(R.created_at <= at, sa.or_(R.created_at < at, R.refusal_id < id))
        query = query.order_by(R.created_at.desc(), R.refusal_id.desc()).limit(limit)
        async with self._work.reading() as session:
            return list(await session.scalars(query))

    async def uses(
        self, *, client_id: str | None = None, after: tuple[str, str] | None = None, limit: int
    ) -> list[ClientUse]:
        """Last uses, see the port."""
        query = sa.select(ClientUse).where(U.tenant_id == self._tenant)
        if client_id is not None:
            query = query.where(U.client_id == client_id)
        if after is not None:
            last, protocol = after
            query = query.where(
                U.client_id >= last, sa.or_(U.client_id > last, U.protocol > protocol)
            )
        query = query.order_by(U.client_id, U.protocol).limit(limit)
        async with self._work.reading() as session:
            return list(await session.scalars(query))

    async def without_pkce(self, since: datetime) -> frozenset[str]:
        """Clients whose requests had no challenge, see the port."""
        query = (
            sa.select(A.client_id)
            .distinct()
            .where(
                A.tenant_id == self._tenant,
                A.protocol == "oauth2",
                A.created_at >= since,
                A.code_challenge.is_(None),
                A.code_expires_at.is_not(None),
            )
        )
        async with self._work.reading() as session:
            return frozenset(await session.scalars(query))


def held_by(whose: Holder) -> list[sa.ColumnElement[bool]]:
    """The conditions on an authorization that it is this one's."""
    found: list[sa.ColumnElement[bool]] = []
    if whose.user_id is not None:
        found.append(A.user_id == whose.user_id)
    if whose.client_id is not None:
        found.append(A.client_id == whose.client_id)
    return found


def _begins(work: Work, prefix: str, *columns: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Whether any of the columns begins so. Ids are compared as they are, keys case-folded."""
    if not prefix:
        return sa.true()
    return sa.or_(
        *(
            starts_with(
                one,
                prefix.casefold() if one.name.endswith("_key") else prefix,
                is_sqlite=work.is_sqlite,
            )
            for one in columns
        )
    )
