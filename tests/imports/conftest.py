"""A world to move to, and a place for the database of another product."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from conftest import beside, copied
from imports.moving import Move
from support.world import running_world


@pytest.fixture
async def move(
    sqlite_database: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Move]:  # fmt: skip
    async with running_world(sqlite_database) as world:
        yield Move(world, f"sqlite:///{tmp_path / 'old.db'}", monkeypatch, capsys)


@pytest.fixture
async def pg_move(
    pg_database: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Move]:  # fmt: skip
    """Both databases on PostgreSQL."""
    async with copied(postgres_url) as name, running_world(pg_database) as world:
        yield Move(world, beside(postgres_url, name), monkeypatch, capsys)
