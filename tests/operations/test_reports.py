"""Who still signs OAuth 1, from the request to the report."""

import secrets
from datetime import datetime

from consentry.operations.reports import oauth1_report
from consentry.spec.oauth1.signing import Credentials
from consentry.tenancy.context import open_tenant
from consentry_workers.flushing import flush
from support.signing import KEY, add_oauth1_client, send_signed
from support.world import SECRET, World, running_world


async def signed(world: World, client_key: str, secret: str = SECRET) -> int:
    credentials = Credentials(client_key, secret)
    return (await send_signed(world, "GET", "/api/v1/whoami", credentials)).status_code


async def report(world: World) -> dict[str, datetime | None]:
    """When each client signed last, by id, in the report's order."""
    await flush(world.deployment)
    tenant = await world.deployment.store.tenants.by_slug("photos")
    assert tenant is not None
    rows = await oauth1_report(await open_tenant(world.deployment, tenant))
    return {row.client_id: row.last_signed_at for row in rows}


async def test_a_good_signature_is_what_counts(sqlite_database: str) -> None:
    async with running_world(sqlite_database) as world:
        await add_oauth1_client(world)
        await add_oauth1_client(world, "other")
        assert await signed(world, KEY, secrets.token_hex(20)) == 401
        assert await report(world) == {KEY: None, "other": None}
        before = world.clock()
        assert await signed(world, KEY) == 200
        first = (await report(world))[KEY]
        assert first is not None and before < first
        world.clock.forward(3_600)
        assert await signed(world, "other") == 200
        assert list(await report(world)) == ["other", KEY]
        assert await signed(world, KEY) == 200
        assert list(await report(world)) == [KEY, "other"]
