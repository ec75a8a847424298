"""`consentry logout`: how clients were told, and once more."""

import asyncio
from uuid import UUID, uuid4

import pytest

from cli.shell import Shell
from consentry.records.outbox import Effect
from consentry.store.sql.store import SqlStore
from store.rows import NOW

HERE = ("--tenant", "photos")


async def given_up(database: str) -> UUID:
    """A logout of the client printer that was given up; its id."""
    store = SqlStore(database)
    try:
        tenant = await store.tenants.by_slug("photos")
        assert tenant is not None
        row = Effect(
            tenant_id=tenant.tenant_id, effect_id=uuid4(), kind="backchannel_logout",
            subject="printer", payload={"user_id": str(uuid4()), "session_id": str(uuid4())},
            state="dead", attempts=7, outcome="503", created_at=NOW, due_at=NOW, finished_at=NOW,
        )  # fmt: skip
        await store.inside(tenant.tenant_id).outbox.add([row])
        return row.effect_id
    finally:
        await store.close()


@pytest.fixture
def photos(sqlite_shell: Shell) -> Shell:
    sqlite_shell.ok("tenant", "create", "photos")
    return sqlite_shell


def test_what_was_given_up_is_listed_and_told_again(photos: Shell) -> None:
    id = asyncio.run(given_up(photos.database))
    for narrowed in ((), ("--client", "printer")):
        (one,) = photos.ok("logout", "list", *narrowed, *HERE, "--json").json
        assert (one["id"], one["state"], one["attempts"], one["next"]) == (id.hex, "dead", 7, None)
    assert "503" in photos.ok("logout", "list", *HERE).out
    assert photos.ok("logout", "list", "--client", "other", *HERE, "--json").json == []
    again = ("logout", "again", id.hex, "--client", "printer", *HERE)
    assert "printer is told again" in photos.ok(*again).out
    (one,) = photos.ok("logout", "list", *HERE, "--json").json
    assert (one["state"], one["attempts"]) == ("waiting", 0)
    assert "still to be told" in photos.refused(*again)
    assert "no logout" in photos.refused("logout", "again", id.hex, "--client", "else", *HERE)
