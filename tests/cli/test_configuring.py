"""`consentry policy`, `scope`, `api` and `domain`: what a tenant consists of."""

import pytest

from cli.shell import Shell
from consentry.tenancy.deployment import Deployment

HERE = ("--tenant", "photos")
ISSUER = "http://photos.localhost:8000"
API = "https://api.photos.example/v1"
HOST = "id.photos.example"


@pytest.fixture
def each_site(shell: Shell) -> Shell:
    """A shell with the tenant photos."""
    shell.ok("tenant", "create", "photos")
    return shell


@pytest.fixture
def site(sqlite_shell: Shell) -> Shell:
    """The same on SQLite, for what no database has a say in."""
    sqlite_shell.ok("tenant", "create", "photos")
    return sqlite_shell


def policy(shell: Shell, *words: str) -> dict[str, object]:
    """The policy after such a command."""
    found: dict[str, object] = shell.ok("policy", *words, *HERE, "--json").json
    return found


def test_a_policy_is_shown_changed_and_put_back(site: Shell) -> None:
    before = policy(site, "show")
    assert (before["access_token_lifetime"], before["accent"]) == (600, None)
    words = ("access_token_lifetime=300", "require_pkce=false", "accent=#3457d5",
             "signing_algs=RS256,EdDSA")  # fmt: skip
    after = policy(site, "set", *words)
    assert after == policy(site, "show") == {
        **before, "access_token_lifetime": 300, "require_pkce": False, "accent": "#3457d5",
        "signing_algs": ["RS256", "ES256", "EdDSA"],
    }  # fmt: skip
    left = policy(site, "reset", "accent", "signing_algs")
    assert left == {**before, "access_token_lifetime": 300, "require_pkce": False}
    assert "access_token_lifetime:" in site.ok("policy", "show", *HERE).out


def test_a_policy_is_tried_before_it_is_changed(each_site: Shell) -> None:
    each_site.tenant("clients: [{client_id: robot, grant_types: [client_credentials]}]")
    words = ("policy", "set", "grant_types_supported=authorization_code", *HERE, "--dry-run")
    found = each_site.ok(*words, "--json").json
    assert list(found["changed"]) == ["grant_types_supported"] and found["looked_at"] == 1
    assert [one["client_id"] for one in found["affected"]] == ["robot"]
    said = each_site.ok(*words).out
    assert "robot: grant_types_supported: " in said and "1 of 1 clients" in said
    same = each_site.ok("policy", "reset", "accent", *HERE, "--dry-run").out
    assert same.startswith("nothing would change\n")
    assert "client_credentials" in str(policy(each_site, "show")["grant_types_supported"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "require_pkce"), "'require_pkce': write KEY=VALUE"),
        (("set", "require_pkce=["), "require_pkce: "),
        (("set", "require_pkce=maybe"), "require_pkce: "),
        (("set", "shape=round"), "shape: unknown key"),
        (("set", "accent=red"), "accent: "),
        (("reset", "shape"), "shape: unknown key"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(site: Shell, words: tuple[str, ...], said: str) -> None:
    assert site.refused("policy", *words, *HERE).startswith(said)


def test_a_scope_is_declared_described_and_taken_back(site: Shell) -> None:
    site.ok("scope", "set", "photos.read", *HERE)
    site.ok("scope", "set", "photos.read", *HERE, "--description", "See your photos")
    listed = site.ok("scope", "list", *HERE, "--json").json
    assert listed == [{"name": "photos.read", "description": "See your photos"}]
    assert "See your photos" in site.ok("scope", "list", *HERE).out
    site.ok("scope", "remove", "photos.read", *HERE)
    assert site.ok("scope", "list", *HERE, "--json").json == []
    assert site.refused("scope", "remove", "photos.read", *HERE) == "no scope 'photos.read'"
    assert site.refused("scope", "set", "consentry:x", *HERE).startswith("name: ")


def test_an_api_is_declared_changed_and_taken_back(site: Shell) -> None:
    site.ok("api", "set", API, *HERE)
    words = ("name=Photo API", "scopes=photos.read,photos.print", "access_token_lifetime=60")
    made = site.ok("api", "set", API, *words, *HERE, "--json").json
    assert made == {
        "identifier": API, "name": "Photo API", "scopes": ["photos.read", "photos.print"],
        "access_token_format": None, "access_token_lifetime": 60, "resource_servers": [],
    }  # fmt: skip
    left = site.ok("api", "reset", API, "scopes", "access_token_lifetime", *HERE, "--json").json
    assert left == {**made, "scopes": [], "access_token_lifetime": None}
    assert site.ok("api", "list", *HERE, "--json").json == [left]
    assert "Photo API" in site.ok("api", "list", *HERE).out
    site.ok("api", "remove", API, *HERE)
    assert site.refused("api", "remove", API, *HERE) == f"no api '{API}'"
    assert site.refused("api", "reset", API, "name", *HERE) == f"no api '{API}'"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("shape=round", "shape: unknown key"),
        ("access_token_lifetime=1", "access_token_lifetime: must be 30"),
        ("access_token_format=paper", "access_token_format: must be"),
    ],
)
def test_an_api_that_cannot_be_is_refused(site: Shell, word: str, said: str) -> None:
    assert site.refused("api", "set", API, word, *HERE).startswith(said)
    assert site.refused("api", "set", ISSUER, *HERE).startswith("identifier: the issuer")


def test_a_host_is_claimed_proven_and_removed(
    each_site: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """THREATS 35: a host is proven."""
    texts: list[str] = []
    nobody_answers(monkeypatch, texts)
    said = each_site.ok("domain", "claim", HOST, *HERE).out
    made = each_site.ok("domain", "claim", HOST, *HERE, "--json").json
    for part in (made["token"], f"_consentry-challenge.{HOST}", made["file"], made["expires_at"]):
        assert part in said
    assert "found neither" in each_site.refused("domain", "check", HOST, *HERE)
    assert each_site.ok("domain", "list", *HERE, "--json").json == [made]
    texts.append(made["token"])
    assert each_site.ok("domain", "check", HOST, *HERE).out == f"{HOST} is the tenant's\n"
    [row] = each_site.ok("domain", "list", *HERE, "--json").json
    assert (row["host"], row["state"]) == (HOST, "answered")
    assert "answered" in each_site.ok("domain", "list", *HERE).out
    each_site.ok("domain", "remove", HOST, *HERE)
    assert each_site.refused("domain", "remove", HOST, *HERE) == f"no domain '{HOST}'"


def nobody_answers(monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> None:
    """The DNS of the test: these are the TXT records of every name, and no host has a file."""
    before = Deployment.__init__

    async def found(_: str) -> list[str]:
        return texts

    def made(self: Deployment, *args: object, **given: object) -> None:
        before(self, *args, **{**given, "txt_records": found})  # type: ignore[arg-type]

    monkeypatch.setattr(Deployment, "__init__", made)


def test_a_claim_is_dropped_and_an_operator_needs_none(site: Shell) -> None:
    site.ok("domain", "claim", HOST, *HERE)
    site.ok("domain", "unclaim", HOST, *HERE)
    assert site.refused("domain", "unclaim", HOST, *HERE) == f"no claim '{HOST}'"
    assert site.refused("domain", "check", HOST, *HERE) == f"no claim '{HOST}'"
    site.ok("domain", "add", HOST, *HERE)
    assert site.ok("tenant", "show", "photos", "--json").json["domains"] == [HOST]
    assert "belongs to you already" in site.refused("domain", "claim", HOST, *HERE)


def test_a_host_is_looked_at_ten_times_a_minute(
    site: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_answers(monkeypatch, [])
    site.ok("domain", "claim", HOST, *HERE)
    said = {site.refused("domain", "check", HOST, *HERE) for _ in range(11)}
    assert any("look again in" in line for line in said)


def test_a_tenant_is_renamed_and_counted(site: Shell) -> None:
    assert site.ok("tenant", "rename", "photos", "--name", "Photo Club").out == (
        "tenant photos is named Photo Club\n"
    )
    assert site.ok("tenant", "show", "photos", "--json").json["name"] == "Photo Club"
    assert site.refused("tenant", "rename", "photos", "--name", " ").startswith("name: ")
    site.tenant("users: [{username: jane}]\nclients: [{client_id: robot, grant_types: []}]")
    found = site.ok("tenant", "counts", "photos", "--json").json
    assert found == {"users": 1, "clients": 1, "authorizations": 0, "counted_to": 10_000}
    assert site.refused("tenant", "counts", "none") == "no tenant 'none'"
