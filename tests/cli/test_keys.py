"""Signing keys and the root key by the command line."""

import asyncio

import pytest

from cli.shell import ROOT_KEY, Shell
from consentry.main import open_deployment
from consentry.operations.starting import check_root_keys
from consentry.operations.tenants import get_tenant
from consentry.settings import Settings
from consentry.tenancy.context import open_tenant

HERE = ("--tenant", "photos")
NEW_KEY = "another root key of the tests as long as the first"


@pytest.fixture
def site(shell: Shell) -> Shell:
    """A shell with the tenant photos."""
    shell.ok("tenant", "create", "photos")
    return shell


def states(shell: Shell) -> list[tuple[str, str]]:
    """Algorithm and state of every key, the newest first."""
    rows = shell.ok("key", "list", *HERE, "--json").json
    return [(row["alg"], row["state"]) for row in rows]


def test_a_tenant_that_signed_nothing_has_no_key(site: Shell) -> None:
    assert states(site) == []


def test_rotating_makes_a_key_of_every_algorithm_of_the_policy(site: Shell) -> None:
    site.tenant("settings: {signing_algs: [EdDSA]}")
    made = site.ok("key", "rotate", *HERE, "--json").json
    assert sorted(row["alg"] for row in made) == ["ES256", "EdDSA", "RS256"]
    assert {state for _, state in states(site)} == {"active"}


def test_the_old_key_stays_published_when_a_new_one_signs(site: Shell) -> None:
    site.ok("key", "rotate", *HERE, "--alg", "ES256")
    new = site.ok("key", "rotate", *HERE, "--alg", "ES256").out.split()[1]
    assert states(site) == [("ES256", "active"), ("ES256", "retiring")]
    assert site.ok("key", "list", *HERE, "--json").json[0]["kid"] == new


def test_a_key_can_be_published_ahead_of_its_use(site: Shell) -> None:
    site.ok("key", "rotate", *HERE, "--alg", "ES256")
    site.ok("key", "rotate", *HERE, "--alg", "ES256", "--ahead", "3600")
    assert states(site) == [("ES256", "pending"), ("ES256", "active")]
    new, old = site.ok("key", "list", *HERE, "--json").json
    assert old["retiring_at"] == new["active_at"]


def test_a_key_that_others_may_have_is_taken_out_and_another_signs(site: Shell) -> None:
    site.ok("key", "rotate", *HERE, "--alg", "ES256")
    [old] = [row["kid"] for row in site.ok("key", "list", *HERE, "--json").json]
    done = site.ok("key", "revoke", old, *HERE, "--json").json
    new = site.ok("key", "list", *HERE, "--json").json[0]["kid"]
    assert done == {"revoked": old, "signs": new}
    assert states(site) == [("ES256", "active"), ("ES256", "revoked")]
    assert site.ok("key", "revoke", old, *HERE).out == f"revoked {old}\n"
    assert site.refused("key", "revoke", "none", *HERE) == "no key 'none'"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--alg", "HS256"), "alg: must be one of RS256, ES256, PS256, EdDSA, Ed25519"),
        (("--ahead", "-1"), "ahead: must be 0 to 2592000 seconds"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(
    sqlite_shell: Shell, words: tuple[str, ...], said: str
) -> None:
    sqlite_shell.ok("tenant", "create", "photos")
    assert sqlite_shell.refused("key", "rotate", *HERE, *words) == said


def data_keys(shell: Shell) -> list[tuple[int, str]]:
    """Version and state of every data key, the newest first."""
    rows = shell.ok("data-key", "list", *HERE, "--json").json
    return [(row["version"], row["state"]) for row in rows]


def test_a_data_key_is_published_and_one_that_leaked_is_dropped(site: Shell) -> None:
    assert data_keys(site) == [(1, "sealing")]
    assert site.ok("data-key", "rotate", *HERE).out.startswith("version 2 is published")
    assert data_keys(site) == [(2, "waiting"), (1, "sealing")]
    assert "seals nothing yet" in site.refused("data-key", "rotate", *HERE)
    assert "seals what is made now" in site.refused("data-key", "drop", "1", *HERE)
    assert site.ok("data-key", "drop", "2", *HERE, "--json").json == {"version": 2}
    assert site.refused("data-key", "drop", "2", *HERE) == "no data key '2'"
    assert data_keys(site) == [(1, "sealing")]


def test_the_base_host_has_a_data_key_of_its_own(site: Shell) -> None:
    site.ok("operator", "create", "--username", "ada", stdin="correct horse battery staple\n")
    [row] = site.ok("data-key", "list", "--operators", "--json").json
    assert (row["version"], row["state"]) == (1, "sealing")
    site.ok("data-key", "rotate", "--operators")
    assert data_keys(site) == [(1, "sealing")], "tenants have theirs"
    site.ok("data-key", "drop", "2", "--operators")
    assert "data_key.delete" in site.ok("audit", "list", "--operators").out


async def seal() -> bytes:
    """Something sealed under the data key of photos."""
    async with open_deployment(Settings()) as deployment:
        ctx = await open_tenant(deployment, await get_tenant(deployment.store, "photos"))
        return ctx.keys.seal("test", b"a secret of the tenant") + ctx.subject_key


async def unseal(sealed: bytes) -> tuple[bytes, bool]:
    """What was sealed, and whether the subject key is still the same."""
    async with open_deployment(Settings()) as deployment:
        ctx = await open_tenant(deployment, await get_tenant(deployment.store, "photos"))
        return ctx.keys.unseal("test", sealed[:-32]), ctx.subject_key == sealed[-32:]


def test_what_was_sealed_opens_after_the_root_key_is_replaced(site: Shell) -> None:
    sealed = asyncio.run(seal())
    site.set(CONSENTRY_SECRET_KEY=f"{NEW_KEY},{ROOT_KEY}")
    done = site.ok("key", "rewrap", "--json").json
    assert done == {"tenants": 1, "keys": 2, "current": 0}
    assert site.ok("key", "rewrap", "--json").json == {"tenants": 1, "keys": 0, "current": 2}
    site.set(CONSENTRY_SECRET_KEY=NEW_KEY)
    assert asyncio.run(unseal(sealed)) == (b"a secret of the tenant", True)
    site.ok("key", "rotate", *HERE, "--alg", "ES256")


def test_nothing_serves_with_another_root_key(site: Shell) -> None:
    """THREATS 52"""
    site.set(CONSENTRY_SECRET_KEY=NEW_KEY, CONSENTRY_REDIS_URL="redis://127.0.0.1:1")
    said = "CONSENTRY_SECRET_KEY: is not the root key of this database: it opens none of its keys"
    assert site.refused("serve", "--port", "0") == said
    assert site.refused("worker") == said
    # One tenant that can be served is reason enough to start; `doctor` names the others.
    site.ok("tenant", "create", "other")
    asyncio.run(starts())


def test_a_database_without_keys_is_served_with_any_root_key(sqlite_shell: Shell) -> None:
    asyncio.run(starts())


async def starts() -> None:
    """Whether it does as far as root keys go."""
    async with open_deployment(Settings()) as deployment:
        await check_root_keys(deployment)


def test_a_root_key_that_does_not_fit_is_told(site: Shell) -> None:
    site.set(CONSENTRY_SECRET_KEY=NEW_KEY)
    site.ok("tenant", "create", "other")
    assert site.refused("key", "list", *HERE).startswith("CONSENTRY_SECRET_KEY: no configured")
    line = site.refused("key", "rewrap")
    assert line.startswith("no key of CONSENTRY_SECRET_KEY fits 1 of 2 tenants, photos among them")
