"""`consentry authorization`, `consent` and `request`: looked up, ended, explained."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from cli.shell import Shell
from consentry.cli.session import deployment
from consentry.records.authorization import AuthorizationRow
from consentry.records.transient import Refusal
from consentry.store.ports import TenantStore

HERE = ("--tenant", "photos")
PEOPLE = """
scopes: [{name: photos.read}, {name: photos.print}]
users: [{username: jane}, {username: joe}]
clients:
  - {client_id: printer, redirect_uris: [https://p.example/cb], scope: photos.read photos.print}
"""
NOW = datetime(2026, 1, 5, tzinfo=UTC)


async def allow(store: TenantStore, tenant_id: UUID, username: str) -> UUID:
    """Somebody allows the printer everything; the id of the authorization."""
    user = await store.users.by_identifier(username)
    assert user is not None
    scope = "photos.read photos.print"
    await store.consents.grant(user.user_id, "printer", "", scope, NOW)
    row = AuthorizationRow(
        tenant_id=tenant_id, id=uuid4(), client_id="printer", user_id=user.user_id, scope=scope,
        auth_time=NOW, created_at=NOW, generation=1,
        expires_at=datetime(9999, 1, 1, tzinfo=UTC), protocol="oauth1",
    )  # fmt: skip
    await store.authorizations.create(row)
    return row.id


@pytest.fixture
def allowed(shell: Shell) -> dict[str, UUID]:
    """What Jane and Joe allowed, and one refusal (`refused`)."""
    shell.tenant(PEOPLE)

    async def fill() -> dict[str, UUID]:
        async with deployment() as found:
            tenant = await found.store.tenants.by_slug("photos")
            assert tenant is not None
            store = found.store.inside(tenant.tenant_id)
            made = {who: await allow(store, tenant.tenant_id, who) for who in ("jane", "joe")}
            refusal = Refusal(
                tenant_id=tenant.tenant_id, refusal_id=uuid4(), client_id="printer",
                endpoint="token", error="invalid_grant", rule="code_verifier", created_at=NOW,
            )  # fmt: skip
            made["refused"] = refusal.refusal_id
            await store.refusals.add([refusal])
            return made

    return asyncio.run(fill())


def listed(shell: Shell, *more: str) -> set[str]:
    """Ids of what counts."""
    rows = shell.ok("authorization", "list", *HERE, "--json", *more).json
    return {row["id"] for row in rows}


def test_authorizations_are_listed_by_whose_they_are(
    shell: Shell, allowed: dict[str, UUID]
) -> None:
    both = {str(allowed["jane"]), str(allowed["joe"])}
    assert listed(shell) == listed(shell, "--client", "printer") == both
    assert listed(shell, "--user", "jane") == {str(allowed["jane"])}
    first, second = sorted(both)
    assert listed(shell, "--limit", "1") == {first}
    assert listed(shell, "--after", first) == {second}
    text = shell.ok("authorization", "list", *HERE, "--user", "jane").out
    assert "jane" in text and "oauth1" in text and "2026-01-05T00:00:00Z" in text


def test_one_is_revoked_by_its_id_and_the_rest_by_their_client(
    shell: Shell, allowed: dict[str, UUID]
) -> None:
    id = str(allowed["jane"])
    shell.ok("authorization", "revoke", id, *HERE)
    assert listed(shell) == {str(allowed["joe"])}
    assert "no authorization" in shell.refused("authorization", "revoke", id, *HERE)
    assert "32 hexadecimal" in shell.refused("authorization", "revoke", "x", *HERE)
    assert shell.refused("authorization", "revoke-all", *HERE)
    ended = shell.ok("authorization", "revoke-all", *HERE, "--client", "printer", "--json")
    assert ended.json == {"ended": 1} and listed(shell) == set()


def test_a_scope_and_then_the_app_is_withdrawn(shell: Shell, allowed: dict[str, UUID]) -> None:
    jane = ("--user", "jane", *HERE)
    [row] = shell.ok("consent", "list", *jane, "--json").json
    assert (row["client_id"], row["scope"]) == ("printer", "photos.read photos.print")
    shell.ok("consent", "withdraw", *jane, "--client", "printer", "--scope", "photos.print")
    [row] = shell.ok("consent", "list", *jane, "--json").json
    assert row["scope"] == "photos.read"
    shell.ok("consent", "withdraw", *jane, "--client", "printer")
    assert shell.ok("consent", "list", *jane, "--json").json == []
    assert listed(shell) == {str(allowed["joe"])}


def test_a_refused_request_is_explained(shell: Shell, allowed: dict[str, UUID]) -> None:
    of = ("--client", "printer", *HERE)
    [row] = shell.ok("request", "list", *of, "--json").json
    assert (row["id"], row["outcome"]) == (allowed["refused"].hex, "refused")
    assert shell.ok("request", "list", *of, "--outcome", "served", "--json").json == []
    told = shell.ok("request", "show", allowed["refused"].hex, *of).out
    assert "code_verifier" in told and "invalid_grant" in told
    assert "no request" in shell.refused("request", "show", uuid4().hex, *of)
