"""Tokens of another product: found by digest and kind, in their own tenant."""

import pytest

from consentry.store.ports import Duplicate
from store.rows import DAY, NOW, Place, imported_token

KINDS = ("access", "refresh", "oauth1")


async def test_a_token_comes_back_as_stored(here: Place) -> None:
    inside, row = here.inside, here.authorization(generation=1, expires_at=NOW + DAY)
    token = imported_token(
        "abc", kind="oauth1", authorization_id=row.id, sealed=b"\x00\xff", scope="photos.read"
    )
    expected = token.model_dump(exclude={"tenant_id"})
    assert not await inside.imported_tokens.any()
    await inside.imported_tokens.add([row], [token])
    assert await inside.imported_tokens.any()
    found = await inside.imported_tokens.get(token.digest, "oauth1")
    assert found is not None and found.model_dump(exclude={"tenant_id"}) == expected
    assert found.tenant_id == here.tenant.tenant_id
    stored = await inside.authorizations.live(row.id, "", NOW)
    assert stored is not None and stored.is_live


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_is_found_as_its_own_kind_alone(here: Place, kind: str) -> None:
    """THREATS 32"""
    token = imported_token(kind=kind)
    await here.inside.imported_tokens.add([], [token])
    for asked in KINDS:
        found = await here.inside.imported_tokens.get(token.digest, asked)
        assert (found is not None) == (asked == kind)


async def test_a_token_is_found_in_its_own_tenant_alone(here: Place, elsewhere: Place) -> None:
    """THREATS 37"""
    token = imported_token()
    await here.inside.imported_tokens.add([], [token])
    others = elsewhere.inside.imported_tokens
    assert await others.get(token.digest, "access") is None
    assert not await others.any() and await others.known([token.digest]) == set()
    assert await here.inside.imported_tokens.known([token.digest, "f" * 64]) == {token.digest}
    await others.add([], [imported_token()])


async def test_tokens_are_stored_all_or_none(here: Place) -> None:
    await here.inside.imported_tokens.add([], [imported_token()])
    row = here.authorization()
    with pytest.raises(Duplicate):
        await here.inside.imported_tokens.add([row], [imported_token("new"), imported_token()])
    assert await here.inside.imported_tokens.get(imported_token("new").digest, "access") is None
    assert await here.inside.authorizations.get(row.id) is None


async def test_a_client_takes_its_imported_tokens_along(here: Place) -> None:
    token, other = imported_token(), imported_token("other", client_id="other")
    await here.inside.imported_tokens.add([], [token, other])
    await here.inside.clients.delete("printer")
    known = await here.inside.imported_tokens.known([token.digest, other.digest])
    assert known == {other.digest}
