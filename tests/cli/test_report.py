"""`consentry report oauth1`: who still signs."""

import asyncio
from datetime import UTC, datetime

import pytest

from cli.shell import Shell
from consentry.cli.session import deployment
from consentry.records.client import ClientUse

HERE = ("--tenant", "photos")
CLIENTS = """
clients:
  - {client_id: old, client_name: Old printer, protocols: [oauth1], redirect_uris: [oob]}
  - {client_id: both, protocols: [oauth1, oauth2], redirect_uris: [https://b.example/cb]}
  - {client_id: idle, protocols: [oauth1], disabled: true}
  - {client_id: moved, redirect_uris: [https://m.example/cb]}
"""


def sign(*uses: tuple[str, str]) -> None:
    """Note when clients signed, as a serving process does."""

    async def note() -> None:
        async with deployment() as found:
            tenant = await found.store.tenants.by_slug("photos")
            assert tenant is not None
            rows = [
                ClientUse(
                    tenant_id=tenant.tenant_id, client_id=client_id, protocol="oauth1",
                    last_used_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
                )
                for client_id, at in uses
            ]  # fmt: skip
            await found.store.inside(tenant.tenant_id).clients.used(rows)

    asyncio.run(note())


def test_it_lists_who_may_sign_the_last_one_first(shell: Shell) -> None:
    shell.tenant(CLIENTS)
    sign(("old", "2026-01-05"), ("both", "2026-02-07T08:09:10"), ("moved", "2026-03-01"))
    rows = shell.ok("report", "oauth1", *HERE, "--json").json
    assert [(row["client_id"], row["last_signed_at"]) for row in rows] == [
        ("both", "2026-02-07T08:09:10Z"), ("old", "2026-01-05T00:00:00Z"), ("idle", None),
    ]  # fmt: skip
    assert [row["speaks_oauth2"] for row in rows] == [True, False, False]
    assert [row["disabled"] for row in rows] == [False, False, True]
    assert rows[1]["client_name"] == "Old printer"
    assert rows[0]["signature_methods"] == ["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "RSA-SHA256"]


def test_it_is_a_table_for_people(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant(CLIENTS)
    head, first, *_ = sqlite_shell.ok("report", "oauth1", *HERE).out.splitlines()
    assert head.split() == [
        "CLIENT_ID", "CLIENT_NAME", "LAST_SIGNED_AT", "SPEAKS_OAUTH2", "DISABLED",
    ]  # fmt: skip
    assert first.split() == ["both", "both", "-", "yes", "no"]


def test_the_tenants_policy_narrows_the_methods(sqlite_shell: Shell) -> None:
    sqlite_shell.tenant("settings: {oauth1_signature_methods: [HMAC-SHA256]}" + CLIENTS)
    rows = sqlite_shell.ok("report", "oauth1", *HERE, "--json").json
    assert {tuple(row["signature_methods"]) for row in rows} == {("HMAC-SHA256",)}


def test_an_unknown_tenant_is_told(sqlite_shell: Shell) -> None:
    assert sqlite_shell.refused("report", "oauth1", *HERE) == "no tenant 'photos'"


@pytest.mark.parametrize(
    ("methods", "status", "detail"),
    [
        ("[HMAC-SHA256]", "ok", "OAuth 1 clients: 1, of them 0 may sign by SHA-1"),
        ("[HMAC-SHA1, RSA-SHA1]", "ok", "OAuth 1 clients: 1, of them 1 may sign by SHA-1"),
        ("[HMAC-SHA1, PLAINTEXT]", "warn", "PLAINTEXT is allowed to photos/old"),
    ],
)
def test_doctor_looks_at_what_clients_may_sign_by(
    sqlite_shell: Shell, methods: str, status: str, detail: str
) -> None:
    """RFC 5849 §3.4.4, §4.11"""
    old = f"{{client_id: old, protocols: [oauth1], oauth1_signature_methods: {methods}}}"
    sqlite_shell.tenant(f"clients:\n  - {old}")
    rows = {row["name"]: row for row in sqlite_shell.ok("doctor", "--json").json}
    assert rows["oauth1"] == {"name": "oauth1", "status": status, "detail": detail}


def test_doctor_warns_where_plaintext_needs_no_https(sqlite_shell: Shell) -> None:
    """RFC 5849 §3.4.4"""
    sqlite_shell.set(CONSENTRY_OAUTH1_PLAINTEXT_OVER_HTTP="true")
    rows = {row["name"]: row["status"] for row in sqlite_shell.ok("doctor", "--json").json}
    assert rows["signatures"] == "warn"
