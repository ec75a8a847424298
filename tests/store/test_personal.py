"""What a person takes back, ends and asks for at their account."""

from typing import Any
from uuid import uuid4

import orjson

from consentry.records.authorization import AuthorizationRow
from store.rows import CALLBACK, DAY, HOUR, MINUTE, NOW, Place, at_once, login, user

READ, PRINT, EMAIL = "photos.read", "photos.print", "email"


async def row_of(place: Place, id: Any) -> AuthorizationRow:
    found = await place.inside.users.everything(place.user.user_id)
    assert found is not None
    return next(one for one in found.authorizations if one.id == id)


async def narrow(place: Place, name: str, *claims: str, client_id: str = "printer") -> int:
    jane = place.user.user_id
    return await place.inside.consents.narrow(
        jane, client_id, name, NOW + MINUTE, claims=frozenset(claims)
    )


async def test_one_scope_goes_from_the_consents_and_all_that_hangs_on_them(
    here: Place, elsewhere: Place
) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    await consents.grant(jane, "printer", "", f"openid {READ} {PRINT}", NOW)
    await consents.grant(jane, "printer", CALLBACK, f"{PRINT} {READ}", NOW)
    await consents.grant(jane, "other", "", READ, NOW)
    hit = [
        await here.redeemed(scope=f"openid {READ}"),
        await here.redeemed(scope=f"{READ} {PRINT}", protocol="oauth1"),
        await here.authorized(scope=f"{PRINT} {READ}"),
    ]
    missed = [
        await here.redeemed(scope="openid photos.reader"),
        await here.redeemed(scope=READ, client_id="other"),
        await here.redeemed(scope=READ, user_id=uuid4()),
        await here.redeemed(scope=READ, revoked_at=NOW),
    ]
    foreign = await elsewhere.redeemed(user_id=jane, scope=READ)
    before = [await here.inside.authorizations.get(id) for id in missed]
    assert await narrow(here, READ) == 3
    assert await consents.get(jane, "printer") == {"": f"openid {PRINT}", CALLBACK: PRINT}
    assert await consents.get(jane, "other") == {"": READ}
    assert [(await row_of(here, id)).scope for id in hit] == ["openid", PRINT, PRINT]
    assert not any([await here.is_revoked(id) for id in hit])
    assert [await here.inside.authorizations.get(id) for id in missed] == before
    untouched = await elsewhere.inside.authorizations.get(foreign)
    assert untouched is not None
    assert untouched.scope == READ


async def test_the_history_says_what_was_taken_back(here: Place) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    await consents.grant(jane, "printer", "", f"{READ} {PRINT}", NOW)
    await consents.grant(jane, "printer", CALLBACK, PRINT, NOW)
    assert await narrow(here, READ) == 0
    issuer, api = await consents.of_user(jane)
    assert issuer.history[1:] == [
        {"at": (NOW + MINUTE).isoformat(), "scope": READ, "decision": "withdraw"}
    ]
    assert (issuer.changed_at, api.changed_at) == (NOW + MINUTE, NOW)
    assert len(api.history) == 1


async def test_what_is_left_with_no_scope_ends(here: Place) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    await consents.grant(jane, "printer", "", READ, NOW)
    emptied, bare = await here.redeemed(scope=READ), await here.redeemed(scope="")
    assert await narrow(here, READ) == 1
    assert await here.is_revoked(emptied)
    assert not await here.is_revoked(bare)
    assert await consents.of_user(jane) == []
    (kept,) = await consents.of_user(jane, withdrawn=True)
    assert (kept.scope, len(kept.history)) == ("", 2)


async def test_access_while_away_ends_with_its_word(here: Place) -> None:
    """OIDC Core §11: without `offline_access` an authorization ends with its login."""
    away = await here.redeemed(scope=f"offline_access {READ}")
    with_login = await here.redeemed(scope=READ, login_id="a" * 64)
    assert await narrow(here, "offline_access") == 1
    assert await here.is_revoked(away)
    assert not await here.is_revoked(with_login)


async def test_single_claims_go_with_their_scope(here: Place) -> None:
    """OIDC Core §5.5"""
    asked = {"userinfo": {EMAIL: None, "name": None}, "id_token": {"email#de": None}}
    hit = await here.redeemed(scope="openid", claims=orjson.dumps(asked).decode())
    only = orjson.dumps({"userinfo": {EMAIL: None}}).decode()
    both = await here.redeemed(scope="openid email", claims=only)
    missed = await here.redeemed(scope="openid", claims='{"userinfo":{"name":null}}')
    assert await narrow(here, EMAIL, EMAIL, "email_verified") == 2
    assert orjson.loads((await row_of(here, hit)).claims or "") == {"userinfo": {"name": None}}
    assert (await row_of(here, both)).claims is None
    assert (await row_of(here, missed)).claims == '{"userinfo":{"name":null}}'


async def test_a_scope_agreed_to_meanwhile_is_not_lost(here: Place) -> None:
    jane, consents = here.user.user_id, here.inside.consents
    await consents.grant(jane, "printer", "", READ, NOW)
    names = [f"s{n}" for n in range(6)]
    await at_once(
        *(consents.grant(jane, "printer", "", name, NOW) for name in names[:3]),
        narrow(here, READ),
        *(consents.grant(jane, "printer", "", name, NOW) for name in names[3:]),
    )
    assert set((await consents.get(jane, "printer"))[""].split()) == set(names)


async def test_every_other_login_ends_with_what_hangs_on_it(here: Place, elsewhere: Place) -> None:
    jane = here.user.user_id
    kept, one, two = (login(jane) for _ in range(3))
    gone, others = login(jane, expires_at=NOW), login(uuid4())
    for row in (kept, one, two, gone, others):
        await here.inside.logins.start(row, replaces=None)
    foreign = login(jane)
    await elsewhere.inside.logins.start(foreign, replaces=None)
    hanging = [await here.redeemed(login_id=row.login_id) for row in (one, two)]
    spared = [await here.redeemed(login_id=kept.login_id), await here.redeemed()]
    spared.append(await here.redeemed(login_id=others.login_id, user_id=others.user_id))
    assert await here.inside.logins.end_others(jane, kept.login_id, NOW) == 2
    left = await here.inside.logins.of_user(jane, NOW)
    assert [row.login_id for row in left] == [kept.login_id]
    assert len(await here.inside.logins.of_user(others.user_id, NOW)) == 1
    assert len(await elsewhere.inside.logins.of_user(jane, NOW)) == 1
    assert all([await here.is_revoked(id) for id in hanging])
    assert not any([await here.is_revoked(id) for id in spared])
    assert await here.inside.logins.end_others(jane, kept.login_id, NOW + HOUR) == 0


async def test_new_claims_leave_the_rest_of_the_person_alone(here: Place, elsewhere: Place) -> None:
    jane, users = here.user.user_id, here.inside.users
    await elsewhere.inside.users.save(user("twin", user_id=jane))
    await users.set_password(jane, "a new hash", NOW)
    await users.set_claims(jane, {"name": "Jane Doe"}, NOW + DAY)
    found, twin = await users.get(jane), await elsewhere.inside.users.get(jane)
    assert found is not None and twin is not None
    assert (found.claims, found.changed_at) == ({"name": "Jane Doe"}, NOW + DAY)
    assert found.password_hash == "a new hash"
    assert twin.claims == {}


async def test_everything_kept_about_a_person_is_theirs_alone(
    here: Place, elsewhere: Place
) -> None:
    jane = here.user.user_id
    live, ended = login(jane), login(jane, ended_at=NOW, created_at=NOW - HOUR)
    for row in (live, ended, login(uuid4())):
        await here.inside.logins.start(row, replaces=None)
    await elsewhere.inside.logins.start(login(jane), replaces=None)
    await here.inside.consents.grant(jane, "printer", "", READ, NOW)
    await here.inside.consents.withdraw(jane, "printer", NOW)
    revoked = await here.redeemed(revoked_at=NOW)
    await here.redeemed(user_id=uuid4())
    found = await here.inside.users.everything(jane)
    assert found is not None
    assert found.user.username == "jane"
    assert [row.login_id for row in found.logins] == [ended.login_id, live.login_id]
    assert [row.scope for row in found.consents] == [""]
    assert [row.id for row in found.authorizations] == [revoked]
    assert await here.inside.users.everything(uuid4()) is None
