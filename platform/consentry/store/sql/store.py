"""The SQL store put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from consentry import tracing
from consentry.store.ports import Throttles, Unavailable
from consentry.store.sql.answers import SqlAnswers
from consentry.store.sql.audit import SqlAudit
from consentry.store.sql.authorizations import SqlAuthorizations
from consentry.store.sql.changes import polled_changes, postgres_changes
from consentry.store.sql.claims import SqlClaims
from consentry.store.sql.clients import SqlClients
from consentry.store.sql.consents import SqlConsents
from consentry.store.sql.copying import SqlCopying
from consentry.store.sql.data_keys import SqlDataKeyAges, SqlSealed
from consentry.store.sql.drivers import PATIENCE_S, NoDriver, PostgresDriver, SqliteDriver
from consentry.store.sql.endings import SqlEndings
from consentry.store.sql.engine import Work, make_engine, sqlite_path
from consentry.store.sql.figures import SqlFigures
from consentry.store.sql.hot import Driver, Hot
from consentry.store.sql.imported_tokens import SqlImportedTokens
from consentry.store.sql.jobs import SqlJobs
from consentry.store.sql.key_ages import SqlKeyAges
from consentry.store.sql.keys import SqlKeys
from consentry.store.sql.lists import SqlLists, SqlTenantLists
from consentry.store.sql.members import SqlMembers
from consentry.store.sql.outbox import SqlEffects, SqlOutbox
from consentry.store.sql.overview import SqlOverview
from consentry.store.sql.people import SqlLogins, SqlUsers
from consentry.store.sql.processes import SqlProcesses
from consentry.store.sql.session_clients import SqlSessionClients
from consentry.store.sql.successes import SqlSuccesses
from consentry.store.sql.sweeping import Bounds, SqlSweeping
from consentry.store.sql.tenants import SqlConfiguration, SqlTenants
from consentry.store.sql.token_credentials import SqlTokenCredentials
from consentry.store.sql.traced import TracedDriver, trace_sessions
from consentry.store.sql.transient import SqlNonces, SqlRefusals, SqlThrottles, forget_attempts
from consentry.store.sql.usage import SqlTenantUsage, SqlUsageLog
from consentry.store.sql.webhooks import SqlWebhooks
from consentry.store.sweeping import AuditExport, Farewell
from consentry.store.throttling import ThrottlesOf, in_database

PING = Hot(sa.select(sa.literal_column("1", sa.Integer)))


class SqlTenantStore:
    """`ports.TenantStore`."""

    __slots__ = (
        "_driver",
        "_tenant",
        "_throttles_of",
        "_work",
        "authorizations",
        "token_credentials",
    )

    def __init__(
        self, driver: Driver, work: Work, tenant_id: UUID, throttles_of: ThrottlesOf = in_database
    ) -> None:
        self._driver, self._work, self._tenant = driver, work, tenant_id
        self._throttles_of = throttles_of
        self.authorizations = SqlAuthorizations(driver, work, tenant_id)
        self.token_credentials = SqlTokenCredentials(driver, tenant_id)

    @property
    def configuration(self) -> SqlConfiguration:
        """Domains, scopes and APIs."""
        return SqlConfiguration(self._work, self._tenant)

    @property
    def claims(self) -> SqlClaims:
        """Hosts that are still to be proven."""
        return SqlClaims(self._work, self._tenant)

    @property
    def usage(self) -> SqlTenantUsage:
        """Counts of its use."""
        return SqlTenantUsage(self._work, self._tenant)

    @property
    def outbox(self) -> SqlOutbox:
        """Effects of its changes."""
        return SqlOutbox(self._work, self._tenant)

    @property
    def webhooks(self) -> SqlWebhooks:
        """Where it wants to be told of what happens."""
        return SqlWebhooks(self._work, self._tenant)

    @property
    def clients(self) -> SqlClients:
        """Registered clients."""
        return SqlClients(self._work, self._tenant)

    @property
    def users(self) -> SqlUsers:
        """People."""
        return SqlUsers(self._work, self._tenant)

    @property
    def logins(self) -> SqlLogins:
        """Signed-in browsers."""
        return SqlLogins(self._work, self._tenant)

    @property
    def session_clients(self) -> SqlSessionClients:
        """Clients to tell of the end of a session."""
        return SqlSessionClients(self._work, self._tenant)

    @property
    def consents(self) -> SqlConsents:
        """What people agreed to."""
        return SqlConsents(self._work, self._tenant)

    @property
    def keys(self) -> SqlKeys:
        """Tenant keys and signing keys."""
        return SqlKeys(self._work, self._tenant)

    @property
    def sealed(self) -> SqlSealed:
        """What is kept sealed under data keys."""
        return SqlSealed(self._work, self._tenant)

    @property
    def nonces(self) -> SqlNonces:
        """Values that count once."""
        return SqlNonces(self._driver, self._tenant)

    @property
    def imported_tokens(self) -> SqlImportedTokens:
        """Tokens of other products."""
        return SqlImportedTokens(self._driver, self._work, self._tenant)

    @property
    def throttles(self) -> Throttles:
        """Counters of attempts."""
        return self._throttles_of(self._tenant, SqlThrottles(self._driver, self._tenant))

    @property
    def audit(self) -> SqlAudit:
        """Who did what."""
        return SqlAudit(self._work, self._tenant)

    @property
    def members(self) -> SqlMembers:
        """Who manages which app."""
        return SqlMembers(self._work, self._tenant)

    @property
    def lists(self) -> SqlLists:
        """Pages of what it holds."""
        return SqlLists(self._work, self._tenant)

    @property
    def endings(self) -> SqlEndings:
        """What ends at somebody else's word."""
        return SqlEndings(self._work, self._tenant)

    @property
    def figures(self) -> SqlFigures:
        """Numbers about clients."""
        return SqlFigures(self._work, self._tenant)

    @property
    def answers(self) -> SqlAnswers:
        """Answers kept for requests that come again."""
        return SqlAnswers(self._work, self._tenant)

    @property
    def refusals(self) -> SqlRefusals:
        """Recorded refusals."""
        return SqlRefusals(self._work, self._tenant)

    @property
    def successes(self) -> SqlSuccesses:
        """Requests that were served."""
        return SqlSuccesses(self._work, self._tenant)


class SqlStore:
    """`ports.Store` on PostgreSQL or SQLite.

    pool_size: PostgreSQL connections, half for hot statements and half for sessions (at
    least one each); one more listens for changes. refusal_lifetime, audit_lifetime: seconds.
    patience_s: longest wait for a connection or a lock, and longest time of a statement.
    throttles_of: where attempts are counted.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        refusal_lifetime: int = 2_592_000,
        refusals_kept: int = 10_000,
        audit_lifetime: int = 34_560_000,
        patience_s: float = PATIENCE_S,
        throttles_of: ThrottlesOf = in_database,
    ) -> None:
        self.url = url
        self._throttles_of = throttles_of
        self._refusal_lifetime, self._refusals_kept = refusal_lifetime, refusals_kept
        self._audit_lifetime = audit_lifetime
        sessions = max(1, pool_size // 2)
        self._engine: AsyncEngine = make_engine(url, sessions, patience_s=patience_s)
        if url.startswith("postgresql://"):
            self.driver: Driver = PostgresDriver(url, max(1, pool_size - sessions), patience_s)
        else:
            self.driver = SqliteDriver(sqlite_path(url), patience_s)
        if tracing.is_on():
            self.driver = TracedDriver(self.driver)
            trace_sessions(self._engine)
        self._work = Work(self._engine)

    @property
    def tenants(self) -> SqlTenants:
        """All tenants."""
        return SqlTenants(self._work)

    @property
    def overview(self) -> SqlOverview:
        """Many tenants at once, and the database itself."""
        return SqlOverview(self._work)

    @property
    def copying(self) -> SqlCopying:
        """Every row there is."""
        return SqlCopying(self._work, self.url)

    @property
    def tenant_lists(self) -> SqlTenantLists:
        """Pages of tenants."""
        return SqlTenantLists(self._work)

    @property
    def effects(self) -> SqlEffects:
        """Effects of all tenants."""
        return SqlEffects(self._work)

    @property
    def jobs(self) -> SqlJobs:
        """What comes again and again."""
        return SqlJobs(self._work)

    @property
    def processes(self) -> SqlProcesses:
        """Who serves and who works."""
        return SqlProcesses(self._work)

    @property
    def key_ages(self) -> SqlKeyAges:
        """Keys by their age."""
        return SqlKeyAges(self._work)

    @property
    def data_key_ages(self) -> SqlDataKeyAges:
        """Data keys by their age."""
        return SqlDataKeyAges(self._work)

    @property
    def usage(self) -> SqlUsageLog:
        """Counts of use."""
        return SqlUsageLog(self._work)

    def inside(self, tenant_id: UUID) -> SqlTenantStore:
        """The store of one tenant."""
        return SqlTenantStore(self.driver, self._work, tenant_id, self._throttles_of)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["SqlStore"]:
        """The same store with all ordinary methods in one transaction."""
        async with self._work.joined() as work:
            joined = copy(self)
            joined._work, joined.driver = work, NoDriver()
            # An attempt counts whatever becomes of the transaction, so none is counted inside.
            joined._throttles_of = in_database
            yield joined

    def changes(self) -> AsyncIterator[UUID | None]:
        """Ids of tenants whose configuration changed; None means «drop everything»."""
        return polled_changes(self._work) if self._work.is_sqlite else postgres_changes(self.url)

    def sweeping(
        self, now: datetime, *, export: AuditExport | None = None, farewell: Farewell | None = None
    ) -> SqlSweeping:
        """A sweep through what has expired by then, see the port."""
        bounds = Bounds(
            recorded_before=now - timedelta(seconds=self._refusal_lifetime),
            refusals_kept=self._refusals_kept,
            audit_before=now - timedelta(seconds=self._audit_lifetime),
        )
        return SqlSweeping(self._work, now, bounds, export, farewell)

    async def forget_attempts(self, later: datetime) -> int:
        """Counters start anew, see the port."""
        return await forget_attempts(self._work, later)

    async def ping(self) -> None:
        """Raises Unavailable if the database does not answer."""
        if await self.driver.row(PING) is None:
            raise Unavailable("no answer")

    async def schema_revision(self) -> str | None:
        """The migration the database is at."""
        async with self._work.reading() as session:
            connection = await session.connection()
            if not await connection.run_sync(
                lambda sync: sa.inspect(sync).has_table("alembic_version")
            ):
                return None
            found = await session.execute(sa.text("SELECT version_num FROM alembic_version"))
            return found.scalar()

    def connections(self) -> tuple[int, int]:
        """How many are open, and how many of these idle."""
        pool = cast(QueuePool, self._engine.pool)
        hot_open, hot_idle = self.driver.usage()
        idle = pool.checkedin()
        return hot_open + pool.checkedout() + idle, hot_idle + idle

    async def close(self) -> None:
        """Close every connection."""
        await self.driver.close()
        await self._engine.dispose()

    @staticmethod
    def make_folder(url: str) -> None:
        """Create the folder of an SQLite file if it is not there."""
        if url.startswith("sqlite:///") and not sqlite_path(url).startswith("file:"):
            Path(sqlite_path(url)).parent.mkdir(parents=True, exist_ok=True)
