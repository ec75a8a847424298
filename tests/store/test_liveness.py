"""Whether the tokens of an authorization count now."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from store.rows import (
    DAY,
    MINUTE,
    NOW,
    SECOND,
    Place,
    delete_client,
    delete_user,
    disable_client,
    disable_user,
)

LATER = NOW + DAY
Ask = dict[str, Any]


async def is_live(place: Place, id: UUID, now: datetime = NOW + MINUTE, jti: str = "a1") -> bool:
    found = await place.inside.authorizations.live(id, jti, now)
    return found is not None and found.is_live


async def test_tokens_of_a_redeemed_authorization_are_live(here: Place) -> None:
    id = await here.redeemed()
    found = await here.inside.authorizations.live(id, "a1", NOW)
    assert found is not None
    assert found.is_live is True
    assert found.username == "jane"
    assert found.authorization == await here.inside.authorizations.get(id)


async def test_tokens_of_a_code_that_was_not_redeemed_are_not_live(here: Place) -> None:
    assert not await is_live(here, await here.redeemed(generation=0))


async def test_tokens_die_with_the_authorization(here: Place) -> None:
    id = await here.redeemed()
    await here.inside.authorizations.revoke(id, NOW)
    assert not await is_live(here, id)
    assert await here.is_revoked(id)


async def test_an_authorization_keeps_the_time_it_was_first_revoked(here: Place) -> None:
    id = await here.redeemed()
    await here.inside.authorizations.revoke(id, NOW)
    await here.inside.authorizations.revoke(id, LATER)
    row = await here.inside.authorizations.get(id)
    assert row is not None
    assert row.revoked_at == NOW


async def test_tokens_die_when_the_authorization_expires(here: Place) -> None:
    id = await here.redeemed()
    assert await is_live(here, id, now=LATER - SECOND)
    assert not await is_live(here, id, now=LATER)


@pytest.mark.parametrize("end", [disable_client, disable_user, delete_client, delete_user])
async def test_tokens_die_with_their_client_and_their_user(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    id = await here.redeemed()
    await end(here)
    assert not await is_live(here, id)


@pytest.mark.parametrize("orphan", [{"client_id": "gone"}, {"user_id": UUID(int=1)}], ids=repr)
async def test_tokens_without_a_client_or_a_user_are_not_live(
    here: Place, crowd: None, orphan: Ask
) -> None:
    """What is made in the moment its client or its user is deleted."""
    assert not await is_live(here, await here.redeemed(**orphan))


async def test_a_revoked_jti_ends_that_token_alone(here: Place) -> None:
    """RFC 7009 §2"""
    id = await here.redeemed()
    await here.inside.authorizations.revoke_token("a1", LATER)
    await here.inside.authorizations.revoke_token("a1", LATER)
    assert not await is_live(here, id, jti="a1")
    assert await is_live(here, id, jti="b2")


async def test_tokens_of_another_tenant_are_unknown(here: Place, elsewhere: Place) -> None:
    id = await here.redeemed()
    assert await elsewhere.inside.authorizations.live(id, "a1", NOW) is None
    await elsewhere.inside.authorizations.revoke(id, NOW)
    await elsewhere.inside.authorizations.revoke_token("a1", LATER)
    assert await is_live(here, id)


async def test_a_clients_own_token_lives_as_long_as_its_client(here: Place, crowd: None) -> None:
    """RFC 6749 §4.4"""
    own = here.inside.authorizations
    assert await own.client_is_live("printer", "a1")
    assert not await own.client_is_live("gone", "a1")
    await own.revoke_token("a1", LATER)
    assert not await own.client_is_live("printer", "a1")
    assert await own.client_is_live("printer", "b2")
    await disable_client(here)
    assert not await own.client_is_live("printer", "b2")
