"""Which clients proved themselves by which protocol, and when last."""

from datetime import datetime
from uuid import uuid4

from consentry.records.client import ClientUse
from store.rows import HOUR, NOW, Place, client


def use(client_id: str = "printer", protocol: str = "oauth1", at: datetime = NOW) -> ClientUse:
    return ClientUse(tenant_id=uuid4(), client_id=client_id, protocol=protocol, last_used_at=at)


async def told(place: Place, protocol: str = "oauth1") -> list[tuple[str, datetime]]:
    return [(one.client_id, one.last_used_at) for one in await place.inside.clients.uses(protocol)]


async def test_uses_are_told_by_protocol_the_last_first(here: Place, elsewhere: Place) -> None:
    """Issue: which clients still sign OAuth 1 and when last"""
    await here.inside.clients.save(client("other"))
    await here.inside.clients.used([use(), use("other", at=NOW + HOUR), use(protocol="oauth2")])
    assert await told(here) == [("other", NOW + HOUR), ("printer", NOW)]
    assert await told(here, "oauth2") == [("printer", NOW)]
    assert await told(elsewhere) == []


async def test_the_later_time_stays(here: Place) -> None:
    """Two processes flush when they like."""
    for at in (NOW, NOW + HOUR, NOW - HOUR):
        await here.inside.clients.used([use(at=at)])
    assert await told(here) == [("printer", NOW + HOUR)]


async def test_a_client_that_is_gone_leaves_no_use(here: Place, elsewhere: Place) -> None:
    """Neither what was noted before nor what is flushed after."""
    for place in (here, elsewhere):
        await place.inside.clients.used([use()])
    await here.inside.clients.delete("printer")
    await here.inside.clients.used([use(), use("nobody")])
    assert await told(here) == []
    assert await told(elsewhere) == [("printer", NOW)]
