"""What `export` prints, `apply` takes."""

import pathlib

import yaml

from cli.shell import Shell

DEMO = (pathlib.Path(__file__).parents[2] / "docs/demo.yaml").read_text()
RICH = """
tenants:
  - slug: photos
    name: "Photos: 'all' of them, für immer"
    disabled: true
    domains: [id.photos.example, "pics.example:8443"]
    settings: {access_token_lifetime: 60, refresh_grace_s: 5, signing_algs: [EdDSA],
      issuer_host: id.photos.example, accent: "#aabbcc"}
    scopes: [{name: "1.0"}, {name: "yes", description: "no"}, {name: openid, description: "~"}]
    apis:
      - {identifier: "urn:photos:api", name: "1e3", scopes: ["on", "0x1f"],
         resource_servers: ["007"], access_token_lifetime: 90}
    users:
      - {username: "1990-01-01", roles: [developer, admin], disabled: true,
         claims: {birthdate: "1990-01-01", email_verified: true, updated_at: 1.5,
                  address: {country: "NO", formatted: "a\\nb"}}}
    clients:
      - {client_id: "007", client_name: "null", "client_name#ja": "写真", grant_types: [],
         default_max_age: 0, require_auth_time: true, disabled: true, keywords: ["true", "1:30"]}
  - slug: plain
"""


def test_applying_an_export_to_its_own_database_changes_nothing(shell: Shell) -> None:
    shell.ok("apply", "-f", "-", stdin=DEMO)
    shell.ok("apply", "-f", "-", stdin=RICH.replace("slug: photos", "slug: rich"))
    exported = shell.ok("export").out
    for words in ((), ("--prune",)):
        assert shell.ok("apply", "-f", "-", *words, stdin=exported).out == "nothing to change\n"


def test_an_export_makes_all_but_secrets_and_passwords_elsewhere(
    shell: Shell,
) -> None:
    shell.ok("apply", "-f", "-", stdin=DEMO)
    shell.ok("apply", "-f", "-", stdin=RICH.replace("slug: photos", "slug: rich"))
    exported = shell.ok("export").out
    elsewhere = f"sqlite:///{shell.home / 'elsewhere.db'}"
    shell.set(CONSENTRY_DATABASE_URL=elsewhere)
    shell.ok("migrate")
    notes = shell.apply(exported).json["notes"]
    assert len(notes) == 4
    assert shell.ok("export").out == exported
    assert not shell.users()["jane"]["has_password"]


def test_an_export_holds_no_secret(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("apply", "-f", "-", stdin=DEMO)
    exported = sqlite_shell.ok("export").out + sqlite_shell.ok("export", "--json").out
    assert "secret:" not in exported and "password" not in exported
    assert "s6Bhd" not in exported and "argon2" not in exported


def test_an_export_reads_the_same_by_other_yaml_readers(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("apply", "-f", "-", stdin=RICH)
    exported = sqlite_shell.ok("export")
    assert yaml.safe_load(exported.out) == sqlite_shell.ok("export", "--json").json


def test_one_tenant_is_exported_alone(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("apply", "-f", "-", stdin=RICH)
    found = sqlite_shell.ok("export", "--tenant", "plain", "--json").json
    assert found == {"tenants": [{"slug": "plain", "name": "plain"}]}
    assert sqlite_shell.refused("export", "--tenant", "none") == "no tenant 'none'"
