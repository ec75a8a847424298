"""Which clients learnt of a session, until it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from consentry.records.session_client import SessionClient
from consentry.records.user import Login
from consentry.store.ports import TenantStore
from store.rows import HOUR, MINUTE, NOW, Place, at_once, login, session_client


def ids(rows: list[SessionClient]) -> list[str]:
    return [row.client_id for row in rows]


async def test_a_session_is_left_once_with_its_clients_in_order(
    here: Place, elsewhere: Place
) -> None:
    jane, session_id, clients = here.user.user_id, uuid4(), here.inside.session_clients
    for name in ("printer", "album", "printer"):
        await here.noted(session_client(jane, name, session_id=session_id))
    await here.noted(session_client(jane, "other"))
    await elsewhere.noted(session_client(jane, session_id=session_id))
    left = await clients.leave(jane, session_id)
    assert ids(left) == ["album", "printer"]
    assert {(row.session_id, row.user_id, row.tenant_id) for row in left} == {
        (session_id, jane, here.tenant.tenant_id)
    }
    assert await clients.leave(jane, session_id) == []
    assert ids(await elsewhere.inside.session_clients.leave(jane, session_id)) == ["printer"]


async def test_of_two_who_leave_at_once_one_is_told_the_clients(here: Place) -> None:
    jane, session_id, clients = here.user.user_id, uuid4(), here.inside.session_clients
    await here.noted(session_client(jane, session_id=session_id))
    told = await at_once(clients.leave(jane, session_id), clients.leave(jane, session_id))
    assert sorted(len(one) for one in told) == [0, 1]


async def test_the_later_end_of_a_session_stays(here: Place) -> None:
    jane, session_id, clients = here.user.user_id, uuid4(), here.inside.session_clients
    for expires_at in (NOW + MINUTE, NOW + HOUR, NOW):
        await here.noted(session_client(jane, session_id=session_id, expires_at=expires_at))
    (row,) = await clients.leave(jane, session_id)
    assert row.expires_at == NOW + HOUR


async def test_a_session_that_goes_on_is_known_for_longer(here: Place, elsewhere: Place) -> None:
    jane, session_id = here.user.user_id, uuid4()
    for place in (here, elsewhere):
        await place.noted(session_client(jane, session_id=session_id))
    await here.inside.session_clients.prolong(jane, session_id, NOW + 9 * HOUR)
    (row,) = await here.inside.session_clients.leave(jane, session_id)
    (other,) = await elsewhere.inside.session_clients.leave(jane, session_id)
    assert (row.expires_at, other.expires_at) == (NOW + 9 * HOUR, NOW + HOUR)


async def test_all_sessions_of_a_person_are_left_but_the_one_that_goes_on(
    here: Place, elsewhere: Place
) -> None:
    jane, clients = here.user.user_id, here.inside.session_clients
    kept, old = login(jane, session_id=uuid4()), login(jane)
    for row in (kept, old):
        await here.inside.logins.start(row, replaces=None)
    for name, session_id in (("kept", kept.session_id), ("one", uuid4()), ("two", uuid4())):
        await here.noted(session_client(jane, name, session_id=session_id))
    await here.noted(session_client(uuid4(), "hers"))
    await elsewhere.noted(session_client(jane, "there"))
    assert sorted(ids(await clients.leave_all(jane, keep=kept.login_id))) == ["one", "two"]
    await here.noted(session_client(jane, "three"))
    # A login from before there were sessions keeps none.
    assert sorted(ids(await clients.leave_all(jane, keep=old.login_id))) == ["kept", "three"]
    assert ids(await elsewhere.inside.session_clients.leave_all(jane)) == ["there"]


async def test_an_authorization_remembers_its_session(here: Place) -> None:
    session_id = uuid4()
    id = await here.redeemed(session_id=session_id)
    found = await here.inside.authorizations.get(id)
    assert found is not None
    assert found.session_id == session_id


async def signed_in(here: Place) -> Login:
    """A login of a session of its own."""
    row = login(here.user.user_id, session_id=uuid4())
    await here.inside.logins.start(row, replaces=None)
    return row


def learns(here: Place, under: Login) -> SessionClient:
    return session_client(here.user.user_id, session_id=under.session_id)


async def leave(inside: TenantStore, under: Login) -> list[SessionClient]:
    """As somebody does who signs out."""
    assert under.session_id is not None
    left = await inside.session_clients.leave(under.user_id, under.session_id)
    await inside.logins.end(under.login_id, NOW)
    return left


async def test_nobody_learns_of_a_session_by_a_login_that_is_over(
    here: Place, elsewhere: Place
) -> None:
    """OIDC Back-Channel Logout §2.3: nobody would tell them of its end."""
    clients, ended, over = here.inside.session_clients, await signed_in(here), login(uuid4())
    await here.inside.logins.end(ended.login_id, NOW)
    live = await signed_in(here)
    for under, now in ((ended, NOW), (over, NOW), (live, NOW + HOUR)):
        assert not await clients.note(learns(here, live), under=under.login_id, now=now)
        code = here.authorization(session_id=live.session_id, created_at=now)
        assert not await here.inside.authorizations.create(code, under=under.login_id)
        assert await here.inside.authorizations.get(code.id) is None
    foreign = elsewhere.inside.session_clients
    assert not await foreign.note(learns(here, live), under=live.login_id, now=NOW)
    assert await leave(here.inside, live) == []


@asynccontextmanager
async def leaving(here: Place, under: Login) -> AsyncIterator[list[SessionClient]]:
    """In the middle of a sign-out, which is stored at the end."""
    async with here.store.begin() as store:
        yield await leave(store.inside(here.tenant.tenant_id), under)


async def test_who_learns_of_a_session_in_the_moment_it_ends_waits_and_is_refused(
    here: Place,
) -> None:
    under = await signed_in(here)
    clients, codes = here.inside.session_clients, here.inside.authorizations
    code = here.authorization(session_id=under.session_id)
    async with here.store.begin() as store:
        inside = store.inside(here.tenant.tenant_id)
        assert under.session_id is not None
        left = await inside.session_clients.leave(under.user_id, under.session_id)
        tries = [
            asyncio.create_task(clients.note(learns(here, under), under=under.login_id, now=NOW)),
            asyncio.create_task(codes.create(code, under=under.login_id)),
        ]
        done, _ = await asyncio.wait(tries, timeout=0.1)
        assert (done, left) == (set(), [])
        await inside.logins.end(under.login_id, NOW)
    assert await asyncio.gather(*tries) == [False, False]


async def test_a_session_that_was_not_left_after_all_goes_on(here: Place) -> None:
    under = await signed_in(here)
    await here.noted(learns(here, under))
    try:
        async with leaving(here, under) as left:
            assert len(left) == 1
            raise LookupError
    except LookupError:
        pass
    clients = here.inside.session_clients
    assert await clients.note(learns(here, under), under=under.login_id, now=NOW)
    assert len(await leave(here.inside, under)) == 1


async def test_whoever_comes_first_each_client_is_told_or_learns_nothing(here: Place) -> None:
    for _ in range(8):
        under = await signed_in(here)
        code = here.authorization(session_id=under.session_id)

        async def learn(under: Login = under) -> bool:
            clients = here.inside.session_clients
            return await clients.note(learns(here, under), under=under.login_id, now=NOW)

        async def end(under: Login = under) -> bool:
            async with leaving(here, under) as left:
                return bool(left)

        create = here.inside.authorizations.create(code, under=under.login_id)
        learnt, told, is_there = await at_once(learn(), end(), create)
        assert learnt == told
        assert not is_there or await here.is_revoked(code.id)


async def test_codes_of_a_session_that_ends_count_no_more(here: Place) -> None:
    """Also one for access while the person is away: who redeems it learns of the session."""
    jane, endings = here.user.user_id, here.inside.endings

    async def end_others(under: Login) -> None:
        await here.inside.logins.end_others(jane, other.login_id, NOW)

    async def end_all(under: Login) -> None:
        await endings.logins(jane, NOW)

    async def by_another(under: Login) -> None:
        await here.inside.logins.start(login(uuid4()), replaces=under.login_id)

    async def by_the_same(under: Login) -> None:
        again = login(jane, session_id=under.session_id)
        await here.inside.logins.start(again, replaces=under.login_id)

    for end, ends, leaves_others in (
        (lambda under: leave(here.inside, under), True, True),
        (by_another, True, True),
        (end_others, True, True),
        (end_all, True, False),
        (by_the_same, False, True),
    ):
        under, other = await signed_in(here), await signed_in(here)
        code = await here.authorized(session_id=under.session_id)
        bought = await here.redeemed(session_id=under.session_id)
        another = await here.authorized(session_id=other.session_id)
        plain = await here.authorized()
        await end(under)
        assert await here.is_revoked(code) == ends
        assert await here.is_revoked(another) != leaves_others
        assert not await here.is_revoked(bought) and not await here.is_revoked(plain)
