"""OAuth 1's transitions: each is one statement, and spends nothing when it does not fit."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from consentry.records.authorization import AuthorizationRow, SignedUse
from consentry.store.sql.store import SqlStore
from store.rows import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    Place,
    at_once,
    client,
    delete_client,
    delete_user,
    disable_client,
    disable_user,
    login,
    user,
)

LATER = NOW + DAY
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
Ask = dict[str, Any]


def decided(place: Place, **changed: Any) -> AuthorizationRow:
    """What a person approved, for ten minutes to exchange."""
    end = NOW + 10 * MINUTE
    given = {
        "protocol": "oauth1", "code_challenge": None, "redirect_uri": None,
        "code_expires_at": end, "expires_at": end,
    }  # fmt: skip
    return place.authorization(**{**given, **changed})


async def decide(place: Place, row: AuthorizationRow) -> bool:
    """In a login that lasts."""
    under = login(place.user.user_id)
    await place.inside.logins.start(under, replaces=None)
    return await place.inside.token_credentials.decide(row, under=under.login_id)


async def approved(place: Place, **changed: Any) -> UUID:
    """The id of a stored approval."""
    row = decided(place, **changed)
    assert await decide(place, row)
    return row.id


async def bought(place: Place, **changed: Any) -> UUID:
    """The id of token credentials."""
    given = {"generation": 1, "rotated_at": NOW, "expires_at": NEVER}
    return await approved(place, **{**given, **changed})


def fitting(**changed: Any) -> Ask:
    """What the exchange says when everything fits."""
    given = {
        "client_id": "printer", "is_right": True, "most_tries": 5, "now": NOW + SECOND,
        "expires_at": LATER,
    }  # fmt: skip
    return {**given, **changed}


async def sign(place: Place, id: UUID | None, **changed: Any) -> SignedUse | None:
    """Spend a nonce of its own, unless told which."""
    given = {
        "client_id": "printer", "nonce": uuid4().hex, "nonce_until": NOW + 6 * MINUTE,
        "now": NOW + SECOND,
    }  # fmt: skip
    return await place.inside.token_credentials.sign(id, **{**given, **changed})


# A decision


async def test_a_decision_is_stored_as_it_is(here: Place) -> None:
    """RFC 5849 §2.2"""
    row = decided(here, scope="photos.read")
    assert await decide(here, row)
    found = await here.inside.authorizations.get(row.id)
    assert found is not None
    assert (found.client_id, found.user_id, found.scope) == (
        "printer", here.user.user_id, "photos.read",
    )  # fmt: skip
    assert (found.generation, found.wrong_tries, found.revoked_at) == (0, 0, None)


@pytest.mark.parametrize("first", [None, NOW], ids=["approved", "denied"])
@pytest.mark.parametrize("second", [None, NOW], ids=["then approved", "then denied"])
async def test_the_first_decision_stays(
    here: Place, first: datetime | None, second: datetime | None
) -> None:
    """RFC 5849 §2.2, THREATS 6"""
    id = uuid4()
    assert await decide(here, decided(here, id=id, revoked_at=first))
    again = decided(here, id=id, revoked_at=second, scope="more")
    assert not await decide(here, again)
    found = await here.inside.authorizations.get(id)
    assert found is not None
    assert (found.revoked_at, found.scope) == (first, "openid photos.read")


async def test_of_20_parallel_decisions_one_wins(here: Place) -> None:
    """THREATS 6"""
    id = uuid4()
    done = await at_once(*(decide(here, decided(here, id=id)) for _ in range(20)))
    assert sum(done) == 1


async def test_nothing_is_decided_in_a_login_that_is_over(here: Place, elsewhere: Place) -> None:
    """THREATS 16: what a new password has ended begins nothing behind it."""
    under, another = login(here.user.user_id), login(here.user.user_id)
    for one in (under, another):
        await here.inside.logins.start(one, replaces=None)
    late = decided(here, created_at=under.expires_at)
    assert not await here.inside.token_credentials.decide(late, under=under.login_id)
    row = decided(elsewhere)
    assert not await elsewhere.inside.token_credentials.decide(row, under=another.login_id)
    await here.inside.users.set_password(here.user.user_id, "x", NOW)
    row = decided(here)
    assert not await here.inside.token_credentials.decide(row, under=under.login_id)
    assert await here.inside.authorizations.get(row.id) is None


# An exchange


async def test_an_approval_is_exchanged_once(here: Place) -> None:
    """RFC 5849 §2.3, THREATS 7"""
    id = await approved(here)
    first = await here.inside.token_credentials.exchange(id, **fitting())
    assert first is not None
    assert (first.generation, first.rotated_at, first.expires_at) == (1, NOW + SECOND, LATER)
    assert await here.inside.token_credentials.exchange(id, **fitting()) is None


async def test_of_20_parallel_exchanges_one_wins(here: Place) -> None:
    """THREATS 7"""
    id = await approved(here)
    found = await at_once(
        *(here.inside.token_credentials.exchange(id, **fitting()) for _ in range(20))
    )
    assert sum(one is not None for one in found) == 1


@pytest.mark.parametrize(
    "ask",
    [{"client_id": "other"}, {"now": NOW + 10 * MINUTE}, {"most_tries": 0}],
    ids=["client", "too late", "no tries left"],
)
async def test_an_exchange_that_does_not_fit_spends_nothing(here: Place, ask: Ask) -> None:
    """RFC 5849 §2.3"""
    id = await approved(here)
    before = await here.inside.authorizations.get(id)
    assert await here.inside.token_credentials.exchange(id, **fitting(**ask)) is None
    assert await here.inside.authorizations.get(id) == before
    assert await here.inside.token_credentials.exchange(id, **fitting()) is not None


async def test_a_wrong_verifier_is_counted_and_gives_nothing(here: Place) -> None:
    """THREATS 6"""
    id = await approved(here)
    for count in range(1, 6):
        row = await here.inside.token_credentials.exchange(id, **fitting(is_right=False))
        assert row is not None
        assert (row.generation, row.wrong_tries, row.rotated_at) == (0, count, None)
        assert row.expires_at == NOW + 10 * MINUTE
    for is_right in (False, True):
        ask = fitting(is_right=is_right)
        assert await here.inside.token_credentials.exchange(id, **ask) is None


async def test_of_20_parallel_wrong_verifiers_five_are_looked_at(here: Place) -> None:
    """THREATS 6"""
    id = await approved(here)
    ask = fitting(is_right=False)
    found = await at_once(*(here.inside.token_credentials.exchange(id, **ask) for _ in range(20)))
    assert sum(one is not None for one in found) == 5


@pytest.mark.parametrize("end", [disable_client, disable_user, delete_user, delete_client])
async def test_an_approval_ends_with_its_client_and_its_user(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    """THREATS 16"""
    id = await approved(here)
    await end(here)
    assert await here.inside.token_credentials.exchange(id, **fitting()) is None


async def test_a_denied_or_revoked_one_is_not_exchanged(here: Place) -> None:
    """THREATS 6"""
    denied, revoked = await approved(here, revoked_at=NOW), await approved(here)
    await here.inside.authorizations.revoke(revoked, NOW)
    for id in (denied, revoked):
        assert await here.inside.token_credentials.exchange(id, **fitting()) is None


async def test_a_code_of_the_other_protocol_is_not_exchanged(here: Place) -> None:
    """THREATS 32: nor is an approval of OAuth 1 a code"""
    code = await here.authorized()
    assert await here.inside.token_credentials.exchange(code, **fitting()) is None


async def test_an_approval_of_another_tenant_is_unknown(here: Place, elsewhere: Place) -> None:
    """THREATS 37"""
    id = await approved(here)
    assert await elsewhere.inside.token_credentials.exchange(id, **fitting()) is None
    assert await here.inside.token_credentials.exchange(id, **fitting()) is not None


# A signed request


async def test_a_signed_request_says_whom_it_stands_for(here: Place, crowd: None) -> None:
    """RFC 5849 §3.2"""
    id = await bought(here)
    assert await sign(here, id) == SignedUse(True, here.user.user_id, "openid photos.read")
    assert await sign(here, None) == SignedUse(True)


async def test_without_a_scope_it_stands_for_somebody_all_the_same(here: Place) -> None:
    id = await bought(here, scope="")
    assert await sign(here, id) == SignedUse(True, here.user.user_id, "")


async def test_a_nonce_is_spent_once(here: Place) -> None:
    """THREATS 1: whoever it is spent for"""
    id = await bought(here)
    assert await sign(here, id, nonce="a") is not None
    assert await sign(here, id, nonce="a") is None
    assert await sign(here, None, nonce="a") is None
    assert await sign(here, None, nonce="b") is not None
    assert await sign(here, id, nonce="b") is None


@pytest.mark.parametrize("own", [True, False], ids=["two-legged", "three-legged"])
async def test_of_50_parallel_copies_one_passes(
    here: Place, neighbour: SqlStore, own: bool
) -> None:
    """THREATS 1: at two processes"""
    id = None if own else await bought(here)
    there = Place(neighbour, here.tenant, here.client, here.user)
    places = [here, there] * 25
    found = await at_once(*(sign(place, id, nonce="once") for place in places))
    assert sum(one is not None for one in found) == 1


async def test_a_nonce_of_another_tenant_or_another_purpose_is_another(
    here: Place, elsewhere: Place
) -> None:
    """THREATS 32, 38"""
    assert await here.inside.nonces.spend("assertion", "a", NOW + HOUR)
    assert await sign(here, None, nonce="a") is not None
    assert await sign(elsewhere, None, nonce="a") is not None
    assert await here.inside.nonces.spend("dpop", "a", NOW + HOUR)


@pytest.mark.parametrize("end", [disable_client, disable_user, delete_user, delete_client])
async def test_a_token_counts_with_its_client_and_its_user_alone(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    """THREATS 16: that others are enabled, here or elsewhere, does not help"""
    id = await bought(here)
    await end(here)
    assert await sign(here, id) == SignedUse(False)


@pytest.mark.parametrize("end", [disable_client, delete_client])
async def test_a_client_counts_for_itself_while_it_is_enabled(
    here: Place, crowd: None, end: Callable[[Place], Awaitable[None]]
) -> None:
    """THREATS 16"""
    await end(here)
    assert await sign(here, None) == SignedUse(False)
    assert await sign(here, None, client_id="other") == SignedUse(True)
    assert await sign(here, None, client_id="nobody") == SignedUse(False)


@pytest.mark.parametrize(
    "changed",
    [
        {"generation": 0},
        {"protocol": "oauth2"},
        {"client_id": "other"},
        {"revoked_at": NOW},
        {"expires_at": NOW + SECOND},
        {"user_id": uuid4()},
    ],
    ids=["not exchanged", "protocol", "client", "revoked", "expired", "nobody's"],
)
async def test_what_does_not_count_spends_its_nonce_all_the_same(
    here: Place, crowd: None, changed: Ask
) -> None:
    """RFC 5849 §3.3: the signature was good, so the request was made"""
    id = await bought(here, **changed)
    assert await sign(here, id, nonce="a") == SignedUse(False)
    assert await sign(here, id, nonce="a") is None


async def test_a_token_of_another_tenant_counts_for_nobody(here: Place, elsewhere: Place) -> None:
    """THREATS 37"""
    id = await bought(here)
    assert await sign(elsewhere, id) == SignedUse(False)


async def test_nobody_else_of_the_same_names_is_stood_for(here: Place, elsewhere: Place) -> None:
    """THREATS 37: one id in two tenants"""
    id = uuid4()
    await elsewhere.inside.clients.save(client("third"))
    twin = user("twin", user_id=here.user.user_id, disabled_at=NOW)
    await elsewhere.inside.users.save(twin)
    await bought(here, id=id)
    await bought(elsewhere, id=id, user_id=here.user.user_id, scope="theirs")
    assert await sign(here, id) == SignedUse(True, here.user.user_id, "openid photos.read")
    assert await sign(elsewhere, id) == SignedUse(False)
