"""`consentry operator`, and keys of the base host."""

import pytest

from cli.shell import ROOT_KEY, Shell

PASSWORD = "correct horse battery staple\n"
OTHER_KEY = "quite another root key of about the same length"


def operators(shell: Shell) -> dict[str, bool]:
    """Who is there, and whether disabled."""
    rows = shell.ok("operator", "list", "--json").json
    return {row["username"]: row["disabled"] for row in rows}


def add(shell: Shell, name: str) -> None:
    shell.ok("operator", "create", "--username", name, stdin=PASSWORD)


def test_operators_come_go_and_come_back(shell: Shell) -> None:
    add(shell, "ann")
    add(shell, "max")
    shell.ok("operator", "disable", "ann")
    assert operators(shell) == {"ann": True, "max": False}
    shell.ok("operator", "enable", "ann")
    assert operators(shell) == {"ann": False, "max": False}


def test_the_last_operator_who_can_sign_in_stays(sqlite_shell: Shell) -> None:
    add(sqlite_shell, "ann")
    add(sqlite_shell, "max")
    sqlite_shell.ok("operator", "disable", "ann")
    said = sqlite_shell.refused("operator", "disable", "max")
    assert said == "operator: max is the last who can sign in"
    assert operators(sqlite_shell) == {"ann": True, "max": False}


@pytest.mark.parametrize("verb", ["disable", "enable", "set-password"])
def test_nobody_is_no_operator(sqlite_shell: Shell, verb: str) -> None:
    assert "'nobody'" in sqlite_shell.refused("operator", verb, "nobody", stdin=PASSWORD)


def test_a_short_password_is_refused(sqlite_shell: Shell) -> None:
    words = ("operator", "create", "--username", "ann")
    assert sqlite_shell.refused(*words, stdin="short\n").startswith("password: ")
    add(sqlite_shell, "ann")
    assert sqlite_shell.refused("operator", "set-password", "ann", stdin="short\n")
    sqlite_shell.ok("operator", "set-password", "ann", stdin=PASSWORD)


def test_operators_are_in_no_tenant_and_in_no_manifest(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("tenant", "create", "photos")
    add(sqlite_shell, "ann")
    assert [row["slug"] for row in sqlite_shell.ok("tenant", "list", "--json").json] == ["photos"]
    exported = sqlite_shell.ok("export", "--json")
    assert [row["slug"] for row in exported.json["tenants"]] == ["photos"]
    assert "ann" not in exported.out
    assert sqlite_shell.ok("user", "list", "--tenant", "photos", "--json").json == []
    for slug in ("", "00000000-0000-0000-0000-000000000000"):
        assert sqlite_shell.refused("user", "list", "--tenant", slug)


def test_the_key_of_the_base_host_is_wrapped_anew(sqlite_shell: Shell) -> None:
    add(sqlite_shell, "ann")
    sqlite_shell.set(CONSENTRY_SECRET_KEY=f"{OTHER_KEY},{ROOT_KEY}")
    found = {row["name"]: row for row in sqlite_shell.ok("doctor", "--json").json}
    assert found["keys"]["status"] == "warn"
    done = sqlite_shell.ok("key", "rewrap", "--json").json
    assert done == {"tenants": 0, "keys": 1, "current": 0}
    sqlite_shell.set(CONSENTRY_SECRET_KEY=OTHER_KEY)
    assert operators(sqlite_shell) == {"ann": False}


def test_a_root_key_that_does_not_fit_the_base_host_is_told(sqlite_shell: Shell) -> None:
    add(sqlite_shell, "ann")
    sqlite_shell.set(CONSENTRY_SECRET_KEY=OTHER_KEY)
    answer = sqlite_shell("doctor", "--json")
    assert answer.status == 1 and "the base host" in answer.out
    assert "the base host" in sqlite_shell.refused("key", "rewrap")


def test_a_first_password_that_cannot_be_one_stops_the_start(sqlite_shell: Shell) -> None:
    sqlite_shell.set(CONSENTRY_OPERATOR_PASSWORD="short")
    said = sqlite_shell.refused("serve", "--port", "0")
    assert said == "CONSENTRY_OPERATOR_PASSWORD: must have 8 to 1024 characters"
    assert operators(sqlite_shell) == {}
