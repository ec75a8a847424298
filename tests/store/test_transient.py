"""What exists to expire: spent values, recorded refusals."""

from uuid import uuid4

from consentry.store.sql.store import SqlStore
from store.rows import HOUR, NOW, Place, at_once, refusal

# Nonces


async def test_a_value_counts_once(here: Place) -> None:
    assert await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert not await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert await here.inside.nonces.spend("jti", "b", NOW + HOUR)


async def test_a_value_counts_once_for_each_purpose_and_tenant(
    here: Place, elsewhere: Place
) -> None:
    """THREATS 32, 38"""
    assert await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert await here.inside.nonces.spend("code", "a", NOW + HOUR)
    assert await elsewhere.inside.nonces.spend("jti", "a", NOW + HOUR)


async def test_of_50_who_spend_a_value_at_once_one_does(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    """Across processes: half of them use a store of their own."""
    both = [one.inside(here.tenant.tenant_id).nonces for one in (store, neighbour)]
    spent = await at_once(*(both[n % 2].spend("jti", "a", NOW + HOUR) for n in range(50)))
    assert sum(spent) == 1


# Refusals


async def test_refusals_come_back_newest_first(here: Place, elsewhere: Place) -> None:
    old, new = refusal(created_at=NOW - HOUR), refusal(client_id="printer", received="a → b")
    await here.inside.refusals.add([old, new])
    await elsewhere.inside.refusals.add([refusal()])
    found = await here.inside.refusals.page()
    assert [one.model_dump() for one in found] == [new.model_dump(), old.model_dump()]
    assert found[0].tenant_id == here.tenant.tenant_id
    assert [one.refusal_id for one in await here.inside.refusals.page(client_id="printer")] == [
        new.refusal_id
    ]
    assert len(await here.inside.refusals.page(limit=1)) == 1


async def test_a_refusal_is_found_by_its_id_in_its_own_tenant(
    here: Place, elsewhere: Place
) -> None:
    row = refusal()
    await here.inside.refusals.add([row])
    found = await here.inside.refusals.get(row.refusal_id)
    assert found is not None
    assert found.model_dump() == row.model_dump()
    assert await elsewhere.inside.refusals.get(row.refusal_id) is None
    assert await here.inside.refusals.get(uuid4()) is None
