"""What a backup holds, and what counts again once it is restored."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from consentry.main import Application
from consentry.operations import users
from consentry.operations.audit_chain import verify
from consentry.operations.backups.making import back_up
from consentry.operations.backups.restoring import restore
from consentry.operations.tenants import create_tenant, get_tenant
from consentry.settings import Settings
from consentry.store.sql import copying
from consentry.store.sql.store import SqlStore
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment
from support.signing import add_oauth1_client, deliver, sign, token_credentials, whoami
from support.token_side import bought, eventually
from support.world import World, running_world

Rows = dict[str, list[dict[str, Any]]]


async def backup(deployment: Deployment, slug: str | None = None) -> list[bytes]:
    """The lines of a backup."""
    lines: list[bytes] = []
    await back_up(deployment, lines.append, slug)
    return b"".join(lines).splitlines(keepends=True)


def rows(lines: list[bytes]) -> Rows:
    """The rows of a backup, by table."""
    found: Rows = {}
    columns: list[str] = []
    for text in lines[1:-1]:
        said = orjson.loads(text)
        if isinstance(said, dict):
            columns = said["columns"]
            found[said["table"]] = table = []
        else:
            table.append(dict(zip(columns, said, strict=True)))
    return found


@asynccontextmanager
async def elsewhere(world: World, url: str) -> AsyncIterator[World]:
    """The same address on another database, with the same keys and the same clock."""
    settings = Settings(
        database_url=url,
        base_url="http://localhost:8000",
        secret_key=world.deployment.settings.secret_key,
        access_log=False,
    )
    app = Application(settings, world.clock)
    made = World(app, await app.start(), world.clock)
    made.tenants = dict(world.tenants)
    try:
        yield made
    finally:
        await app.stop()


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def way(request: pytest.FixtureRequest, sqlite_database: str, pg_emptied: str) -> tuple[str, str]:
    """URLs of two empty databases, the second of the other kind."""
    urls = sqlite_database, pg_emptied
    return urls if request.param.startswith("sqlite") else urls[::-1]


async def test_what_counted_counts_and_what_was_revoked_stays_so(way: tuple[str, str]) -> None:
    """Refresh token, token credentials, password, browser; a process that ran follows at once."""
    async with running_world(way[0]) as old, elsewhere(old, way[1]) as new:
        await add_oauth1_client(old)
        first = await bought(old)
        newest = await old.refresh(first.refresh_token)
        revoked = await bought(old)
        await old.revoke(revoked.refresh_token)
        held = await token_credentials(old)
        signed = sign(old, "GET", "/api/v1/whoami", held)
        assert (await deliver(old, "GET", signed)).status_code == 200
        assert (await new.refresh(newest.refresh_token)).status == 404

        lines = await backup(old.deployment)
        await restore(new.deployment, lambda: iter(lines))

        async def is_known() -> bool:
            return (await new.userinfo(newest.access_token)).status_code != 404

        await eventually(is_known)
        assert await new.is_active(newest.access_token)
        assert (await new.refresh(newest.refresh_token)).status == 200
        assert (await new.refresh(revoked.refresh_token)).error == "invalid_grant"
        assert (await whoami(new, held)).status_code == 200
        assert (await deliver(new, "GET", signed)).json()["code"] == "nonce_used"
        new.browser.cookies = old.browser.cookies
        assert (await bought(new, prompt="none")).status == 200
        assert (await new.sign_in(new.new_browser())).status_code == 303
        for tenant_id in (new.tenants["photos"], OPERATORS):
            await verify(new.deployment.store.inside(tenant_id).audit)


async def test_a_backup_of_one_tenant_holds_nothing_of_another(deployment: Deployment) -> None:
    for slug in ("photos", "letters"):
        ctx = await open_tenant(deployment, await create_tenant(deployment, slug))
        await users.create_user(ctx, f"{slug}-person")
    whole, one = await backup(deployment), await backup(deployment, "photos")
    assert b"letters" in b"".join(whole) and b"letters" not in b"".join(one)
    found = rows(one)
    assert [row["slug"] for row in found["tenant"]] == ["photos"]
    assert {row["tenant_id"] for table in found.values() for row in table} == {
        found["tenant"][0]["tenant_id"]
    }
    assert found.keys() == rows(whole).keys() == deployment.store.copying.columns.keys()


async def test_secrets_are_in_it_as_they_are_stored(deployment: Deployment) -> None:
    """THREATS 52: the root key is not in the file, nor anything it has wrapped in the clear."""
    ctx = await open_tenant(deployment, await create_tenant(deployment, "photos"))
    await users.create_user(ctx, "jane", password="correct horse battery staple")
    text = b"".join(await backup(deployment))
    assert b"correct horse" not in text and b"the root key of the tests" not in text
    assert b"$argon2id$" in text


async def test_a_backup_shows_one_moment_while_writes_go_on(
    anywhere: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row refers to rows that are in it, too; each trail ends where its head says."""
    monkeypatch.setattr(copying, "PAGE", 3)
    ctx = await open_tenant(anywhere, await create_tenant(anywhere, "photos"))
    ending = asyncio.Event()

    async def people_come_and_go() -> int:
        count = 0
        while not ending.is_set():
            await users.create_user(ctx, f"person{count}")
            if count > 5:
                await users.delete_user(ctx, f"person{count - 5}")
            count += 1
        return count

    writer = asyncio.create_task(people_come_and_go())
    seen = []
    for _ in range(5):
        found = rows(await backup(anywhere))
        heads = {row["tenant_id"]: row["seq"] for row in found["audit_head"]}
        assert heads == {
            id: max(row["seq"] for row in found["audit"] if row["tenant_id"] == id) for id in heads
        }
        made = [row["detail"] for row in found["audit"] if row["action"] == "user.create"]
        gone = [row["detail"] for row in found["audit"] if row["action"] == "user.delete"]
        assert len(found["end_user"]) == len(made) - len(gone)
        seen.append(len(made))
    ending.set()
    assert await writer > seen[0]
    assert seen == sorted(seen) and seen[0] < seen[-1]


async def test_rows_of_one_tenant_may_stand_far_behind_those_of_others(
    deployment: Deployment, pg_emptied: str
) -> None:
    """The server ends a transaction that rests; this one may, while the file is read on."""
    await create_tenant(deployment, "photos")
    lines = await backup(deployment)

    def slowly() -> Iterator[bytes]:
        for text in lines:
            if text.startswith(b'{"table":"tenant_key"'):
                time.sleep(3.3)
            yield text

    store = SqlStore(pg_emptied, patience_s=3.0)
    try:
        target = replace(deployment, store=store)
        readings = iter((iter(lines), slowly()))
        await restore(target, lambda: next(readings), "photos")
        row = await get_tenant(store, "photos")
        assert (await open_tenant(target, row)).tenant.slug == "photos"
    finally:
        await store.close()
