"""`consentry usage`: how often clients ask, and when they last did."""

import asyncio
from datetime import UTC, datetime

from cli.shell import Shell
from consentry.cli.session import deployment
from consentry.records.usage import ALL, Counted

HERE = ("--tenant", "photos")


def count(**tokens: int) -> None:
    """Note tokens that clients were given just now, as a serving process does."""

    async def note() -> None:
        async with deployment() as found:
            tenant = await found.store.tenants.by_slug("photos")
            assert tenant is not None
            minute = int(datetime.now(UTC).timestamp()) // 60
            rows = [
                Counted(
                    tenant.tenant_id, minute, client_id, "client_credentials", "ok",
                    (n, n, 0, 0, 0, 0, 0, 0, 0),
                )
                for client_id, n in {**tokens, ALL: sum(tokens.values())}.items()
            ]  # fmt: skip
            await found.store.usage.add(rows)

    asyncio.run(note())


def test_use_is_told_of_all_and_of_one_client(shell: Shell) -> None:
    shell.tenant("clients: [{client_id: till, redirect_uris: [https://till.example/cb]}]")
    count(shop=3, till=4)
    whole = shell.ok("usage", "show", *HERE, "--days", "2", "--json").json
    assert len(whole["stretches"]) == 2 and whole["tokens"] == 7
    one = shell.ok("usage", "show", *HERE, "--client", "till", "--hours", "3", "--json").json
    assert len(one["stretches"]) == 3 and one["by"] == "hour"
    assert one["asked"] == [{"name": "client_credentials", "count": 4}]
    assert "client_credentials" in shell.ok("usage", "show", *HERE).out
    assert shell.ok("usage", "last", *HERE, "--json").json == []
