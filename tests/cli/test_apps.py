"""`consentry client set`, `reset`, `secret` and `member`."""

from uuid import uuid4

import pytest

from cli.shell import Shell

HERE = ("--tenant", "photos")
SITE = """
scopes: [{name: photos.read}]
users: [{username: dora, email: dora@example.com, roles: [developer]}, {username: jane},
        {username: max, roles: [developer]}]
clients: [{client_id: app, redirect_uris: [https://app.example/cb], client_name: App}]
"""


@pytest.fixture
def each_site(shell: Shell) -> Shell:
    """A shell with an app, two developers and Jane."""
    shell.tenant(SITE)
    return shell


@pytest.fixture
def site(sqlite_shell: Shell) -> Shell:
    """The same on SQLite, for what no database has a say in."""
    sqlite_shell.tenant(SITE)
    return sqlite_shell


def test_metadata_is_changed_key_by_key_and_put_back(site: Shell) -> None:
    words = ("scope=openid photos.read", "redirect_uris=https://a.example/,https://b.example/")
    made = site.ok("client", "set", "app", *words, *HERE, "--json").json
    assert made["redirect_uris"] == ["https://a.example/", "https://b.example/"]
    assert (made["scope"], made["client_name"]) == ("openid photos.read", "App")
    assert site.ok("client", "reset", "app", "scope", *HERE).out == "client app is changed\n"
    left = site.clients()["app"]
    assert "scope" not in left and left["redirect_uris"] == made["redirect_uris"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "app", "scope=photos.write"), "scope: photos.write is not declared"),
        (("set", "app", "shape=round"), "shape: unknown key"),
        (("set", "app", "redirect_uris"), "'redirect_uris': write KEY=VALUE"),
        (("set", "none", "scope=openid"), "no client 'none'"),
        (("reset", "app", "shape"), "shape: unknown key"),
        (("reset", "app", "redirect_uris"), "redirect_uris: "),
    ],
)
def test_metadata_that_cannot_be_is_refused(site: Shell, words: tuple[str, ...], said: str) -> None:
    before = site.clients()
    assert site.refused("client", *words, *HERE).startswith(said)
    assert site.clients() == before


def test_a_secret_is_added_and_the_rotation_finished(site: Shell) -> None:
    site.ok("client", "secret", "add", "app", *HERE)
    made = site.ok("client", "secret", "add", "app", "--label", "new server",
                   "--expires", "2100-01-31T12:00", *HERE, "--json").json  # fmt: skip
    assert (made["label"], made["expires_at"]) == ("new server", "2100-01-31T12:00:00Z")
    assert len(made["client_secret"]) >= 32
    rows = site.ok("client", "secret", "list", "app", *HERE, "--json").json
    assert rows[0] == {key: one for key, one in made.items() if key != "client_secret"}
    text = site.ok("client", "secret", "list", "app", *HERE).out
    assert "new server" in text and made["client_secret"] not in text
    assert site.ok("client", "secret", "finish", "app", *HERE).out == (
        "1 ended; the newest counts on\n"
    )
    [left] = site.ok("client", "secret", "list", "app", *HERE, "--json").json
    assert left["secret_id"] == made["secret_id"]


def test_one_secret_ends_by_its_id(site: Shell) -> None:
    said = site.ok("client", "secret", "add", "app", *HERE).out
    assert "client_secret:" in said and "shown this once" in said
    [row] = site.ok("client", "secret", "list", "app", *HERE, "--json").json
    site.ok("client", "secret", "remove", "app", row["secret_id"], *HERE)
    assert site.ok("client", "secret", "list", "app", *HERE, "--json").json == []
    gone = site.refused("client", "secret", "remove", "app", str(uuid4()), *HERE)
    assert gone.startswith("no secret ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "none"), "no client 'none'"),
        (("add", "app", "--label", "a\nb"), "label: "),
        (("add", "app", "--expires", "soon"), "--expires: write a time"),
        (("add", "app", "--expires", "2020-01-01"), "expires_at: must be in the future"),
        (("remove", "app", "x"), "an id is 32 hexadecimal digits"),
        (("finish", "app"), "no secret "),
    ],
)
def test_what_cannot_be_done_to_a_secret_is_refused(
    site: Shell, words: tuple[str, ...], said: str
) -> None:
    assert site.refused("client", "secret", *words, *HERE).startswith(said)


def test_people_of_an_app_come_and_go(each_site: Shell) -> None:
    def people() -> list[tuple[str, str]]:
        rows = each_site.ok("client", "member", "list", "app", *HERE, "--json").json
        return [(row["username"], row["role"]) for row in rows]

    each_site.ok("client", "member", "add", "app", "dora@example.com", "--role", "owner", *HERE)
    said = each_site.ok("client", "member", "add", "app", "max", *HERE).out
    assert said == "max is member of app\n"
    assert sorted(people()) == [("dora", "owner"), ("max", "member")]
    each_site.ok("client", "member", "add", "app", "max", "--role", "owner", *HERE)
    each_site.ok("client", "member", "remove", "app", "dora", *HERE)
    assert people() == [("max", "owner")]
    assert "max" in each_site.ok("client", "member", "list", "app", *HERE).out
    for words, refusal in (
        (("add", "app", "jane"), "user: is no developer here"),
        (("add", "none", "max"), "no client 'none'"),
        (("remove", "app", "dora"), "no user "),
        (("remove", "app", "nobody"), "no user 'nobody'"),
    ):
        assert each_site.refused("client", "member", *words, *HERE).startswith(refusal)
