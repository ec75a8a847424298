"""Statements that are compiled once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa

from consentry.store.sql import tables
from consentry.store.sql.authorizations import LIVE
from consentry.store.sql.drivers import PostgresDriver, SqliteDriver
from consentry.store.sql.hot import Hot
from consentry.store.sql.store import SqlStore

T = tables.tenant.c
DIALECTS = (
    PostgresDriver("postgresql://nowhere/none", 1, 1).dialect,
    SqliteDriver("nowhere.db", 1).dialect,
)


def test_a_statement_is_compiled_once_for_each_dialect() -> None:
    for dialect in DIALECTS:
        assert LIVE.on(dialect) is LIVE.on(dialect)
    first, second = (LIVE.on(dialect).sql for dialect in DIALECTS)
    assert "$1" in first
    assert "?" in second


def test_a_parameter_that_is_not_given_is_an_error() -> None:
    for dialect in DIALECTS:
        with pytest.raises(KeyError, match="jti"):
            LIVE.on(dialect).arguments({"tenant_id": uuid4(), "id": uuid4(), "now": utc()})


def utc() -> datetime:
    return datetime(2026, 5, 4, tzinfo=UTC)


async def test_values_written_into_a_statement_stay_there(store: SqlStore) -> None:
    asked = sa.bindparam("asked", type_=sa.Integer)
    hot = Hot(sa.select(sa.literal(41, sa.Integer) + asked, sa.literal(utc(), T.created_at.type)))
    assert await store.driver.row(hot, asked=1) == [42, utc()]


def test_an_in_list_is_refused_clearly() -> None:
    for listed in (T.slug.in_(["a", "b"]), T.slug.in_(sa.bindparam("slugs", expanding=True))):
        for dialect in DIALECTS:
            with pytest.raises(TypeError, match="IN list"):
                Hot(sa.select(T.slug).where(listed)).on(dialect)


async def test_no_row_is_none(store: SqlStore) -> None:
    hot = Hot(sa.select(T.slug).where(T.slug == sa.bindparam("slug", type_=T.slug.type)))
    assert await store.driver.row(hot, slug="none") is None


async def test_usage_tells_open_and_idle_connections(store: SqlStore) -> None:
    await store.ping()
    await store.tenants.page()
    open_, idle = store.connections()
    assert open_ == idle
    assert open_ >= 2
