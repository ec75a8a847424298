"""The statements of OAuth 1: a decision, an exchange, a signed request."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.authorization import Authorization, AuthorizationRow, SignedUse
from consentry.store.sql import tables
from consentry.store.sql.authorizations import (
    CLIENT,
    EXPIRES,
    MAY_GO_ON,
    NOW,
    READ,
    TENANT,
    THIS,
    UNDER,
    A,
    C,
    U,
)
from consentry.store.sql.hot import Driver, Hot

N = tables.nonce.c
OAUTH1 = A.protocol == sa.literal_column("'oauth1'")
IS_RIGHT = sa.bindparam("is_right", type_=sa.Boolean())
MOST_TRIES = sa.bindparam("most_tries", type_=A.wrong_tries.type)
NONCE = sa.bindparam("nonce", type_=N.value.type)
NONCE_UNTIL = sa.bindparam("nonce_until", type_=N.expires_at.type)

DECIDE = Hot(
    postgresql.insert(tables.authorization)
    .from_select([column.name for column in A], UNDER)
    .on_conflict_do_nothing()
    .returning(A.id)
)
EXCHANGE = Hot(
    sa.update(tables.authorization)
    .where(
        THIS,
        OAUTH1,
        A.client_id == CLIENT,
        A.generation == sa.literal_column("0"),
        A.wrong_tries < MOST_TRIES,
        A.code_expires_at > NOW,
        MAY_GO_ON,
    )
    .values(
        generation=sa.case((IS_RIGHT, sa.literal_column("1")), else_=sa.literal_column("0")),
        wrong_tries=sa.case(
            (IS_RIGHT, A.wrong_tries), else_=A.wrong_tries + sa.literal_column("1")
        ),
        rotated_at=sa.case((IS_RIGHT, NOW), else_=A.rotated_at),
        last_used_at=NOW,
        expires_at=sa.case((IS_RIGHT, EXPIRES), else_=A.expires_at),
    )
    .returning(*READ)
)
# SQLite's RETURNING names columns without their tables (SQLAlchemy writes it so): inside it a
# column of an outer query is spelt out, and a nested query is told by parameters where it can be.
CLIENT_ENABLED = (
    sa.select(sa.literal_column("1"))
    .where(C.tenant_id == TENANT, C.client_id == CLIENT, C.disabled_at.is_(None))
    .exists()
)
USER_ENABLED = (
    sa.select(sa.literal_column("1"))
    .where(
        U.tenant_id == TENANT,
        U.user_id == sa.literal_column('"authorization".user_id'),
        U.disabled_at.is_(None),
    )
    .exists()
)
# One text, because a statement that inserts the nonce returns nothing but scalars of others.
WHOM = (
    sa.select(sa.cast(A.user_id, sa.String()) + sa.literal_column("' '") + A.scope)
    .where(
        THIS,
        OAUTH1,
        A.client_id == CLIENT,
        A.generation > sa.literal_column("0"),
        A.expires_at > NOW,
        A.revoked_at.is_(None),
        CLIENT_ENABLED,
        USER_ENABLED,
    )
    .scalar_subquery()
)
CLIENT_ITSELF = (
    sa.select(C.client_id)
    .where(C.tenant_id == TENANT, C.client_id == CLIENT, C.disabled_at.is_(None))
    .scalar_subquery()
)
PURPOSE: sa.ColumnElement[str] = sa.literal_column("'oauth1'")


def _spending(whom: sa.ScalarSelect[str]) -> Hot:
    return Hot(
        postgresql.insert(tables.nonce)
        .values(tenant_id=TENANT, purpose=PURPOSE, value=NONCE, expires_at=NONCE_UNTIL)
        .on_conflict_do_nothing()
        .returning(whom.label("whom"))
    )


SIGN, SIGN_OWN = _spending(WHOM), _spending(CLIENT_ITSELF)


class SqlTokenCredentials:
    """`ports.TokenCredentials` of one tenant."""

    def __init__(self, driver: Driver, tenant_id: UUID) -> None:
        self._driver, self._tenant = driver, tenant_id

    async def decide(self, row: AuthorizationRow, *, under: str) -> bool:
        """Store what a person decided, see the port."""
        values = {column.name: getattr(row, column.name) for column in A}
        return await self._driver.row(DECIDE, under=under, **values) is not None

    async def exchange(
        self,
        id: UUID,
        client_id: str,
        *,
        is_right: bool,
        most_tries: int,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend approved temporary credentials, see the port."""
        row = await self._driver.row(
            EXCHANGE, tenant_id=self._tenant, id=id, client_id=client_id, now=now,
            is_right=is_right, most_tries=most_tries, expires_at=expires_at,
        )  # fmt: skip
        return None if row is None else Authorization(*row)

    async def sign(
        self, id: UUID | None, client_id: str, *, nonce: str, nonce_until: datetime, now: datetime
    ) -> SignedUse | None:
        """Spend a nonce and read whom the request stands for, see the port."""
        values = {
            "tenant_id": self._tenant,
            "client_id": client_id,
            "nonce": nonce,
            "nonce_until": nonce_until,
        }
        if id is None:
            row = await self._driver.row(SIGN_OWN, **values)
            return None if row is None else SignedUse(row[0] is not None)
        row = await self._driver.row(SIGN, **values, id=id, now=now)
        if row is None:
            return None
        if row[0] is None:
            return SignedUse(False)
        user_id, _, scope = row[0].partition(" ")
        return SignedUse(True, UUID(user_id), scope)
