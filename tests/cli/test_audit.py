"""`consentry audit`."""

import getpass
import json
import sqlite3
from collections.abc import Callable

import pytest

from cli.shell import Shell

PHOTOS = ("--tenant", "photos")


@pytest.fixture
def shell(sqlite_shell: Shell) -> Shell:
    """A shell after a few changes of the tenant photos."""
    sqlite_shell.tenant("scopes: [{name: photos.read, description: See}]")
    sqlite_shell.ok("client", "create", *PHOTOS, "--client-id", "app", "--set",
                    "redirect_uris=https://a.example/cb")  # fmt: skip
    sqlite_shell.ok("client", "disable", "app", *PHOTOS)
    return sqlite_shell


def listed(shell: Shell, *words: str) -> list[str]:
    rows = shell.ok("audit", "list", *PHOTOS, "--json", *words).json
    return [row["action"] for row in rows]


def test_events_are_listed_newest_first_with_who_typed_them(shell: Shell) -> None:
    rows = shell.ok("audit", "list", *PHOTOS, "--json").json
    assert [(row["seq"], row["action"]) for row in rows] == [
        (4, "client.disable"),
        (3, "client.create"),
        (2, "scope.create"),
        (1, "tenant.create"),
    ]
    assert {(row["actor_kind"], row["actor_name"], row["actor_id"]) for row in rows} == {
        ("system", "command line", getpass.getuser())
    }
    text = shell.ok("audit", "list", *PHOTOS).out.splitlines()
    assert text[0].split() == ["SEQ", "AT", "ACTOR", "ACTION", "TARGET", "ADDRESS"]
    assert text[1].split()[0] == "4" and "client app" in text[1]


def test_events_are_asked_for_by_what_they_are(shell: Shell) -> None:
    assert listed(shell, "--limit", "1") == ["client.disable"]
    assert listed(shell, "--action", "scope.create") == ["scope.create"]
    assert listed(shell, "--target", "client:app") == ["client.disable", "client.create"]
    assert listed(shell, "--actor", "nobody") == []
    assert listed(shell, "--since", "2999-01-01") == []
    assert len(listed(shell, "--until", "2999-01-01T00:00Z")) == 4
    assert len(listed(shell, "--since", "2020-01-01T00:00+02:00")) == 4


def test_tenants_are_in_the_operators_trail(shell: Shell) -> None:
    shell.ok("tenant", "delete", "photos")
    rows = shell.ok("audit", "list", "--operators", "--json").json
    assert [(row["action"], row["target_id"]) for row in rows] == [
        ("tenant.delete", "photos"),
        # It stops answering before its rows go.
        ("tenant.dismiss", "photos"),
        ("tenant.create", "photos"),
    ]
    shell.ok("audit", "verify", "--operators")


def test_a_trail_is_verified_and_what_was_noted_found_again(shell: Shell) -> None:
    done = shell.ok("audit", "verify", *PHOTOS, "--json").json
    assert (done["events"], done["first"], done["last"]) == (4, 1, 4)
    noted = f"{done['last']}:{done['digest']}"
    assert shell.ok("audit", "verify", *PHOTOS).out.strip().endswith(noted)
    shell.ok("client", "enable", "app", *PHOTOS)
    shell.ok("audit", "verify", *PHOTOS, "--noted", noted)
    other = f"3:{done['digest']}"
    assert "noted" in shell.refused("audit", "verify", *PHOTOS, "--noted", other)


def test_an_altered_trail_fails_with_the_event(shell: Shell) -> None:
    with sqlite3.connect(shell.database.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE audit SET actor_id = 'eve' WHERE seq = 2 AND action LIKE 's%'")
    connection.close()
    assert shell.refused("audit", "verify", *PHOTOS) == (
        "the audit trail is broken at event 2: it was altered"
    )


def test_a_trail_that_is_gone_as_a_whole_fails(shell: Shell) -> None:
    """That the tenant was made is an event."""
    with sqlite3.connect(shell.database.removeprefix("sqlite:///")) as connection:
        for table in ("audit", "audit_head"):
            connection.execute(
                f"DELETE FROM {table} WHERE tenant_id IN (SELECT tenant_id FROM tenant)"
            )
    connection.close()
    said = shell.refused("audit", "verify", *PHOTOS)
    assert said == "the audit trail is broken at event 1: all of it is gone"


def test_a_trail_is_exported_oldest_first(shell: Shell) -> None:
    lines = shell.ok("audit", "export", *PHOTOS).out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4]
    some = shell.ok("audit", "export", *PHOTOS, "--csv", "--action", "client.create").out
    assert len(some.splitlines()) == 2 and "client.create" in some


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", *PHOTOS, "--since", "yesterday"), "--since: write a time"),
        (("list", *PHOTOS, "--target", "app"), "--target: write KIND:ID"),
        (("list", *PHOTOS, "--limit", "0"), "--limit: must be at least 1"),
        (("verify", *PHOTOS, "--noted", "4"), "--noted: write SEQ:DIGEST"),
        (("verify", "--tenant", "nobodys"), "no tenant 'nobodys'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    assert shell.refused("audit", *words).startswith(said)


@pytest.mark.parametrize("words", [("list",), ("verify",), ("list", *PHOTOS, "--operators")])
def test_one_trail_is_named(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell("audit", *words).status == 2


SEEN: dict[str, Callable[[Shell], object]] = {
    "user.create": lambda shell: shell.ok(
        "user", "create", *PHOTOS, "--username", "ann", "--email", "ann@example.com",
        stdin="a good long password\n",
    ),
    "key.rotate": lambda shell: shell.ok("key", "rotate", *PHOTOS, "--alg", "ES256"),
    "secret.rotate": lambda shell: shell.ok("client", "rotate-secret", "app", *PHOTOS),
    "tenant.disable": lambda shell: shell.ok("tenant", "disable", "photos"),
    "client.delete": lambda shell: shell.ok("client", "delete", "app", *PHOTOS),
}  # fmt: skip


@pytest.mark.parametrize("action", SEEN)
def test_what_the_command_line_changes_is_an_event(shell: Shell, action: str) -> None:
    SEEN[action](shell)
    assert listed(shell, "--limit", "1") == [action]
