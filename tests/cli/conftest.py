"""Shells on either database."""

from __future__ import annotations

import pathlib

import pytest

from cli.shell import Shell


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """URL of an empty, migrated database, of either kind."""
    kind = "sqlite_database" if request.param == "sqlite" else "pg_database"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def shell(
    tmp_path: pathlib.Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """A shell on either database."""
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home, database, monkeypatch, capsys)


@pytest.fixture
def sqlite_shell(
    tmp_path: pathlib.Path,
    sqlite_database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """A shell on SQLite, for what no database has a say in."""
    return Shell(tmp_path, sqlite_database, monkeypatch, capsys)
