"""Tenants, clients and users by the command line."""

import pytest

from cli.shell import Answer, Shell

HERE = ("--tenant", "photos")
CODE = "redirect_uris=https://app.example/cb"


@pytest.fixture
def site(shell: Shell) -> Shell:
    """A shell with the tenant photos."""
    shell.ok("tenant", "create", "photos", "--name", "Photos")
    return shell


@pytest.fixture
def sqlite_site(sqlite_shell: Shell) -> Shell:
    """The same on SQLite alone."""
    sqlite_shell.ok("tenant", "create", "photos", "--name", "Photos")
    return sqlite_shell


def client(shell: Shell, *words: str) -> Answer:
    """Register a client with these `--set` words."""
    sets = [part for word in words for part in ("--set", word)]
    return shell.ok("client", "create", *HERE, "--client-id", "app", *sets, "--json")


def test_a_tenant_is_made_listed_shown_disabled_enabled_and_deleted(shell: Shell) -> None:
    made = shell.ok("tenant", "create", "photos", "--name", "Photos", "--json").json
    assert (made["slug"], made["name"], made["disabled"]) == ("photos", "Photos", False)
    assert made["issuer"] == "http://photos.localhost:8000"
    assert [row["slug"] for row in shell.ok("tenant", "list", "--json").json] == ["photos"]
    assert "Photos" in shell.ok("tenant", "list").out
    shell.ok("tenant", "disable", "photos")
    assert shell.ok("tenant", "show", "photos", "--json").json["disabled"] is True
    shell.ok("tenant", "enable", "photos")
    assert shell.ok("tenant", "show", "photos", "--json").json == {
        **made,
        "changed_at": shell.ok("tenant", "show", "photos", "--json").json["changed_at"],
    }
    said = shell.ok("tenant", "delete", "photos", "--grace", "3600").out
    at = shell.ok("tenant", "list", "--json").json[0]["delete_at"]
    assert said.strip() == f"tenant photos leaves on {at}"
    assert at in shell.ok("tenant", "list").out
    assert shell.ok("tenant", "restore", "photos").out.strip() == "tenant photos is enabled"
    assert shell.refused("tenant", "delete", "photos", "--grace", "-1").startswith("grace: must be")
    shell.ok("tenant", "delete", "photos")
    assert shell.ok("tenant", "list", "--json").json == []


def test_a_tenant_name_is_taken_once(shell: Shell) -> None:
    shell.ok("tenant", "create", "photos")
    said = shell.refused("tenant", "create", "photos")
    assert said == "slug: there is a tenant photos already"


@pytest.mark.parametrize("slug", ["www", "admin", "api", "id", "auth", "login", "static"])
def test_reserved_names_are_refused(sqlite_shell: Shell, slug: str) -> None:
    assert sqlite_shell.refused("tenant", "create", slug) == f"slug: {slug} is reserved"


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "delete"])
def test_an_unknown_tenant_is_told(sqlite_shell: Shell, verb: str) -> None:
    assert sqlite_shell.refused("tenant", verb, "none") == "no tenant 'none'"


def test_a_client_is_made_with_a_secret_shown_once(site: Shell) -> None:
    made = client(site, CODE, "client_name=1.0", "scope=openid profile").json
    assert made["redirect_uris"] == ["https://app.example/cb"]
    assert (made["client_name"], made["scope"]) == ("1.0", "openid profile")
    assert len(made["client_secret"]) == 43
    shown = site.ok("client", "show", "app", *HERE, "--json")
    assert made["client_secret"] not in shown.out
    assert len(shown.json["secrets"]) == 1


def test_a_client_is_named_by_us_when_its_id_is_omitted(sqlite_site: Shell) -> None:
    answer = sqlite_site.ok("client", "create", *HERE, "--set", CODE)
    client_id = answer.out.split()[1]
    assert f"client_secret (shown this once): {answer.out.split()[-1]}\n" in answer.out
    assert client_id in sqlite_site.clients()


@pytest.mark.parametrize(
    ("word", "key", "value"),
    [
        ("redirect_uris=https://a.example/1,https://b.example/2,3", "redirect_uris",
         ["https://a.example/1", "https://b.example/2,3"]),
        ('redirect_uris=["https://a.example/1"]', "redirect_uris", ["https://a.example/1"]),
        ("redirect_uris=[https://a.example/1, https://b.example/]", "redirect_uris",
         ["https://a.example/1", "https://b.example/"]),
        ("default_max_age=60", "default_max_age", 60),
        ("skip_consent=true", "skip_consent", True),
        ("client_name=true", "client_name", "true"),
        ('client_name="A: B"', "client_name", "A: B"),
        ("client_name#ja=写真", "client_name#ja", "写真"),
        ("response_types=code", "response_types", ["code"]),
        ("grant_types=authorization_code, refresh_token", "grant_types",
         ["authorization_code", "refresh_token"]),
    ],
)  # fmt: skip
def test_values_are_read_as_their_key_needs(
    sqlite_site: Shell, word: str, key: str, value: object
) -> None:
    words = (word,) if key == "redirect_uris" else (CODE, word)
    assert client(sqlite_site, *words).json[key] == value


def test_a_repeated_list_key_adds_to_the_list(sqlite_site: Shell) -> None:
    made = client(
        sqlite_site, "redirect_uris=https://a.example/", "redirect_uris=https://b.example/"
    )
    assert made.json["redirect_uris"] == ["https://a.example/", "https://b.example/"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("redirect_uris", "--set 'redirect_uris': write KEY=VALUE"),
        ("skip_consent=[", "--set skip_consent: "),
        ("shape=round", "shape: unknown key"),
        ("redirect_uris=javascript:alert(1)", "redirect_uris: "),
        ("client_secret=short", "client_secret: must have 16 to 512 characters"),
        ("scope=photos.read", "scope: photos.read is not declared by the tenant"),
    ],
)
def test_a_client_that_breaks_a_rule_is_not_made(sqlite_site: Shell, word: str, said: str) -> None:
    words = ("--set", CODE) if not word.startswith("redirect_uris=") else ()
    line = sqlite_site.refused("client", "create", *HERE, *words, "--set", word)
    assert line.startswith(said)
    assert sqlite_site.clients() == {}


def test_a_key_given_twice_is_refused(sqlite_site: Shell) -> None:
    line = sqlite_site.refused(
        "client", "create", *HERE, "--set", "client_name=a", "--set", "client_name=b"
    )
    assert line == "--set client_name: given twice"


def test_a_client_id_is_taken_once(site: Shell) -> None:
    client(site, CODE)
    line = site.refused("client", "create", *HERE, "--client-id", "app", "--set", CODE)
    assert line == "client_id: there is a client app already"


def test_a_client_id_belongs_to_its_tenant(site: Shell) -> None:
    site.ok("tenant", "create", "other")
    client(site, CODE)
    assert site.refused("client", "show", "app", "--tenant", "other") == "no client 'app'"
    assert site.refused("client", "delete", "app", "--tenant", "other") == "no client 'app'"
    assert list(site.clients()) == ["app"]


def test_a_client_is_disabled_enabled_and_deleted(site: Shell) -> None:
    client(site, CODE)
    site.ok("client", "disable", "app", *HERE)
    assert site.clients()["app"]["disabled"] is True
    site.ok("client", "enable", "app", *HERE)
    assert site.clients()["app"]["disabled"] is False
    assert site.ok("client", "delete", "app", *HERE).out == "client app is deleted\n"
    assert site.clients() == {}


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "delete", "rotate-secret"])
def test_an_unknown_client_is_told(sqlite_site: Shell, verb: str) -> None:
    assert sqlite_site.refused("client", verb, "none", *HERE) == "no client 'none'"


def test_rotating_a_secret_ends_the_old_one_now_or_after_the_overlap(site: Shell) -> None:
    first = client(site, CODE).json["client_secret"]
    second = site.ok("client", "rotate-secret", "app", *HERE, "--json").json["client_secret"]
    site.ok("client", "rotate-secret", "app", *HERE, "--overlap", "3600")
    newest, overlapping, ended = site.clients()["app"]["secrets"]
    assert first != second
    assert newest["expires_at"] is None
    assert overlapping["expires_at"] > newest["created_at"] >= ended["expires_at"]


def test_a_public_client_has_no_secret_to_rotate(sqlite_site: Shell) -> None:
    made = client(sqlite_site, CODE, "token_endpoint_auth_method=none").json
    assert "client_secret" not in made
    line = sqlite_site.refused("client", "rotate-secret", "app", *HERE)
    assert line == "client_secret: a client that authenticates by none has none"


def user(shell: Shell, *words: str, password: str = "correct horse\n") -> Answer:
    """Add jane with these further words."""
    said = ("user", "create", *HERE, "--username", "jane", "--email", "jane@example.com")
    return shell.ok(*said, *words, "--json", stdin=password)


def test_a_person_is_added_listed_shown_disabled_enabled_and_deleted(site: Shell) -> None:
    made = user(site, "--role", "developer", "--role", "admin").json
    assert (made["username"], made["email"]) == ("jane", "jane@example.com")
    assert (made["roles"], made["has_password"]) == (["admin", "developer"], True)
    for name in ("jane", "JANE", "Jane@Example.com"):
        assert site.ok("user", "show", name, *HERE, "--json").json == made
    site.ok("user", "disable", "jane", *HERE)
    assert site.users()["jane"]["disabled"] is True
    site.ok("user", "enable", "jane", *HERE)
    assert site.users()["jane"]["disabled"] is False
    site.ok("user", "delete", "jane", *HERE)
    assert site.users() == {}


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "delete", "set-password"])
def test_an_unknown_person_is_told(sqlite_site: Shell, verb: str) -> None:
    line = sqlite_site.refused("user", verb, "none", *HERE, stdin="correct horse\n")
    assert line == "no user 'none'"


@pytest.mark.parametrize("password", ["", "\n", "short\n"])
def test_a_person_needs_a_good_password_on_stdin(sqlite_site: Shell, password: str) -> None:
    words = ("user", "create", *HERE, "--username", "jane", "--email", "jane@example.com")
    assert sqlite_site.refused(*words, stdin=password).startswith("password: ")
    assert sqlite_site.users() == {}


def test_another_persons_name_or_address_is_refused(site: Shell) -> None:
    user(site)
    for name, email, key in (
        ("JANE", "j@example.com", "username"),
        ("joe", "JANE@example.com", "email"),
        ("jane@example.com", "joe@example.com", "username"),
    ):
        words = ("user", "create", *HERE, "--username", name, "--email", email)
        line = site.refused(*words, stdin="correct horse\n")
        assert line.startswith(f"{key}: ") and line.endswith("belongs to another user")


def test_a_role_that_is_none_is_refused(sqlite_site: Shell) -> None:
    words = ("user", "create", *HERE, "--username", "jane", "--email", "jane@example.com")
    line = sqlite_site.refused(*words, "--role", "king", stdin="correct horse\n")
    assert line == "roles[0]: must be admin or developer"


def test_lists_page_through_everything(sqlite_site: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from consentry.operations import clients, tenants, users

    for module in (clients, tenants, users):
        monkeypatch.setattr(module, "PAGE", 2)
    names = [f"n{number}" for number in range(5)]
    sqlite_site.tenant(
        "users: [" + ", ".join(f"{{username: {name}}}" for name in names) + "]\n"
        "clients: [" + ", ".join(f"{{client_id: {n}, grant_types: []}}" for n in names) + "]"
    )
    for name in names:
        sqlite_site.ok("tenant", "create", name)
    assert list(sqlite_site.users()) == names == list(sqlite_site.clients())
    found = sqlite_site.ok("tenant", "list", "--json").json
    assert [row["slug"] for row in found] == [*names, "photos"]
