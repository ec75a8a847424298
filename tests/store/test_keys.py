"""Wrapped tenant keys and sealed signing keys."""

import pytest

from consentry.store.ports import Duplicate
from store.rows import DAY, HOUR, NOW, Place, at_once, signing_key, tenant_key


async def test_tenant_keys_come_back_newest_first(here: Place, elsewhere: Place) -> None:
    rows = [tenant_key(1), tenant_key(2)]
    for row in rows:
        await here.inside.keys.add_tenant_key(row)
    found = await here.inside.keys.tenant_keys()
    assert [one.model_dump() for one in found] == [row.model_dump() for row in reversed(rows)]
    assert await elsewhere.inside.keys.tenant_keys() == []


async def test_a_version_is_added_once(here: Place) -> None:
    await here.inside.keys.add_tenant_key(tenant_key())
    with pytest.raises(Duplicate):
        await here.inside.keys.add_tenant_key(tenant_key(wrapped=b"another"))
    await here.inside.keys.add_tenant_key(tenant_key(purpose="subject"))


async def test_rewrapping_changes_one_key(here: Place, elsewhere: Place) -> None:
    row = tenant_key()
    for place in (here, elsewhere):
        for one in (tenant_key(), tenant_key(2), tenant_key(purpose="subject")):
            await place.inside.keys.add_tenant_key(one)
    await here.inside.keys.rewrap(row, b"new")
    found = await here.inside.keys.tenant_keys()
    assert [(k.purpose, k.version) for k in found if k.wrapped == b"new"] == [("data", 1)]
    assert all(key.wrapped != b"new" for key in await elsewhere.inside.keys.tenant_keys())


async def test_a_key_that_took_the_place_of_the_one_that_was_read_is_not_overwritten(
    here: Place,
) -> None:
    """A version that was dropped before it sealed is given to the next."""
    keys, read = here.inside.keys, tenant_key()
    await keys.add_tenant_key(tenant_key(wrapped=b"another"))
    await keys.rewrap(read, b"new")
    assert [key.wrapped for key in await keys.tenant_keys()] == [b"another"]


async def test_signing_keys_come_back_as_added(here: Place, elsewhere: Place) -> None:
    old, new = signing_key("a", slot=1), signing_key("b", slot=2, retired_at=NOW + DAY)
    other = signing_key("c", alg="EdDSA")
    for row in (old, other, new):
        assert await here.inside.keys.add_signing_key(row)
    found = await here.inside.keys.signing_keys()
    assert [key.model_dump() for key in found] == [row.model_dump() for row in (new, old, other)]
    assert await elsewhere.inside.keys.signing_keys() == []


async def test_of_processes_that_make_the_first_key_at_once_one_stores_it(here: Place) -> None:
    rows = [signing_key(f"k{n}") for n in range(8)]
    added = await at_once(*(here.inside.keys.add_signing_key(row) for row in rows))
    assert sorted(added) == [False] * 7 + [True]
    (kept,) = await here.inside.keys.signing_keys()
    assert kept.kid == rows[added.index(True)].kid


async def test_other_keys_of_the_algorithm_retire(here: Place, elsewhere: Place) -> None:
    for place in (here, elsewhere):
        await place.inside.keys.add_signing_key(signing_key("gone", slot=1, retiring_at=NOW))
        await place.inside.keys.add_signing_key(signing_key("old", slot=2))
        await place.inside.keys.add_signing_key(signing_key("new", slot=3))
        await place.inside.keys.add_signing_key(signing_key("due", slot=4, retiring_at=NOW + DAY))
        await place.inside.keys.add_signing_key(signing_key("rsa", alg="RS256"))
    await here.inside.keys.retire_signing_keys("ES256", except_kid="new", at=NOW + HOUR)
    ends = {key.kid: key.retiring_at for key in await here.inside.keys.signing_keys()}
    end = NOW + HOUR
    assert ends == {"gone": NOW, "old": end, "due": end, "new": None, "rsa": None}
    foreign = {key.kid: key.retiring_at for key in await elsewhere.inside.keys.signing_keys()}
    assert foreign["old"] is None


async def test_a_revoked_key_is_over_at_once_and_no_rotation_changes_that(
    here: Place, elsewhere: Place
) -> None:
    for place in (here, elsewhere):
        for number, kid in enumerate(("a", "b"), 1):
            await place.inside.keys.add_signing_key(signing_key(kid, slot=number))
    await here.inside.keys.revoke_signing_key("a", at=NOW + HOUR)
    await here.inside.keys.retire_signing_keys("ES256", except_kid="none", at=NOW)
    rows = {key.kid: key for key in await here.inside.keys.signing_keys()}
    assert (rows["a"].retiring_at, rows["a"].retired_at) == (NOW + HOUR, NOW + HOUR)
    assert (rows["a"].sealed, rows["b"].retiring_at, rows["b"].retired_at) == (b"", NOW, None)
    for foreign in await elsewhere.inside.keys.signing_keys():
        assert foreign.retired_at is None and foreign.sealed
