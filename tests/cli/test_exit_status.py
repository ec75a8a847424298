"""0 done, 1 refused or failed with one line on stderr, 2 bad usage; also as a process."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.shell import Shell

COMMAND = str(Path(sys.executable).with_name("consentry"))


def typed(shell: Shell, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the installed command as a process of its own."""
    return subprocess.run(
        [COMMAND, *words], cwd=shell.home, input=stdin, capture_output=True, text=True, timeout=60
    )


def test_the_installed_command_ends_with_the_status(sqlite_shell: Shell) -> None:
    done = typed(sqlite_shell, "tenant", "create", "photos", "--json")
    assert (done.returncode, done.stderr) == (0, "") and '"slug": "photos"' in done.stdout
    refused = typed(sqlite_shell, "tenant", "create", "photos")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "consentry: slug: there is a tenant photos already\n"
    assert typed(sqlite_shell, "tenant", "make").returncode == 2


def test_it_is_a_module_too(sqlite_shell: Shell) -> None:
    words = [sys.executable, "-m", "consentry", "--help"]
    done = subprocess.run(words, cwd=sqlite_shell.home, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage: consentry")


def test_asking_for_help_imports_nothing_heavy(sqlite_shell: Shell) -> None:
    code = (
        "import sys; from consentry.cli import run; run(['apply', '--help']);"
        "print(sorted({'sqlalchemy', 'pydantic', 'starlette', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_error_to_speak_of(sqlite_shell: Shell) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as out:
        done = subprocess.run(
            [COMMAND, "settings"], cwd=sqlite_shell.home, stdout=out, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "unknown",
        "tenant",
        "tenant create",
        "client list",
        "user create --tenant photos --username jane",
        "key rotate --alg ES256",
        "key rewrap --tenant photos",
        "tenant list --tenant photos",
        "apply",
        "migrate --js",
        "serve --port 70000",
        "serve --workers 0",
    ],
)
def test_bad_usage_is_2(sqlite_shell: Shell, words: str) -> None:
    answer = sqlite_shell(*words.split())
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("usage: consentry")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CONSENTRY_BASE_URL", "id.example.com", "must be http://HOST[:PORT] or https://HOST[:"),
        ("CONSENTRY_DATABASE_URL", "mysql://x", "must start with sqlite:/// or postgresql://"),
        ("CONSENTRY_DATABASE_URL", "postgresql://h:port/x", "port could not be cast"),
        ("CONSENTRY_REDIS_URL", "http://:hush@cache", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "redis://:hush", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "redis://:hu/sh@cache", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "redis://:hush@cache:0", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "redis://:hush@cache/queue", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "redis://:hush@cache/0#hush", "must be redis://"),
        ("CONSENTRY_REDIS_URL", "rediss://:hush@cache?ssl_cert_reqs=none", "takes no parameters"),
        ("CONSENTRY_REDIS_URL", "redis://:hush@cache?ssl_ca_certs=/ca.pem", "takes no parameters"),
        ("CONSENTRY_DATABASE_POOL", "0", "input should be greater than or equal to 1"),
        ("CONSENTRY_LIMIT_CLIENT_SECRET", "ten", "write a limit as COUNT/SECONDS"),
        ("CONSENTRY_LIMITS", "none", "input should be 'standard' or 'off'"),
        ("CONSENTRY_TRUSTED_PROXIES", "10.0.0.0/99", "'10.0.0.0/99' does not appear to be"),
        ("CONSENTRY_SECRET_KEY", "short", "key 1 of 1 has 5 characters; at least 32 are needed"),
        ("CONSENTRY_SECRET_KEY", None, "is not set (at least 32 random characters)"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_clear_line(
    sqlite_shell: Shell, name: str, value: str | None, reason: str
) -> None:
    sqlite_shell.set(**{name: value})
    assert sqlite_shell.refused("serve").startswith(f"{name}: {reason}")
    said = sqlite_shell.refused("tenant", "list")
    assert said.startswith(f"{name}: {reason}") and "hush" not in said and "'hu" not in said


def test_the_server_does_not_start_before_the_schema_is_there(sqlite_shell: Shell) -> None:
    sqlite_shell.set(CONSENTRY_DATABASE_URL=f"sqlite:///{sqlite_shell.home / 'empty.db'}")
    for words in (("serve",), ("tenant", "list"), ("export",)):
        assert sqlite_shell.refused(*words) == "the database is empty: run `consentry migrate`"
    for _ in range(2):
        assert sqlite_shell.ok("migrate").out.startswith("the schema is at ")
    assert sqlite_shell.ok("tenant", "list", "--json").json == []


def test_sqlite_serves_from_one_process(sqlite_shell: Shell) -> None:
    line = sqlite_shell.refused("serve", "--workers", "2")
    assert line == "--workers: SQLite serves from one process; several need PostgreSQL"


def test_a_port_that_is_taken_is_told(sqlite_shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = typed(sqlite_shell, "serve", "--port", port)
    assert done.returncode == 1
    line = f"consentry: cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    assert done.stderr.endswith(line)


def test_a_database_that_is_away_is_told(sqlite_shell: Shell) -> None:
    sqlite_shell.set(CONSENTRY_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    for words in (("migrate",), ("tenant", "list"), ("serve",)):
        line = sqlite_shell.refused(*words)
        assert line == "the database cannot be used (ConnectionRefusedError)"


def test_a_database_that_does_not_let_us_in_is_told_without_the_password(
    sqlite_shell: Shell, postgres_url: str
) -> None:
    parts = urlsplit(postgres_url)
    place = parts.netloc.rpartition("@")[2]
    for url, said in (
        (f"postgresql://nobody:not-the-password@{place}/postgres", "InvalidPasswordError"),
        (parts._replace(path="/no_such_database").geturl(), "InvalidCatalogNameError"),
    ):
        sqlite_shell.set(CONSENTRY_DATABASE_URL=url)
        for words in (("migrate",), ("tenant", "list"), ("serve",)):
            line = sqlite_shell.refused(*words)
            assert line.startswith("the database cannot be used (") and said in line
        doctor = sqlite_shell("doctor")
        assert doctor.status == 1 and said in doctor.out
        assert "not-the-password" not in line + doctor.out + doctor.err


def test_settings_tell_where_they_come_from_and_hide_secrets(sqlite_shell: Shell) -> None:
    (sqlite_shell.home / ".env").write_text("CONSENTRY_LOG_LEVEL=warning\n")
    sqlite_shell.set(
        CONSENTRY_DATABASE_URL="postgresql://app:hush@db/x?password=hush",
        CONSENTRY_REDIS_URL="redis://:hush@cache",
        CONSENTRY_OPERATOR_PASSWORD="hush hush hush",
    )
    answer = sqlite_shell.ok("settings", "--json")
    rows = {row["name"]: row for row in answer.json}
    assert rows["CONSENTRY_LOG_LEVEL"]["source"] == ".env"
    assert rows["CONSENTRY_LOG_LEVEL"]["value"] == "warning"
    assert rows["CONSENTRY_DATABASE_URL"]["source"] == "environment"
    assert rows["CONSENTRY_DATABASE_URL"]["value"] == "postgresql://app:…@db/x?password=…"
    assert rows["CONSENTRY_SECRET_KEY"]["value"] == rows["CONSENTRY_REDIS_URL"]["value"] == "set"
    assert rows["CONSENTRY_DRAIN"]["source"] == "default"
    said = answer.out + sqlite_shell.ok("settings").out
    assert "hush" not in said and "root key of the tests" not in said


@pytest.mark.parametrize("noun", ["tenant", "client", "user", "key"])
def test_lists_print_a_table_for_people(sqlite_shell: Shell, noun: str) -> None:
    sqlite_shell.tenant("users: [{username: jane}]\nclients: [{client_id: app, grant_types: []}]")
    tenant = () if noun == "tenant" else ("--tenant", "photos")
    heading = sqlite_shell.ok(noun, "list", *tenant).out.splitlines()[0]
    assert heading == heading.upper() and heading.split()[-1].endswith("_AT")
