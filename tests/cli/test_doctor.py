"""The checks of `doctor`, each of which can fail."""

import pytest

from cli.shell import ROOT_KEY, Answer, Shell

OTHER_KEY = "quite another root key of about the same length"


def found(answer: Answer) -> dict[str, str]:
    """Status by check."""
    return {row["name"]: row["status"] for row in answer.json}


def test_a_good_installation_has_nothing_to_complain_about(shell: Shell) -> None:
    shell.ok("tenant", "create", "photos")
    answer = shell.ok("doctor", "--json")
    assert found(answer) == {
        "base_url": "ok", "secret_key": "ok", "redis": "skip", "database": "ok", "mail": "skip",
        "schema": "ok", "clock": "ok", "keys": "ok", "policies": "ok", "oauth1": "ok",
        "signatures": "ok", "processes": "skip", "worker": "skip", "outbox": "ok",
        "jobs": "skip", "expired": "skip",
    }  # fmt: skip
    assert len(shell.ok("doctor").out.splitlines()) == 16


def test_a_redis_that_answers_is_told(sqlite_shell: Shell, redis_url: str) -> None:
    sqlite_shell.set(CONSENTRY_REDIS_URL=redis_url)
    assert found(sqlite_shell.ok("doctor", "--json"))["redis"] == "ok"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "rediss://:pw@[::1]:1"])
def test_a_redis_that_does_not_answer_fails(sqlite_shell: Shell, url: str) -> None:
    sqlite_shell.set(CONSENTRY_REDIS_URL=url)
    answer = sqlite_shell("doctor", "--json")
    assert (answer.status, answer.err) == (1, "consentry: doctor: redis failed\n")
    assert found(answer)["redis"] == "fail"


def test_a_refused_redis_password_fails_without_showing_it(
    sqlite_shell: Shell, redis_url: str
) -> None:
    scheme, _, rest = redis_url.partition("://")
    place = rest.rpartition("@")[2]
    sqlite_shell.set(CONSENTRY_REDIS_URL=f"{scheme}://:not-the-password@{place}")
    answer = sqlite_shell("doctor")
    assert answer.status == 1 and "username-password" in answer.out
    assert "not-the-password" not in answer.out + answer.err


def test_a_database_that_is_away_fails(sqlite_shell: Shell) -> None:
    sqlite_shell.set(CONSENTRY_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    answer = sqlite_shell("doctor", "--json")
    assert (answer.status, found(answer)["database"]) == (1, "fail")
    assert found(answer)["schema"] == "skip"
    assert "secret@" not in answer.out + answer.err


def test_a_schema_that_is_not_at_head_fails(sqlite_shell: Shell) -> None:
    sqlite_shell.set(CONSENTRY_DATABASE_URL=f"sqlite:///{sqlite_shell.home / 'empty.db'}")
    answer = sqlite_shell("doctor", "--json")
    assert (answer.status, found(answer)["schema"]) == (1, "fail")


def test_a_root_key_that_does_not_fit_fails(shell: Shell) -> None:
    shell.ok("tenant", "create", "photos")
    shell.set(CONSENTRY_SECRET_KEY=OTHER_KEY)
    answer = shell("doctor", "--json")
    assert (answer.status, found(answer)["keys"]) == (1, "fail")
    assert "photos" in answer.out


@pytest.mark.parametrize("key", [None, "short"])
def test_a_missing_or_short_root_key_fails(sqlite_shell: Shell, key: str | None) -> None:
    sqlite_shell.set(CONSENTRY_SECRET_KEY=key)
    answer = sqlite_shell("doctor", "--json")
    assert (answer.status, found(answer)["secret_key"]) == (1, "fail")


def test_several_root_keys_are_a_warning(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("tenant", "create", "photos")
    sqlite_shell.set(CONSENTRY_SECRET_KEY=f"{OTHER_KEY},{ROOT_KEY}")
    before = found(sqlite_shell.ok("doctor", "--json"))
    assert (before["secret_key"], before["keys"]) == ("warn", "warn")
    sqlite_shell.ok("key", "rewrap")
    assert found(sqlite_shell.ok("doctor", "--json"))["keys"] == "ok"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://id.example.com", "warn"),
        ("https://id.example.com", "ok"),
        ("http://127.0.0.1:8000", "ok"),
        ("http://demo.localhost", "ok"),
    ],
)
def test_an_issuer_that_is_not_https_is_a_warning(
    sqlite_shell: Shell, url: str, status: str
) -> None:
    """RFC 8414 §2"""
    sqlite_shell.set(CONSENTRY_BASE_URL=url)
    assert found(sqlite_shell.ok("doctor", "--json"))["base_url"] == status


@pytest.mark.parametrize(
    "settings",
    [
        "grant_types_supported: [password]",
        "grant_types_supported: [implicit]",
        "require_pkce: false",
    ],
)
def test_a_policy_that_allows_dead_flows_is_a_warning(sqlite_shell: Shell, settings: str) -> None:
    """RFC 9700 §2.1.2, §2.4"""
    sqlite_shell.tenant(f"settings: {{{settings}}}")
    answer = sqlite_shell.ok("doctor", "--json")
    assert found(answer)["policies"] == "warn"
    assert "photos allows " in answer.out
