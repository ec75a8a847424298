"""People, their signed-in browsers, and what they agreed to."""

from typing import Any
from uuid import uuid4

import pytest

from consentry.records.user import User
from consentry.store.ports import Duplicate
from store.rows import CALLBACK, DAY, HOUR, MINUTE, NOW, SECOND, Place, at_once, login, user


@pytest.fixture
async def twin(here: Place, elsewhere: Place) -> User:
    """Somebody of another tenant with the same id."""
    row = user("twin", user_id=here.user.user_id)
    await elsewhere.inside.users.save(row)
    return row


# Users


async def test_a_person_comes_back_as_saved(here: Place) -> None:
    row = user(
        "Zoë", email="Zoe@Example.com", roles="admin", claims={"nested": {"a": [1, None, "é"]}}
    )
    await here.inside.users.save(row)
    found = await here.inside.users.get(row.user_id)
    assert found is not None
    assert found.model_dump() == row.model_dump()
    assert found.tenant_id == here.tenant.tenant_id


async def test_saving_again_changes_the_person(here: Place) -> None:
    here.user.email = "jane@example.com"
    await here.inside.users.save(here.user)
    found = await here.inside.users.get(here.user.user_id)
    assert found is not None
    assert found.email == "jane@example.com"


@pytest.mark.parametrize("username", ["jane", "JANE"])
async def test_a_username_is_taken_whatever_its_case(here: Place, username: str) -> None:
    with pytest.raises(Duplicate, match="username"):
        await here.inside.users.save(user(username))


async def test_an_email_is_taken_whatever_its_case(here: Place) -> None:
    await here.inside.users.save(user("straße", email="Straße@example.com"))
    with pytest.raises(Duplicate, match="email"):
        await here.inside.users.save(user("other", email="STRASSE@example.com"))


async def test_many_may_have_no_email(here: Place) -> None:
    await here.inside.users.save(user("a"))
    await here.inside.users.save(user("b"))
    assert len(await here.inside.users.page()) == 3


async def test_two_tenants_may_know_the_same_names(here: Place, elsewhere: Place) -> None:
    assert await elsewhere.inside.users.get(here.user.user_id) is None
    found = await elsewhere.inside.users.by_identifier("jane")
    assert found is not None
    assert found.user_id == elsewhere.user.user_id


async def test_a_person_is_found_by_username_or_email_whatever_the_case(here: Place) -> None:
    row = user("Zoe", email="Zoe@Example.com")
    await here.inside.users.save(row)
    for identifier in ("zoe", "ZOE", "zoe@example.COM"):
        found = await here.inside.users.by_identifier(identifier)
        assert found is not None
        assert found.user_id == row.user_id
    assert await here.inside.users.by_identifier("zo") is None
    assert await here.inside.users.by_identifier("") is None


async def test_a_username_goes_before_anothers_email(here: Place) -> None:
    """Who registers somebody's username as an e-mail address does not stand in for them."""
    named, mailed = user("x@example.com"), user("other", email="x@example.com")
    for first, second in ((mailed, named), (named, mailed)):
        await here.inside.users.save(first)
        await here.inside.users.save(second)
        found = await here.inside.users.by_identifier("X@example.com")
        assert found is not None
        assert found.user_id == named.user_id


async def test_people_are_listed_by_username(here: Place, twin: User) -> None:
    for name in ("Bob", "adam", "carol"):
        await here.inside.users.save(user(name))
    first = await here.inside.users.page(limit=2)
    assert [one.username for one in first] == ["adam", "Bob"]
    rest = await here.inside.users.page(after=first[-1].username)
    assert [one.username for one in rest] == ["carol", "jane"]


async def test_a_new_password_ends_logins_and_authorizations(
    here: Place, elsewhere: Place, twin: User
) -> None:
    """THREATS 16"""
    other = user("other")
    await here.inside.users.save(other)
    mine, theirs = login(here.user.user_id), login(other.user_id)
    for row in (mine, theirs):
        await here.inside.logins.start(row, replaces=None)
    foreign_login = login(here.user.user_id)
    await elsewhere.inside.logins.start(foreign_login, replaces=None)
    dead = await here.redeemed()
    alive = await here.redeemed(user_id=other.user_id)
    foreign = await elsewhere.redeemed(user_id=here.user.user_id)
    await here.inside.users.set_password(here.user.user_id, "new", NOW + MINUTE)
    changed = await here.inside.users.get(here.user.user_id)
    assert changed is not None
    assert (changed.password_hash, changed.changed_at) == ("new", NOW + MINUTE)
    assert await here.inside.logins.current(mine.login_id, NOW) is None
    assert await here.inside.logins.current(theirs.login_id, NOW) is not None
    assert await elsewhere.inside.logins.current(foreign_login.login_id, NOW) is not None
    assert await here.is_revoked(dead)
    assert not await here.is_revoked(alive)
    assert not await elsewhere.is_revoked(foreign)
    for place, one in ((here, other), (elsewhere, twin)):
        untouched = await place.inside.users.get(one.user_id)
        assert untouched is not None
        assert untouched.password_hash is None


async def test_a_new_password_keeps_the_time_of_what_had_ended(here: Place) -> None:
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    id = await here.redeemed(login_id=row.login_id)
    await here.inside.logins.end(row.login_id, NOW)
    await here.inside.users.set_password(here.user.user_id, "new", NOW + HOUR)
    found = await here.inside.authorizations.get(id)
    assert found is not None
    assert found.revoked_at == NOW


async def test_a_better_hash_of_the_same_password_ends_nothing(
    here: Place, elsewhere: Place, twin: User
) -> None:
    other = user("other")
    await here.inside.users.save(other)
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    id = await here.redeemed()
    here.user.password_hash = "old"
    await here.inside.users.save(here.user)
    assert not await here.inside.users.rehash(here.user.user_id, "older", "better")
    assert await here.inside.users.rehash(here.user.user_id, "old", "better")
    signed_in = await here.inside.logins.current(row.login_id, NOW)
    assert signed_in is not None
    assert signed_in.user.password_hash == "better"
    assert not await here.is_revoked(id)
    for place, one in ((here, other), (elsewhere, twin)):
        untouched = await place.inside.users.get(one.user_id)
        assert untouched is not None
        assert untouched.password_hash is None


async def test_a_person_is_deleted_with_all_that_is_theirs(
    here: Place, elsewhere: Place, twin: User
) -> None:
    other = user("other")
    await here.inside.users.save(other)
    theirs = login(twin.user_id)
    await elsewhere.inside.logins.start(theirs, replaces=None)
    await elsewhere.inside.consents.grant(twin.user_id, "printer", "", "openid", NOW)
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    await here.inside.consents.grant(here.user.user_id, "printer", "", "openid", NOW)
    id = await here.redeemed()
    foreign = await elsewhere.redeemed(user_id=here.user.user_id)
    assert await here.inside.users.delete(here.user.user_id)
    assert not await here.inside.users.delete(here.user.user_id)
    assert await here.inside.users.get(here.user.user_id) is None
    assert await here.inside.logins.of_user(here.user.user_id, NOW) == []
    assert await here.inside.consents.get(here.user.user_id, "printer") == {}
    assert await here.inside.authorizations.get(id) is None
    assert await elsewhere.inside.authorizations.get(foreign) is not None
    assert await elsewhere.inside.logins.current(theirs.login_id, NOW) is not None
    assert await elsewhere.inside.consents.get(twin.user_id, "printer") == {"": "openid"}
    assert await here.inside.users.get(other.user_id) is not None


async def test_an_administrator_is_another_one_who_can_sign_in(
    here: Place, elsewhere: Place, twin: User
) -> None:
    users = here.inside.users
    await elsewhere.inside.users.save(user("far", roles="admin", password_hash="x"))
    await users.save(user("dev", roles="developer", password_hash="x"))
    await users.save(user("asleep", roles="admin", password_hash="x", disabled_at=NOW))
    await users.save(user("silent", roles="admin"))
    ada = user("ada", roles="admin", password_hash="x")
    await users.save(ada)
    assert not await users.has_administrator(besides=ada.user_id)
    assert await users.has_administrator(besides=here.user.user_id)
    await users.save(user("both", roles="admin developer", password_hash="x"))
    assert await users.has_administrator(besides=ada.user_id)


async def test_administrators_who_can_be_written_to_are_found(
    here: Place, elsewhere: Place
) -> None:
    def person(name: str, roles: str = "admin", **more: Any) -> User:
        return user(name, roles=roles, **{"email": f"{name}@example.com", **more})

    users = here.inside.users
    await elsewhere.inside.users.save(person("far"))
    for one in (
        person("dev", "developer"), person("asleep", disabled_at=NOW), person("silent", email=None),
        person("Cleo"), person("ada"), person("bea", "admin developer"),
    ):  # fmt: skip
        await users.save(one)
    found = await users.administrators(limit=9)
    assert [one.username for one in found] == ["ada", "bea", "Cleo"]
    assert len(await users.administrators(limit=1)) == 1


# Logins


async def test_a_login_is_current_with_its_person(here: Place) -> None:
    row = login(here.user.user_id, address="2001:db8::1", user_agent="Firefox")
    await here.inside.logins.start(row, replaces=None)
    found = await here.inside.logins.current(row.login_id, NOW)
    assert found is not None
    assert found.login.model_dump() == row.model_dump()
    assert found.user.username == "jane"


async def test_a_login_ends_when_it_expires(here: Place) -> None:
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    assert await here.inside.logins.current(row.login_id, NOW + HOUR - SECOND) is not None
    assert await here.inside.logins.current(row.login_id, NOW + HOUR) is None


async def test_a_login_of_another_tenant_is_unknown(here: Place, elsewhere: Place) -> None:
    """THREATS 36, 39"""
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    assert await elsewhere.inside.logins.current(row.login_id, NOW) is None
    await elsewhere.inside.logins.end(row.login_id, NOW)
    assert await here.inside.logins.current(row.login_id, NOW) is not None


async def test_a_login_of_a_disabled_person_is_not_current(here: Place, twin: User) -> None:
    await here.inside.users.save(user("other"))
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    here.user.disabled_at = NOW
    await here.inside.users.save(here.user)
    assert await here.inside.logins.current(row.login_id, NOW) is None


async def test_ending_a_login_ends_what_hangs_on_it(here: Place, elsewhere: Place) -> None:
    row, kept = login(here.user.user_id), login(here.user.user_id)
    for one in (row, kept):
        await here.inside.logins.start(one, replaces=None)
    hanging = await here.redeemed(login_id=row.login_id)
    offline = await here.redeemed()
    foreign = await elsewhere.redeemed(login_id=row.login_id)
    await here.inside.logins.end(row.login_id, NOW)
    assert await here.inside.logins.current(row.login_id, NOW) is None
    assert await here.inside.logins.current(kept.login_id, NOW) is not None
    assert await here.is_revoked(hanging)
    assert not await here.is_revoked(offline)
    assert not await elsewhere.is_revoked(foreign)


async def test_a_login_keeps_the_time_it_first_ended(here: Place) -> None:
    row = login(here.user.user_id)
    await here.inside.logins.start(row, replaces=None)
    hanging = await here.redeemed(login_id=row.login_id)
    await here.inside.logins.end(row.login_id, NOW)
    await here.inside.logins.end(row.login_id, NOW + HOUR)
    found = await here.inside.authorizations.get(hanging)
    assert found is not None
    assert found.revoked_at == NOW


async def test_a_new_login_takes_over_what_hung_on_the_one_it_replaces(here: Place) -> None:
    """THREATS 46: a new id at every sign-in, and no tab loses its session by it."""
    old, new = login(here.user.user_id), login(here.user.user_id)
    await here.inside.logins.start(old, replaces=None)
    hanging = await here.redeemed(login_id=old.login_id)
    beside = await here.redeemed(login_id="b" * 64)
    await here.inside.logins.start(new, replaces=old.login_id)
    assert await here.inside.logins.current(old.login_id, NOW) is None
    assert await here.inside.logins.current(new.login_id, NOW) is not None
    other = await here.inside.authorizations.get(beside)
    assert other is not None
    assert (other.login_id, other.revoked_at) == ("b" * 64, None)
    found = await here.inside.authorizations.get(hanging)
    assert found is not None
    assert (found.login_id, found.revoked_at) == (new.login_id, None)
    assert found.expires_at == NOW + DAY


async def test_a_login_of_another_person_takes_over_nothing(here: Place) -> None:
    other = user("other")
    await here.inside.users.save(other)
    old, new = login(here.user.user_id), login(other.user_id)
    await here.inside.logins.start(old, replaces=None)
    hanging = await here.redeemed(login_id=old.login_id)
    await here.inside.logins.start(new, replaces=old.login_id)
    found = await here.inside.authorizations.get(hanging)
    assert found is not None
    assert (found.login_id, found.revoked_at) == (old.login_id, new.created_at)
    assert await here.inside.logins.current(old.login_id, NOW) is None


async def test_a_login_of_another_tenant_is_not_replaced(here: Place, elsewhere: Place) -> None:
    old, new = login(here.user.user_id), login(here.user.user_id)
    await here.inside.logins.start(old, replaces=None)
    hanging = await here.redeemed(login_id=old.login_id)
    await elsewhere.inside.logins.start(new, replaces=old.login_id)
    assert await here.inside.logins.current(old.login_id, NOW) is not None
    found = await here.inside.authorizations.get(hanging)
    assert found is not None
    assert (found.login_id, found.revoked_at) == (old.login_id, None)


async def test_a_login_that_cannot_be_stored_replaces_nothing(here: Place) -> None:
    old = login(here.user.user_id)
    await here.inside.logins.start(old, replaces=None)
    with pytest.raises(Duplicate):
        again = login(here.user.user_id, login_id=old.login_id)
        await here.inside.logins.start(again, replaces=old.login_id)
    assert await here.inside.logins.current(old.login_id, NOW) is not None


async def test_a_persons_live_logins_are_listed_newest_first(here: Place, elsewhere: Place) -> None:
    old = login(here.user.user_id, created_at=NOW - HOUR)
    new = login(here.user.user_id)
    ended = login(here.user.user_id, ended_at=NOW)
    expired = login(here.user.user_id, expires_at=NOW)
    for row in (old, new, ended, expired, login(uuid4())):
        await here.inside.logins.start(row, replaces=None)
    await elsewhere.inside.logins.start(login(here.user.user_id), replaces=None)
    found = await here.inside.logins.of_user(here.user.user_id, NOW)
    assert [one.login_id for one in found] == [new.login_id, old.login_id]


# Consents


async def test_consent_grows_and_remembers_how(here: Place) -> None:
    consents, jane = here.inside.consents, here.user.user_id
    await consents.grant(jane, "printer", "", "openid profile", NOW)
    await consents.grant(jane, "printer", "", "openid email", NOW + MINUTE)
    await consents.grant(jane, "printer", CALLBACK, "print", NOW)
    assert await consents.get(jane, "printer") == {
        "": "openid profile email",
        CALLBACK: "print",
    }
    issuer, api = await consents.of_user(jane)
    assert [line["scope"] for line in issuer.history] == ["openid profile", "openid email"]
    assert {line["decision"] for line in issuer.history} == {"approve"}
    assert issuer.history[1]["at"] == (NOW + MINUTE).isoformat()
    assert (issuer.created_at, issuer.changed_at) == (NOW, NOW + MINUTE)
    assert api.resource == CALLBACK


async def test_consent_is_of_one_person_client_and_tenant(here: Place, elsewhere: Place) -> None:
    await here.inside.consents.grant(here.user.user_id, "printer", "", "openid", NOW)
    assert await here.inside.consents.get(uuid4(), "printer") == {}
    assert await here.inside.consents.get(here.user.user_id, "other") == {}
    assert await elsewhere.inside.consents.get(here.user.user_id, "printer") == {}
    assert await elsewhere.inside.consents.of_user(here.user.user_id) == []


async def test_tabs_that_agree_at_once_all_count(here: Place) -> None:
    """Several tabs at once never kill each other."""
    jane = here.user.user_id
    names = [f"s{n}" for n in range(12)]
    await at_once(*(here.inside.consents.grant(jane, "printer", "", name, NOW) for name in names))
    found = await here.inside.consents.get(jane, "printer")
    assert set(found[""].split()) == set(names)
    (row,) = await here.inside.consents.of_user(jane)
    assert len(row.history) == len(names)


async def test_the_history_of_a_consent_is_bounded(here: Place) -> None:
    for n in range(105):
        await here.inside.consents.grant(here.user.user_id, "printer", "", f"s{n}", NOW)
    (row,) = await here.inside.consents.of_user(here.user.user_id)
    assert [row.history[0]["scope"], row.history[-1]["scope"], len(row.history)] == [
        "s5",
        "s104",
        100,
    ]


async def test_withdrawing_ends_what_hangs_on_the_consent(here: Place, elsewhere: Place) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    for client_id in ("printer", "other"):
        await consents.grant(jane, client_id, "", "openid", NOW)
    hit = [await here.redeemed(), await here.redeemed()]
    await here.redeemed(revoked_at=NOW)
    missed = [await here.redeemed(client_id="other"), await here.redeemed(user_id=uuid4())]
    foreign = await elsewhere.redeemed(user_id=jane)
    assert await consents.withdraw(jane, "printer", NOW + MINUTE) == 2
    assert not "".join((await consents.get(jane, "printer")).values())
    assert [one.client_id for one in await consents.of_user(jane)] == ["other"]
    assert all([await here.is_revoked(id) for id in hit])
    assert not any([await here.is_revoked(id) for id in missed])
    assert not await elsewhere.is_revoked(foreign)
    assert await consents.withdraw(jane, "printer", NOW + HOUR) == 0


async def test_the_history_outlives_a_withdrawal(here: Place) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    await consents.grant(jane, "printer", "", "openid", NOW)
    await consents.withdraw(jane, "printer", NOW + MINUTE)
    await consents.grant(jane, "printer", "", "email", NOW + HOUR)
    (row,) = await consents.of_user(jane)
    assert row.scope == "email"
    assert [line["decision"] for line in row.history] == ["approve", "withdraw", "approve"]
    assert row.history[1]["scope"] == "openid"
