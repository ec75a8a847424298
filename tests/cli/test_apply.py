"""Manifests by the command line: idempotent, atomic, and the whole truth when pruned."""

import pathlib
import re

import pytest

from cli.shell import Shell, photos

DEMO = (pathlib.Path(__file__).parents[2] / "docs/demo.yaml").read_text()
JANE = "users:\n- {username: jane, email: jane@example.com, password: correct horse battery staple}"
PRINTER = """
scopes:
- {name: photos.read, description: See your photos}
clients:
- client_id: printer
  client_secret: s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3
  redirect_uris: [http://127.0.0.1:9999/ready]
  scope: openid photos.read
"""


def test_the_demo_is_applied_once_and_then_there_is_nothing_to_change(shell: Shell) -> None:
    first = shell.ok("apply", "-f", "-", stdin=DEMO)
    assert "+ user photos/jane\n" in first.out and "+ client photos/printer\n" in first.out
    before = shell.ok("tenant", "show", "photos", "--json").json
    users, clients = shell.users(), shell.clients()
    again = shell.ok("apply", "-f", "-", stdin=DEMO)
    assert again.out == "nothing to change\n"
    assert shell.ok("tenant", "show", "photos", "--json").json == before
    assert (shell.users(), shell.clients()) == (users, clients)
    assert len(clients["printer"]["secrets"]) == 1


def test_the_demo_is_the_photos_example_of_rfc_5849(sqlite_shell: Shell) -> None:
    sqlite_shell.ok("apply", "-f", "-", stdin=DEMO)
    printer = sqlite_shell.clients()["printer"]
    assert printer["client_name"] == "printer.example.com"
    assert printer["redirect_uris"] == ["http://127.0.0.1:9999/ready"]
    assert printer["scope"] == "openid profile photos.read"
    jane = sqlite_shell.users()["jane"]
    assert (jane["email"], jane["claims"]) == ("jane@example.com", {"name": "Jane Doe"})


def test_one_wrong_entry_leaves_nothing_of_the_file(shell: Shell) -> None:
    wrong = photos(PRINTER + "- {client_id: broken, redirect_uris: ['http://evil.example/']}")
    line = shell.refused("apply", "-f", "-", stdin=wrong)
    assert line.startswith("<stdin>:10: tenants[0].clients[1].redirect_uris: ")
    assert shell.ok("tenant", "list", "--json").json == []


def test_a_dry_run_shows_the_same_plan_and_changes_nothing(shell: Shell) -> None:
    dry = shell.apply(DEMO, "--dry-run")
    assert shell.ok("tenant", "list", "--json").json == []
    assert dry.json["dry_run"] is True
    assert shell.apply(DEMO).json["changes"] == dry.json["changes"]
    assert shell.ok("apply", "-f", "-", "--dry-run", stdin=DEMO).out == "nothing to change\n"


def test_a_dry_run_says_so(sqlite_shell: Shell) -> None:
    out = sqlite_shell.ok("apply", "-f", "-", "--dry-run", stdin=photos()).out
    assert out.splitlines()[-1].startswith("dry run, nothing was changed: 1 created")


def test_an_omitted_key_stays_as_it_is(shell: Shell) -> None:
    shell.apply(DEMO)
    before = shell.export()
    assert shell.tenant().changes == []
    assert shell.tenant("settings: {}\nusers: [{username: jane}]").changes == []
    assert shell.tenant("clients: [{client_id: printer}]\napis: []\nscopes:").changes == []
    assert shell.export() == before


def test_null_puts_the_default_back(shell: Shell) -> None:
    shell.apply(DEMO)
    changed = shell.tenant(
        "name: null\nsettings: {access_token_lifetime: null}\n"
        "users: [{username: jane, email: null, claims: {name: null}}]\n"
        "clients: [{client_id: printer, client_name: null}]\n"
        "apis: [{identifier: 'https://api.photos.example', access_token_format: null}]\n"
        "scopes: [{name: photos.read, description: null}]"
    )
    assert changed.changes == [
        "update tenant photos name settings.access_token_lifetime",
        "update scope photos.read description",
        "update api https://api.photos.example access_token_format",
        "update user jane claims email",
        "update client printer client_name",
    ]
    found = shell.export()
    assert found["name"] == "photos"
    assert "access_token_lifetime" not in found["settings"] and "require_pkce" in found["settings"]
    assert {"username": "jane"} in found["users"]


def test_settings_null_puts_every_default_back(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant("settings: {access_token_lifetime: 60, require_pkce: false}")
    sqlite_shell.tenant("settings: null")
    assert "settings" not in sqlite_shell.export()


def test_one_of_several_claims_changes_and_the_others_stay(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant("users: [{username: jane, claims: {name: Jane, locale: en}}]")
    sqlite_shell.tenant("users: [{username: jane, claims: {locale: de}}]")
    assert sqlite_shell.users()["jane"]["claims"] == {"name": "Jane", "locale": "de"}


def test_pruning_makes_the_file_the_whole_truth(shell: Shell) -> None:
    shell.apply(DEMO)
    shell.ok("tenant", "create", "other")
    pruned = shell.tenant(
        "name: Photos\nscopes: [{name: photos.read}]\nusers: [{username: jane}]\n"
        "clients: [{client_id: printer, grant_types: [client_credentials]}]",
        "--prune",
    )
    assert set(pruned.changes) == {
        "update tenant photos settings.access_token_format settings.access_token_lifetime "
        "settings.grant_types_supported settings.require_pkce",
        "delete scope photos.print",
        "update scope photos.read description",
        "delete api https://api.photos.example",
        "update user jane claims email",
        "delete user alex",
        "delete user dana",
        "delete client backup",
        "delete client printer1",
        "delete client viewer",
        "update client printer client_name grant_types may_introspect post_logout_redirect_uris "
        "protocols redirect_uris response_types scope skip_consent token_endpoint_auth_method",
    }
    assert shell.export() == {
        "slug": "photos",
        "name": "Photos",
        "scopes": [{"name": "photos.read"}],
        "users": [{"username": "jane"}],
        "clients": [{"client_id": "printer", "grant_types": ["client_credentials"]}],
    }
    assert len(shell.ok("tenant", "list", "--json").json) == 2


def test_pruning_keeps_passwords_secrets_and_who_is_disabled(shell: Shell) -> None:
    shell.tenant(f"{JANE}\n{PRINTER}")
    secrets = shell.clients()["printer"]["secrets"]
    shell.ok("user", "disable", "jane", "--tenant", "photos")
    shell.ok("client", "disable", "printer", "--tenant", "photos")
    shell.ok("tenant", "disable", "photos")
    body = "users: [{username: jane}]\nclients: [{client_id: printer, grant_types: []}]"
    shell.tenant(body, "--prune")
    jane, printer = shell.users()["jane"], shell.clients()["printer"]
    assert jane["has_password"] and jane["disabled"] and printer["disabled"]
    assert printer["secrets"] == secrets
    assert shell.ok("tenant", "show", "photos", "--json").json["disabled"]


def test_a_changed_secret_ends_the_old_one(shell: Shell) -> None:
    shell.tenant(PRINTER)
    changed = shell.tenant("clients: [{client_id: printer, client_secret: another-long-secret}]")
    assert changed.changes == ["update client printer client_secret"]
    new, old = shell.clients()["printer"]["secrets"]
    assert new["expires_at"] is None and old["expires_at"] is not None


def test_a_secret_that_still_counts_is_left_alone(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant(PRINTER)
    sqlite_shell.ok("client", "rotate-secret", "printer", "--tenant", "photos", "--overlap", "3600")
    assert sqlite_shell.tenant(PRINTER).changes == []


def test_a_secret_the_protocol_needs_back_is_stored_anew(sqlite_shell: Shell) -> None:
    """OIDC Core §9: client_secret_jwt signs with the secret itself."""
    sqlite_shell.tenant(PRINTER)
    by_jwt = PRINTER + "  token_endpoint_auth_method: client_secret_jwt\n"
    assert sqlite_shell.tenant(by_jwt).changes == [
        "update client printer token_endpoint_auth_method client_secret"
    ]
    assert sqlite_shell.tenant(by_jwt).changes == []


def test_a_client_without_a_secret_is_made_and_noted(sqlite_shell: Shell) -> None:
    body = "clients: [{client_id: robot, grant_types: [client_credentials]}]"
    note = sqlite_shell.tenant(body).json["notes"][0]
    command = "consentry client rotate-secret robot --tenant photos"
    assert note == f"client photos/robot has no usable secret: {command}"
    assert sqlite_shell.ok(*command.split()[1:]).out.startswith("client_secret")
    assert sqlite_shell.tenant(body).json["notes"] == []


def test_a_client_that_becomes_public_loses_its_secret(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant(PRINTER)
    sqlite_shell.tenant("clients: [{client_id: printer, token_endpoint_auth_method: none}]")
    assert sqlite_shell.clients()["printer"]["secrets"][0]["expires_at"] is not None


def test_a_host_moves_from_one_tenant_to_another_in_one_file(shell: Shell) -> None:
    shell.tenant("domains: [id.photos.example]")
    moved = shell.apply(
        "tenants:\n- {slug: other, domains: [id.photos.example]}\n- {slug: photos, domains: []}\n"
    )
    assert "create domain id.photos.example" in moved.changes
    assert "delete domain id.photos.example" in moved.changes
    found = shell.ok("tenant", "show", "other", "--json").json
    assert found["domains"] == ["id.photos.example"]


def test_the_file_says_who_is_disabled(sqlite_shell: Shell) -> None:
    body = "disabled: true\nusers: [{username: jane, disabled: true}]\n" + (
        "clients: [{client_id: robot, grant_types: [], disabled: true}]"
    )
    sqlite_shell.tenant(body)
    assert sqlite_shell.tenant(body).changes == []
    assert sqlite_shell.users()["jane"]["disabled"]
    assert sqlite_shell.clients()["robot"]["disabled"]
    assert sqlite_shell.tenant(body.replace("true", "null")).changes == [
        "update tenant photos disabled",
        "update user jane disabled",
        "update client robot disabled",
    ]


def test_the_plan_and_the_errors_hold_no_secret(sqlite_shell: Shell) -> None:
    body = f"{JANE}\n{PRINTER}"
    said = sqlite_shell.ok("apply", "-f", "-", stdin=photos(body)).out
    said += sqlite_shell.tenant(body.replace("staple", "stable").replace("Rkqt3", "Rkqt4")).out
    assert "client_secret" in said and "password" in said
    for wrong in ("[", "nonsense: 1", "clients: 3", "domains: ['-']"):
        said += sqlite_shell.refused("apply", "-f", "-", stdin=photos(f"{body}\n{wrong}"))
    assert not re.search("battery|s6Bhd|argon2", said)


@pytest.mark.parametrize("text", ["", "tenants: []\n"])
def test_a_file_without_tenants(sqlite_shell: Shell, text: str) -> None:
    answer = sqlite_shell("apply", "-f", "-", stdin=text)
    assert answer.status == (0 if text else 1)
