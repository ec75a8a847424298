"""`consentry user set`, `reset`, `data` and `session`."""

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest

from cli.shell import Shell
from consentry.cli.session import deployment
from consentry.records.user import Login

HERE = ("--tenant", "photos")
JANE = "users: [{username: jane, email: jane@example.com, claims: {name: Jane Doe}}]"


@pytest.fixture
def each_site(shell: Shell) -> Shell:
    """A shell with Jane."""
    shell.tenant(JANE)
    return shell


@pytest.fixture
def site(sqlite_shell: Shell) -> Shell:
    """The same on SQLite, for what no database has a say in."""
    sqlite_shell.tenant(JANE)
    return sqlite_shell


def test_a_person_is_changed_key_by_key(each_site: Shell) -> None:
    words = ("username=janet", "email=janet@example.com", "roles=developer,admin",
             "claims.given_name=Janet", "claims.email_verified=true",
             'claims.address={locality: "Oslo"}', "claims.updated_at=1700000000",
             "claims.nickname=true")  # fmt: skip
    made = each_site.ok("user", "set", "jane", *words, *HERE, "--json").json
    assert (made["username"], made["email"]) == ("janet", "janet@example.com")
    assert made["roles"] == ["admin", "developer"]
    assert made["claims"] == {
        "name": "Jane Doe", "given_name": "Janet", "email_verified": True,
        "address": {"locality": "Oslo"}, "updated_at": 1_700_000_000, "nickname": "true",
    }  # fmt: skip
    gone = ("email", "roles", "claims.address", "claims.updated_at", "claims.nickname")
    assert each_site.ok("user", "reset", "janet", *gone, *HERE).out == "user janet is changed\n"
    left = each_site.users()["janet"]
    assert (left["email"], left["roles"]) == (None, [])
    assert set(left["claims"]) == {"name", "given_name"}, "no address is none that is proven"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "jane", "shape=round"), "shape: must be username, email, roles or claims.NAME"),
        (("set", "jane", "roles=king"), "roles[0]: must be admin or developer"),
        (("set", "jane", "email=none"), "email: "),
        (("set", "jane", "claims.sub=x"), "claims.sub: "),
        (("set", "jane", "claims.email_verified=maybe"), "claims.email_verified: "),
        (("set", "joe", "roles=admin"), "no user 'joe'"),
        (("reset", "jane", "username"), "username: is required"),
        (("reset", "jane", "password"), "password: must be"),
    ],
)
def test_a_change_that_cannot_be_is_refused(site: Shell, words: tuple[str, ...], said: str) -> None:
    before = site.users()
    assert site.refused("user", *words, *HERE).startswith(said)
    assert site.users() == before


def test_a_person_is_made_with_claims(site: Shell) -> None:
    words = ("--username", "joe", "--email", "joe@example.com", "--claim", "name=Joe: the first",
             "--claim", "phone_number_verified=false")  # fmt: skip
    made = site.ok("user", "create", *words, *HERE, "--json", stdin="correct horse\n").json
    assert made["claims"] == {"name": "Joe: the first", "phone_number_verified": False}
    line = site.refused("user", "create", *words[:4], "--claim", "name", *HERE)
    assert line == "--claim 'name': write KEY=VALUE"


def test_all_that_is_kept_about_a_person_is_printed(site: Shell) -> None:
    for words in ((), ("--json",)):
        found = site.ok("user", "data", "jane", *HERE, *words).json
        assert found["profile"]["username"] == "jane" and found["sessions"] == []
    assert site.refused("user", "data", "joe", *HERE) == "no user 'joe'"


def sign_in(number: int) -> None:
    """Jane is signed in at so many browsers."""

    async def begin() -> None:
        async with deployment() as found:
            tenant = await found.store.tenants.by_slug("photos")
            assert tenant is not None
            inside = found.store.inside(tenant.tenant_id)
            jane = await inside.users.by_identifier("jane")
            assert jane is not None
            now = datetime.now(UTC)
            for minute in range(number):
                begun = now - timedelta(minutes=minute)
                row = Login(
                    tenant_id=tenant.tenant_id, user_id=jane.user_id, login_id=token_hex(32),
                    auth_time=begun, created_at=begun, expires_at=now + timedelta(hours=1),
                    address=f"192.0.2.{minute}",
                )  # fmt: skip
                await inside.logins.start(row, replaces=None)

    asyncio.run(begin())


def test_sessions_are_listed_and_ended_one_by_one_or_all(each_site: Shell) -> None:
    jane = ("--user", "jane", *HERE)
    sign_in(3)
    rows = each_site.ok("session", "list", *jane, "--json").json
    assert [row["address"] for row in rows] == ["192.0.2.0", "192.0.2.1", "192.0.2.2"]
    assert "192.0.2.1" in each_site.ok("session", "list", *jane).out
    assert each_site.ok("session", "end", *jane, "--key", rows[1]["key"]).out == "1 ended\n"
    assert "no session" in each_site.refused("session", "end", *jane, "--key", rows[1]["key"])
    assert each_site.ok("session", "end", *jane, "--json").json == {"ended": 2}
    assert each_site.ok("session", "list", *jane, "--json").json == []
    assert each_site.refused("session", "list", "--user", "joe", *HERE) == "no user 'joe'"
