"""Which clients learnt of a session, until it ends."""

from uuid import uuid4

from consentry.records.session_client import SessionClient
from store.rows import HOUR, MINUTE, NOW, Place, at_once, login, session_client


def ids(rows: list[SessionClient]) -> list[str]:
    return [row.client_id for row in rows]


async def test_a_session_is_left_once_with_its_clients_in_order(
    here: Place, elsewhere: Place
) -> None:
    jane, session_id, clients = here.user.user_id, uuid4(), here.inside.session_clients
    for name in ("printer", "album", "printer"):
        await clients.note(session_client(jane, name, session_id=session_id))
    await clients.note(session_client(jane, "other"))
    await elsewhere.inside.session_clients.note(session_client(jane, session_id=session_id))
    left = await clients.leave(session_id)
    assert ids(left) == ["album", "printer"]
    assert {(row.session_id, row.user_id, row.tenant_id) for row in left} == {
        (session_id, jane, here.tenant.tenant_id)
    }
    assert await clients.leave(session_id) == []
    assert ids(await elsewhere.inside.session_clients.leave(session_id)) == ["printer"]


async def test_of_two_who_leave_at_once_one_is_told_the_clients(here: Place) -> None:
    session_id, clients = uuid4(), here.inside.session_clients
    await clients.note(session_client(here.user.user_id, session_id=session_id))
    told = await at_once(clients.leave(session_id), clients.leave(session_id))
    assert sorted(len(one) for one in told) == [0, 1]


async def test_the_later_end_of_a_session_stays(here: Place) -> None:
    jane, session_id, clients = here.user.user_id, uuid4(), here.inside.session_clients
    for expires_at in (NOW + MINUTE, NOW + HOUR, NOW):
        await clients.note(session_client(jane, session_id=session_id, expires_at=expires_at))
    (row,) = await clients.leave(session_id)
    assert row.expires_at == NOW + HOUR


async def test_a_session_that_goes_on_is_known_for_longer(here: Place, elsewhere: Place) -> None:
    jane, session_id = here.user.user_id, uuid4()
    for place in (here, elsewhere):
        await place.inside.session_clients.note(session_client(jane, session_id=session_id))
    await here.inside.session_clients.prolong(session_id, NOW + 9 * HOUR)
    (row,) = await here.inside.session_clients.leave(session_id)
    (other,) = await elsewhere.inside.session_clients.leave(session_id)
    assert (row.expires_at, other.expires_at) == (NOW + 9 * HOUR, NOW + HOUR)


async def test_all_sessions_of_a_person_are_left_but_the_one_that_goes_on(
    here: Place, elsewhere: Place
) -> None:
    jane, clients = here.user.user_id, here.inside.session_clients
    kept, old = login(jane, session_id=uuid4()), login(jane)
    for row in (kept, old):
        await here.inside.logins.start(row, replaces=None)
    for name, session_id in (("kept", kept.session_id), ("one", uuid4()), ("two", uuid4())):
        await clients.note(session_client(jane, name, session_id=session_id))
    await clients.note(session_client(uuid4(), "hers"))
    await elsewhere.inside.session_clients.note(session_client(jane, "there"))
    assert sorted(ids(await clients.leave_all(jane, keep=kept.login_id))) == ["one", "two"]
    await clients.note(session_client(jane, "three"))
    # A login from before there were sessions keeps none.
    assert sorted(ids(await clients.leave_all(jane, keep=old.login_id))) == ["kept", "three"]
    assert ids(await elsewhere.inside.session_clients.leave_all(jane)) == ["there"]


async def test_an_authorization_remembers_its_session(here: Place) -> None:
    session_id = uuid4()
    id = await here.redeemed(session_id=session_id)
    found = await here.inside.authorizations.get(id)
    assert found is not None
    assert found.session_id == session_id
