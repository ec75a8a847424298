"""Authorizations: every transition is one statement on the driver."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.authorization import Authorization, AuthorizationRow, Liveness
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.hot import Driver, Hot

A, C, U, L, R = (
    tables.authorization.c,
    tables.client.c,
    tables.end_user.c,
    tables.login.c,
    tables.revoked_token.c,
)
READ = [A[name] for name in Authorization.__dataclass_fields__]


def _bind(name: str, type_: Any) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=type_)


TENANT = _bind("tenant_id", A.tenant_id.type)
ID = _bind("id", A.id.type)
CLIENT = _bind("client_id", A.client_id.type)
NOW = _bind("now", A.created_at.type)
GENERATION = _bind("generation", A.generation.type)
JTI = _bind("jti", R.jti.type)
EXPIRES = _bind("expires_at", A.expires_at.type)

THIS = sa.and_(A.tenant_id == TENANT, A.id == ID)
CLIENT_ENABLED = (
    sa.select(sa.literal_column("1"))
    .where(C.tenant_id == A.tenant_id, C.client_id == A.client_id, C.disabled_at.is_(None))
    .correlate(tables.authorization)
    .exists()
)
USER_ENABLED = (
    sa.select(sa.literal_column("1"))
    .where(U.tenant_id == A.tenant_id, U.user_id == A.user_id, U.disabled_at.is_(None))
    .correlate(tables.authorization)
    .exists()
)
MAY_GO_ON = sa.and_(A.revoked_at.is_(None), CLIENT_ENABLED, USER_ENABLED)
# An authorization that hangs on a login was given that login's end when it was made.
NEW_END = sa.case(
    (sa.and_(A.login_id.is_not(None), A.expires_at < EXPIRES), A.expires_at), else_=EXPIRES
)

REDEEM = Hot(
    sa.update(tables.authorization)
    .where(
        THIS,
        A.client_id == CLIENT,
        A.generation == sa.literal_column("0"),
        A.code_expires_at > NOW,
        sa.or_(A.login_id.is_(None), A.expires_at > NOW),
        A.code_challenge.is_not_distinct_from(_bind("code_challenge", A.code_challenge.type)),
        sa.or_(
            A.redirect_uri == _bind("redirect_uri", A.redirect_uri.type),
            sa.and_(
                _bind("redirect_uri", A.redirect_uri.type).is_(None),
                A.redirect_uri_given.is_(sa.false()),
            ),
        ),
        MAY_GO_ON,
    )
    .values(generation=sa.literal_column("1"), rotated_at=NOW, last_used_at=NOW, expires_at=NEW_END)
    .returning(*READ)
)
IS_CURRENT = A.generation == GENERATION
ROTATE = Hot(
    sa.update(tables.authorization)
    .where(
        THIS,
        A.client_id == CLIENT,
        A.expires_at > NOW,
        # Generation 0 is the code: no refresh token comes before what it bought.
        GENERATION > sa.literal_column("0"),
        sa.or_(
            IS_CURRENT,
            sa.and_(
                A.generation == GENERATION + sa.literal_column("1"),
                A.rotated_at > _bind("grace_from", A.rotated_at.type),
                # A clock set back since must not make the grace longer.
                A.rotated_at <= _bind("grace_until", A.rotated_at.type),
            ),
        ),
        MAY_GO_ON,
    )
    .values(
        generation=GENERATION + sa.literal_column("1"),
        rotated_at=sa.case((IS_CURRENT, NOW), else_=A.rotated_at),
        expires_at=sa.case((IS_CURRENT, NEW_END), else_=A.expires_at),
        last_used_at=NOW,
    )
    .returning(*READ)
)
GET = Hot(sa.select(*READ).where(THIS))
TOKEN_REVOKED = (
    sa.select(sa.literal_column("1")).where(R.tenant_id == TENANT, R.jti == JTI).exists()
)
LIVE = Hot(
    sa.select(
        *READ,
        U.username,
        sa.and_(
            A.revoked_at.is_(None),
            A.generation > sa.literal_column("0"),
            C.disabled_at.is_(None),
            U.disabled_at.is_(None),
            A.expires_at > NOW,
            sa.not_(TOKEN_REVOKED),
        ).label("is_live"),
    )
    .select_from(
        tables.authorization.join(
            tables.client, sa.and_(C.tenant_id == A.tenant_id, C.client_id == A.client_id)
        ).join(tables.end_user, sa.and_(U.tenant_id == A.tenant_id, U.user_id == A.user_id))
    )
    .where(THIS)
)
CLIENT_LIVE = Hot(
    sa.select(C.client_id).where(
        C.tenant_id == TENANT,
        C.client_id == CLIENT,
        C.disabled_at.is_(None),
        sa.not_(TOKEN_REVOKED),
    )
)
REVOKE = Hot(
    sa.update(tables.authorization)
    .where(THIS, A.revoked_at.is_(None))
    .values(revoked_at=NOW)
    .returning(A.id)
)
# Both dialects understand this insert: SQLite took its ON CONFLICT from PostgreSQL.
REVOKE_TOKEN = Hot(
    postgresql.insert(tables.revoked_token)
    .values(tenant_id=TENANT, jti=JTI, expires_at=EXPIRES)
    .on_conflict_do_nothing()
    .returning(R.jti)
)
CREATE = Hot(
    sa.insert(tables.authorization)
    .values({column.name: _bind(column.name, column.type) for column in A})
    .returning(A.id)
)
# The row is shared with others that do the same; who ends the login, or what the password
# allowed, waits or is waited for.
GIVEN = [_bind(column.name, column.type) for column in A]
UNDER = (
    sa.select(*GIVEN)
    .select_from(tables.login)
    .where(
        L.tenant_id == TENANT,
        L.login_id == _bind("under", L.login_id.type),
        L.ended_at.is_(None),
        L.expires_at > _bind("created_at", A.created_at.type),
    )
    .with_for_update(read=True, of=tables.login)
)
PROVEN = (
    sa.select(*GIVEN)
    .select_from(tables.end_user)
    .where(
        U.tenant_id == TENANT,
        U.user_id == _bind("user_id", U.user_id.type),
        U.password_hash == _bind("proven", U.password_hash.type),
        U.disabled_at.is_(None),
    )
    .with_for_update(read=True, of=tables.end_user)
)
CREATE_UNDER, CREATE_PROVEN = (
    Hot(
        sa.insert(tables.authorization)
        .from_select([column.name for column in A], one)
        .returning(A.id)
    )
    for one in (UNDER, PROVEN)
)


class SqlAuthorizations:
    """`ports.Authorizations` of one tenant."""

    def __init__(self, driver: Driver, work: Work, tenant_id: UUID) -> None:
        self._driver, self._work, self._tenant = driver, work, tenant_id

    async def create(
        self, row: AuthorizationRow, *, under: str | None = None, proven: str | None = None
    ) -> bool:
        """Store a new authorization, see the port."""
        values = {column.name: getattr(row, column.name) for column in A}
        if under is not None:
            return await self._driver.row(CREATE_UNDER, under=under, **values) is not None
        if proven is not None:
            return await self._driver.row(CREATE_PROVEN, proven=proven, **values) is not None
        return await self._driver.row(CREATE, **values) is not None

    async def redeem(
        self,
        id: UUID,
        client_id: str,
        *,
        code_challenge: str | None,
        redirect_uri: str | None,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend an authorization code, see the port."""
        row = await self._driver.row(
            REDEEM, tenant_id=self._tenant, id=id, client_id=client_id, now=now,
            code_challenge=code_challenge, redirect_uri=redirect_uri, expires_at=expires_at,
        )  # fmt: skip
        return None if row is None else Authorization(*row)

    async def rotate(
        self,
        id: UUID,
        client_id: str,
        generation: int,
        *,
        grace_from: datetime,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend one refresh token, see the port."""
        row = await self._driver.row(
            ROTATE, tenant_id=self._tenant, id=id, client_id=client_id, now=now,
            generation=generation, grace_from=grace_from, grace_until=now + (now - grace_from),
            expires_at=expires_at,
        )  # fmt: skip
        return None if row is None else Authorization(*row)

    async def get(self, id: UUID) -> Authorization | None:
        """The row as it is, live or not."""
        row = await self._driver.row(GET, tenant_id=self._tenant, id=id)
        return None if row is None else Authorization(*row)

    async def live(self, id: UUID, jti: str, now: datetime) -> Liveness | None:
        """The row and whether its tokens count now."""
        row = await self._driver.row(LIVE, tenant_id=self._tenant, id=id, jti=jti, now=now)
        if row is None:
            return None
        *columns, username, is_live = row
        return Liveness(Authorization(*columns), username, bool(is_live))

    async def client_is_live(self, client_id: str, jti: str) -> bool:
        """Whether a token the client holds for itself counts now."""
        found = await self._driver.row(
            CLIENT_LIVE, tenant_id=self._tenant, client_id=client_id, jti=jti
        )
        return found is not None

    async def revoke(self, id: UUID, now: datetime) -> None:
        """End it with all its tokens."""
        await self._driver.row(REVOKE, tenant_id=self._tenant, id=id, now=now)

    async def revoke_token(self, jti: str, expires_at: datetime) -> None:
        """End one access token; remembered until it would have expired."""
        await self._driver.row(REVOKE_TOKEN, tenant_id=self._tenant, jti=jti, expires_at=expires_at)

    async def of_user(self, user_id: UUID, now: datetime) -> list[AuthorizationRow]:
        """What counts now for the user, the newest first."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(AuthorizationRow)
                .where(
                    A.tenant_id == self._tenant,
                    A.user_id == user_id,
                    A.revoked_at.is_(None),
                    A.generation > 0,
                    A.expires_at > now,
                )
                .order_by(A.created_at.desc())
                .limit(500)
            )
            return list(found)
