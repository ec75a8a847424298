"""A database that a later release has migrated already."""

import asyncio
import sqlite3

import pytest
from structlog.testing import capture_logs

from cli.shell import Shell
from consentry.main import Application
from consentry.settings import Settings
from consentry_migrations import HEAD


@pytest.fixture
def at(sqlite_shell: Shell) -> Shell:
    """A shell whose database has the tenant photos."""
    sqlite_shell.tenant()
    return sqlite_shell


def move(shell: Shell, revision: str) -> None:
    """Write another revision into the database."""
    with sqlite3.connect(shell.database.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def schema(shell: Shell) -> tuple[int, str]:
    """The exit status of `doctor`, and what it says of the schema."""
    answer = shell("doctor", "--json")
    [found] = [one for one in answer.json if one["name"] == "schema"]
    return answer.status, f"{found['status']}: {found['detail']}"


def test_commands_work_on_a_later_schema_and_doctor_warns(at: Shell) -> None:
    move(at, "9998")
    assert at.ok("tenant", "list", "--json").json[0]["slug"] == "photos"
    assert schema(at) == (0, f"warn: at 9998, newer than this release's {HEAD}")
    # Its other checks are made all the same.
    assert {one["status"] for one in at("doctor", "--json").json} >= {"ok", "warn"}
    names = [one["name"] for one in at("doctor", "--json").json if one["status"] == "skip"]
    assert "keys" not in names


def test_a_schema_that_left_this_release_behind_is_refused(at: Shell) -> None:
    move(at, "9999_from_9998")
    too_old = f"the database is at migration 9999_from_9998: this release, {HEAD}, is too old"
    for words in (("tenant", "list"), ("serve", "--port", "0")):
        assert at.refused(*words) == too_old
    found = f"fail: at 9999_from_9998: this release, {HEAD}, is too old"
    assert schema(at) == (1, found)


def test_who_serves_on_a_later_schema_says_so_in_the_log(at: Shell) -> None:
    with capture_logs() as quiet:
        asyncio.run(started())
    move(at, "9998")
    with capture_logs() as logs:
        asyncio.run(started())
    [told] = [line for line in logs if line["event"] == "schema_differs"]
    assert (told["log_level"], told["database"], told["release"]) == ("warning", "9998", HEAD)
    assert "schema_differs" not in [line["event"] for line in quiet]


async def started() -> None:
    """A process that started, and stopped."""
    app = Application(Settings())
    await app.start()
    await app.stop()


def test_backups_want_the_very_schema_of_the_release(at: Shell) -> None:
    """Columns it does not know would be lost."""
    at.ok("backup", "-o", "all.jsonl")
    move(at, "9998")
    reason = f"the database is at migration 9998, this release at {HEAD}"
    assert at.refused("backup", "-o", "all.jsonl") == reason
    assert at.refused("restore", "-f", "all.jsonl") == reason
