"""The heart: each transition is atomic, and spends nothing when it does not fit."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.authorization import Authorization, AuthorizationRow
from consentry.store.ports import Duplicate
from consentry.store.sql.engine import make_engine
from consentry.store.sql.store import SqlStore
from store.rows import (
    CALLBACK,
    CHALLENGE,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    Place,
    at_once,
    delete_user,
    disable_client,
    disable_user,
)

LATER = NOW + DAY
Ask = dict[str, Any]


def fitting(**changed: Any) -> Ask:
    """What the token request says when everything fits."""
    given = {
        "client_id": "printer",
        "code_challenge": CHALLENGE,
        "redirect_uri": CALLBACK,
        "now": NOW + SECOND,
        "expires_at": LATER,
    }
    return {**given, **changed}


# Codes


async def test_a_code_is_redeemed_once(here: Place) -> None:
    """RFC 6749 §4.1.2"""
    id = await here.authorized()
    first = await here.inside.authorizations.redeem(id, **fitting())
    assert first is not None
    assert (first.generation, first.rotated_at, first.expires_at) == (1, NOW + SECOND, LATER)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None


@pytest.mark.parametrize(
    "ask",
    [
        {"client_id": "other"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": None},
        {"code_challenge": CHALLENGE[:-1] + "N"},
        {"code_challenge": None},
        {"now": NOW + MINUTE},
    ],
    ids=["client", "redirect_uri", "no redirect_uri", "challenge", "no challenge", "too late"],
)
async def test_a_request_that_does_not_fit_spends_nothing(here: Place, ask: Ask) -> None:
    """RFC 6749 §4.1.3, RFC 7636 §4.6"""
    id = await here.authorized()
    before = await here.inside.authorizations.get(id)
    assert await here.inside.authorizations.redeem(id, **fitting(**ask)) is None
    assert await here.inside.authorizations.get(id) == before
    assert await here.inside.authorizations.redeem(id, **fitting()) is not None


async def test_a_code_of_another_tenant_is_unknown(here: Place, elsewhere: Place) -> None:
    id = await here.authorized()
    assert await elsewhere.inside.authorizations.redeem(id, **fitting()) is None
    assert await elsewhere.inside.authorizations.get(id) is None
    assert await here.inside.authorizations.redeem(id, **fitting()) is not None


@pytest.mark.parametrize("given", [None, CALLBACK], ids=["left out", "named"])
async def test_a_redirect_uri_not_given_at_authorization_may_be_left_out(
    here: Place, given: str | None
) -> None:
    """RFC 6749 §4.1.3: required only if it was in the authorization request."""
    id = await here.authorized(redirect_uri_given=False)
    other = fitting(redirect_uri="https://else.example.com/")
    assert await here.inside.authorizations.redeem(id, **other) is None
    assert await here.inside.authorizations.redeem(id, **fitting(redirect_uri=given)) is not None


async def test_a_verifier_without_a_challenge_spends_nothing(here: Place) -> None:
    """RFC 9700 §2.1.1: a verifier for a code that has no challenge is a downgrade."""
    id = await here.authorized(code_challenge=None)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None
    plain = fitting(code_challenge=None)
    assert await here.inside.authorizations.redeem(id, **plain) is not None


async def test_what_is_no_code_cannot_be_redeemed(here: Place) -> None:
    id = await here.authorized(code_expires_at=None)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None


@pytest.mark.parametrize("end", [disable_client, disable_user, delete_user])
async def test_a_code_ends_with_its_client_and_its_user(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    id = await here.authorized()
    await end(here)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None


async def test_a_code_of_a_client_that_is_not_there_is_not_redeemed(
    here: Place, crowd: None
) -> None:
    id = await here.authorized(client_id="gone")
    assert await here.inside.authorizations.redeem(id, **fitting(client_id="gone")) is None


async def test_a_revoked_code_is_not_redeemed(here: Place) -> None:
    id = await here.authorized()
    await here.inside.authorizations.revoke(id, NOW)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None


async def test_of_50_parallel_redemptions_one_wins(here: Place) -> None:
    id = await here.authorized()
    found = await at_once(*(here.inside.authorizations.redeem(id, **fitting()) for _ in range(50)))
    assert sum(one is not None for one in found) == 1


# Logins


async def test_what_hangs_on_a_login_never_outlives_it(here: Place) -> None:
    end = NOW + HOUR
    id = await here.authorized(login_id="a" * 64, expires_at=end)
    redeemed = await here.inside.authorizations.redeem(id, **fitting())
    assert redeemed is not None
    assert redeemed.expires_at == end
    rotated = await rotate(here, id, 1)
    assert rotated is not None
    assert rotated.expires_at == end


async def test_what_hangs_on_a_login_may_end_before_it(here: Place) -> None:
    id = await here.authorized(login_id="a" * 64, expires_at=LATER)
    redeemed = await here.inside.authorizations.redeem(id, **fitting(expires_at=NOW + HOUR))
    assert redeemed is not None
    assert redeemed.expires_at == NOW + HOUR


async def test_a_code_is_not_redeemed_after_the_login_it_hangs_on(here: Place) -> None:
    id = await here.authorized(login_id="a" * 64, expires_at=NOW + SECOND)
    assert await here.inside.authorizations.redeem(id, **fitting()) is None


async def test_what_hangs_on_no_login_lives_as_long_as_it_is_given(here: Place) -> None:
    id = await here.authorized(expires_at=NOW)
    redeemed = await here.inside.authorizations.redeem(id, **fitting())
    assert redeemed is not None
    assert redeemed.expires_at == LATER
    rotated = await rotate(here, id, 1, expires_at=LATER + DAY)
    assert rotated is not None
    assert rotated.expires_at == LATER + DAY


# Refresh tokens


async def rotate(place: Place, id: UUID, generation: int, **changed: Any) -> Authorization | None:
    now = changed.get("now", NOW + MINUTE)
    given = {
        "client_id": "printer",
        "generation": generation,
        "grace_from": now - 10 * SECOND,
        "now": now,
        "expires_at": LATER,
    }
    return await place.inside.authorizations.rotate(id, **{**given, **changed})


async def test_a_refresh_token_moves_the_row_by_one(here: Place) -> None:
    id = await here.redeemed()
    row = await rotate(here, id, 1)
    assert row is not None
    assert (row.generation, row.rotated_at, row.expires_at) == (2, NOW + MINUTE, LATER)


async def test_the_predecessor_is_answered_with_the_same_row_within_the_grace(here: Place) -> None:
    """RFC 9700 §4.14.2"""
    id = await here.redeemed()
    first = await rotate(here, id, 1)
    again = await rotate(here, id, 1, now=NOW + MINUTE + 9 * SECOND, expires_at=LATER + DAY)
    assert first == again


async def test_the_predecessor_is_refused_after_the_grace(here: Place) -> None:
    id = await here.redeemed()
    await rotate(here, id, 1)
    assert await rotate(here, id, 1, now=NOW + MINUTE + 10 * SECOND) is None


async def test_the_grace_is_no_longer_where_a_clock_was_set_back(here: Place) -> None:
    """Nor where another host's is ahead."""
    id = await here.redeemed()
    first = await rotate(here, id, 1)
    assert await rotate(here, id, 1, now=NOW + MINUTE - 9 * SECOND) == first
    assert await rotate(here, id, 1, now=NOW + MINUTE - 11 * SECOND) is None
    assert await rotate(here, id, 1, now=NOW - HOUR) is None


async def test_what_is_older_than_the_predecessor_is_refused_within_the_grace(here: Place) -> None:
    id = await here.redeemed()
    await rotate(here, id, 1)
    await rotate(here, id, 2)
    assert await rotate(here, id, 1) is None
    assert await rotate(here, id, 2) is not None


async def test_what_was_never_issued_is_refused(here: Place) -> None:
    id = await here.redeemed()
    assert await rotate(here, id, 2) is None


async def test_a_code_is_no_refresh_token(here: Place) -> None:
    fresh, redeemed = await here.authorized(expires_at=LATER), await here.redeemed()
    assert await rotate(here, fresh, 0) is None
    assert await rotate(here, redeemed, 0, grace_from=NOW - SECOND) is None


@pytest.mark.parametrize(
    "ask",
    [{"client_id": "other"}, {"now": LATER}],
    ids=["client", "too late"],
)
async def test_a_refresh_that_does_not_fit_spends_nothing(here: Place, ask: Ask) -> None:
    id = await here.redeemed()
    assert await rotate(here, id, 1, **ask) is None
    row = await here.inside.authorizations.get(id)
    assert row is not None
    assert row.generation == 1


async def test_a_refresh_token_of_another_tenant_is_unknown(here: Place, elsewhere: Place) -> None:
    id = await here.redeemed()
    assert await rotate(elsewhere, id, 1) is None
    assert await rotate(here, id, 1) is not None


@pytest.mark.parametrize("end", [disable_client, disable_user, delete_user])
async def test_a_refresh_token_ends_with_its_client_and_its_user(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    id = await here.redeemed()
    await end(here)
    assert await rotate(here, id, 1) is None


async def test_a_revoked_refresh_token_is_refused(here: Place) -> None:
    id = await here.redeemed()
    await here.inside.authorizations.revoke(id, NOW)
    assert await rotate(here, id, 1) is None


async def test_of_50_parallel_refreshes_all_get_the_one_successor(here: Place) -> None:
    id = await here.redeemed()
    rows = await at_once(*(rotate(here, id, 1) for _ in range(50)))
    assert {row and row.generation for row in rows} == {2}
    assert await rotate(here, id, 2) is not None


async def test_of_50_parallel_refreshes_one_wins_without_grace(here: Place) -> None:
    id = await here.redeemed()
    now = NOW + MINUTE
    rows = await at_once(*(rotate(here, id, 1, now=now, grace_from=now) for _ in range(50)))
    assert sum(row is not None for row in rows) == 1


# Reading


async def test_a_row_comes_back_as_it_went_in_on_both_ways(here: Place, store: SqlStore) -> None:
    """The driver's way and a session's give the same values of the same types."""
    east = timezone(timedelta(hours=5, minutes=30))
    full = here.authorization(
        login_id="b" * 64,
        protocol="oauth1",
        resource="https://api.example.com/ https://two.example.com/",
        claims='{"userinfo":{"email":null}}',
        nonce="n-0S6_WzA2Mj é",
        redirect_uri_given=False,
        auth_time=datetime(2026, 5, 4, 17, 30, 0, 7, tzinfo=east),
        amr="pwd otp",
        generation=3,
        rotated_at=NOW,
        last_used_at=NOW,
        revoked_at=NOW,
    )
    empty = here.authorization(
        code_challenge=None, redirect_uri=None, code_expires_at=None, scope=""
    )
    for row in (full, empty):
        wanted = row.model_dump()
        await here.inside.authorizations.create(row)
        stored = await through_a_session(store, row)
        assert stored == wanted
        found = await here.inside.authorizations.get(row.id)
        assert found is not None
        for name in Authorization.__dataclass_fields__:
            value = getattr(found, name)
            assert value == wanted[name], name
            assert isinstance(value, type(stored[name])), name
            if isinstance(value, datetime):
                assert value.utcoffset() == timedelta(0), name


async def through_a_session(store: SqlStore, row: AuthorizationRow) -> dict[str, Any]:
    engine = make_engine(store.url, 1)
    try:
        async with AsyncSession(engine) as session:
            found = await session.get(AuthorizationRow, (row.tenant_id, row.id))
            assert found is not None
            return found.model_dump()
    finally:
        await engine.dispose()


async def test_a_time_without_a_zone_is_refused(here: Place) -> None:
    with pytest.raises(ValueError, match="timezone"):
        await here.inside.authorizations.revoke(uuid4(), NOW.replace(tzinfo=None))


async def test_an_id_is_stored_once(here: Place) -> None:
    row = here.authorization()
    await here.inside.authorizations.create(row)
    with pytest.raises(Duplicate):
        await here.inside.authorizations.create(row)


async def test_a_persons_list_shows_what_has_not_ended(here: Place, elsewhere: Place) -> None:
    old = await here.redeemed(created_at=NOW - HOUR)
    new = await here.redeemed()
    await here.authorized(expires_at=LATER)
    await here.redeemed(expires_at=NOW)
    await here.redeemed(revoked_at=NOW)
    await here.redeemed(user_id=uuid4())
    await elsewhere.redeemed(user_id=here.user.user_id)
    found = await here.inside.authorizations.of_user(here.user.user_id, NOW)
    assert [one.id for one in found] == [new, old]
    assert (found[0].scope, found[0].protocol) == ("openid photos.read", "oauth2")


async def test_nothing_begins_by_a_password_that_counts_no_more(
    here: Place, elsewhere: Place
) -> None:
    """THREATS 16"""
    jane, create = here.user.user_id, here.inside.authorizations.create
    await here.inside.users.set_password(jane, "old", NOW)
    assert await create(here.authorization(), proven="old")
    await here.inside.users.set_password(jane, "new", NOW)
    assert not await create(here.authorization(), proven="old")
    assert not await create(here.authorization(user_id=uuid4()), proven="new")
    theirs = elsewhere.authorization(user_id=jane)
    assert not await elsewhere.inside.authorizations.create(theirs, proven="new")
    here.user.password_hash = "new"
    await disable_user(here)
    row = here.authorization()
    assert not await create(row, proven="new")
    assert await here.inside.authorizations.get(row.id) is None
