"""Several `apply` at once on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from cli.shell import ROOT_KEY
from consentry.main import open_deployment
from consentry.operations.apply import apply
from consentry.operations.export import export
from consentry.operations.manifest import Manifest
from consentry.settings import Settings
from consentry.tenancy.deployment import Deployment

PLENTY = 4


@pytest.fixture
async def processes(
    pg_database: str,
) -> AsyncIterator[list[Deployment]]:
    """Deployments on one database, each as another process would open it."""
    settings = Settings(database_url=pg_database, secret_key=SecretStr(ROOT_KEY), database_pool=2)
    opened = [open_deployment(settings) for _ in range(PLENTY)]
    deployments = [await one.__aenter__() for one in opened]
    try:
        yield deployments
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)


async def test_the_same_file_at_once_is_applied_once(processes: list[Deployment]) -> None:
    manifest = Manifest.parse(
        "tenants:\n- slug: photos\n  scopes: [{name: a}]\n  users: [{username: jane}]\n"
        "  clients: [{client_id: app, grant_types: [], client_secret: a secret of sixteen}]\n"
        "- {slug: albums, domains: [albums.example]}\n"
    )
    plans = await asyncio.gather(*[apply(one, manifest) for one in processes])
    made = [plan for plan in plans if plan.changes]
    assert len(made) == 1 and len(made[0].changes) == 6


async def test_different_files_at_once_lose_nothing_of_each_other(
    processes: list[Deployment],
) -> None:
    await apply(processes[0], Manifest.parse("tenants: [{slug: photos}, {slug: albums}]"))
    settings = ("access_token_lifetime", "refresh_token_lifetime", "id_token_lifetime",
                "oauth1_timestamp_window")  # fmt: skip
    slugs = ("photos", "albums")
    files = [
        Manifest.parse(
            "tenants:\n" + "".join(
                f"- slug: {slug}\n  settings: {{{name}: 300}}\n  users: [{{username: {name}}}]\n"
                for slug in (slugs if number % 2 else slugs[::-1])
            )
        )
        for number, name in enumerate(settings)
    ]  # fmt: skip
    pairs = zip(processes, files, strict=True)
    await asyncio.gather(*[apply(one, manifest) for one, manifest in pairs])
    for tenant in (await export(processes[0]))["tenants"]:
        assert set(tenant["settings"]) == set(settings)
        assert {user["username"] for user in tenant["users"]} == set(settings)
