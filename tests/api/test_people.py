"""`/api/v1/users` and `/api/v1/me`: people, their logins, what they allowed."""

from typing import Any

import pytest

from support.api_world import ApiTenant
from support.world import PASSWORD

NEW = {"username": "kim", "email": "kim@example.com", "password": PASSWORD}


async def test_a_person_is_made_found_changed_and_removed(api: ApiTenant) -> None:
    admin = await api.admin()
    made = await admin.post("/users", {**NEW, "roles": ["developer"], "claims": {"name": "Kim"}})
    assert made.status_code == 201, made.text
    path = made.headers["location"].removeprefix("/api/v1")
    assert made.json()["has_password"] and PASSWORD not in made.text
    for q in ("KIM", "kim@"):
        found = (await admin.get(f"/users?q={q}")).json()["items"]
        assert [one["username"] for one in found] == ["kim"]
    changed = await admin.patch(path, {"email": None, "claims": {"name": None, "locale": "de"}})
    assert changed.json()["claims"] == {"locale": "de"} and "email" not in changed.json()
    assert (await api.world.sign_in(api.world.new_browser(), "kim")).status_code == 303
    off = await admin.patch(path, {"disabled": True})
    assert off.json()["disabled_at"]
    assert (await api.world.sign_in(api.world.new_browser(), "kim")).status_code == 400
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"username": " kim"}, "username"),
        ({"email": "kim"}, "email"),
        ({"password": "short"}, "password"),
        ({"roles": ["king"]}, "roles[0]"),
        ({"claims": {"birthdate": 7}}, "claims.birthdate"),
        ({"nickname": "K"}, "nickname"),
    ],
)
async def test_a_person_who_cannot_be_is_refused_by_name(
    api: ApiTenant, members: dict[str, Any], path: str
) -> None:
    refused = await (await api.admin()).post("/users", {**NEW, "username": "other", **members})
    assert refused.status_code == 422, refused.text
    assert [one["path"] for one in refused.json()["errors"]] == [path]


async def test_null_takes_roles_away_but_no_name(api: ApiTenant) -> None:
    """RFC 7396"""
    admin, path = await api.admin(), f"/users/{api.people['jane']}"
    assert (await admin.patch(path, {"roles": ["developer"]})).json()["roles"] == ["developer"]
    assert (await admin.patch(path, {"roles": None})).json()["roles"] == []
    refused = await admin.patch(path, {"username": None})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "username")


async def test_another_ones_address_is_a_conflict(api: ApiTenant) -> None:
    taken = await (await api.admin()).post("/users", {"username": "JANE@example.com"})
    assert (taken.status_code, taken.json()["errors"][0]["path"]) == (409, "username")


@pytest.mark.parametrize(
    "user_id", ["x", "6F0F9F6E-5F0B-4B1E-9A53-3F6F6C6F2F11", "{6f0f9f6e}", "0" * 32]
)
async def test_an_id_of_nobody_is_not_found(api: ApiTenant, user_id: str) -> None:
    answer = await (await api.admin()).get(f"/users/{user_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_new_password_ends_what_the_old_one_began(api_tenant: ApiTenant) -> None:
    """THREATS 16"""
    admin, jane = await api_tenant.admin(), await api_tenant.signed_in("jane")
    path = f"/users/{api_tenant.people['jane']}"
    assert (await jane.get("/me")).status_code == 200
    changed = await admin.send("PUT", f"{path}/password", {"password": "another horse battery"})
    assert changed.status_code == 204, changed.text
    assert (await jane.get("/me")).status_code == 401


async def test_logins_are_listed_and_ended(api_tenant: ApiTenant) -> None:
    admin, jane = await api_tenant.admin(), await api_tenant.signed_in("jane")
    mine = (await jane.get("/me/sessions")).json()["items"]
    assert [one["is_current"] for one in mine] == [True]
    path = f"/users/{api_tenant.people['jane']}/sessions"
    assert len((await admin.get(path)).json()["items"]) == 1
    assert (await admin.send("DELETE", path)).json() == {"ended": 1}
    assert (await jane.get("/me")).status_code == 401
    other = await api_tenant.signed_in("dan")
    assert (await other.delete(f"/me/sessions/{mine[0]['key']}")).status_code == 404


async def test_a_person_takes_an_app_back_and_an_administrator_does_for_them(
    api_tenant: ApiTenant,
) -> None:
    world = api_tenant.world
    jane, admin = await api_tenant.signed_in("jane"), await api_tenant.admin()
    tokens = await world.redeem(await world.authorize(jane.client))
    listed = (await jane.get("/me/consents")).json()["items"]
    assert [(one["client_id"], one["authorizations"]) for one in listed] == [("printer", 1)]
    assert listed[0]["history"][0]["decision"] == "approve"
    assert (await jane.delete("/me/consents/printer/scopes/photos.read")).status_code == 204
    seen = await world.introspect(tokens.access_token)
    assert seen["active"] and "photos.read" not in seen["scope"]
    path = f"/users/{api_tenant.people['jane']}/consents"
    assert "photos.read" not in (await admin.get(path)).json()["items"][0]["scope"]
    assert (await admin.send("DELETE", f"{path}/printer/scopes/nonsense")).status_code == 404
    assert (await admin.send("DELETE", f"{path}/printer")).status_code == 204
    assert not await world.is_active(tokens.access_token)
    assert (
        await admin.get("/users/6f0f9f6e-5f0b-4b1e-9a53-3f6f6c6f2f11/consents")
    ).status_code == 404


async def test_what_somebody_did_is_told_them(api_tenant: ApiTenant) -> None:
    admin = await api_tenant.admin()
    await admin.post("/scopes", {"name": "albums.read"})
    told = (await admin.get("/me/activity?limit=1")).json()
    assert told["items"][0]["action"] == "scope.create"
    later = (await admin.get(f"/me/activity?after={told['next']}")).json()["items"]
    assert later[0]["seq"] < told["items"][0]["seq"]


async def test_a_person_sets_what_is_theirs_to_set(api_tenant: ApiTenant) -> None:
    jane = await api_tenant.signed_in("jane")
    seen = await jane.get("/me/profile")
    assert seen.json() == {"claims": {"name": "Jane Doe"}}
    change = {"claims": {"nickname": "J"}}
    assert (await jane.send("PUT", "/me/profile", change)).status_code == 428
    done = await jane.send("PUT", "/me/profile", change, If_Match=seen.headers["etag"])
    assert done.json() == change, done.text
    theirs = {"claims": {"email_verified": True}}
    refused = await jane.send("PUT", "/me/profile", theirs, If_Match="*")
    assert refused.json()["errors"][0]["path"] == "claims.email_verified"
    told = (await jane.get("/me/data")).json()
    assert told["profile"]["claims"]["nickname"] == "J"
    assert "password_hash" not in str(told) and "$argon2" not in str(told)


async def test_a_password_is_changed_and_an_account_ended_by_who_knows_the_password(
    api_tenant: ApiTenant,
) -> None:
    jane, new = await api_tenant.signed_in("jane"), "another horse battery"
    wrong = {"current_password": "wrong", "password": new}
    refused = await jane.send("PUT", "/me/password", wrong)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    right = {"current_password": PASSWORD, "password": new}
    assert (await jane.send("PUT", "/me/password", right)).status_code == 204
    assert (await jane.get("/me")).status_code == 401
    dan = await api_tenant.signed_in("dan")
    assert (await dan.post("/me/deletion", {"password": "wrong"})).status_code == 403
    assert (await dan.post("/me/deletion", {"password": PASSWORD})).status_code == 204
    assert (await dan.get("/me")).status_code == 401
    admin = await api_tenant.admin()
    assert (await admin.get("/users?q=dan")).json()["items"] == []


async def test_guesses_at_a_password_are_counted(api_tenant: ApiTenant) -> None:
    """THREATS 49"""
    jane = await api_tenant.signed_in("jane")
    statuses = [
        (await jane.post("/me/deletion", {"password": "wrong"})).status_code for _ in range(11)
    ]
    assert statuses == [403] * 10 + [429]


async def test_an_owner_chooses_who_else_manages_an_app(api_tenant: ApiTenant) -> None:
    dan, admin = await api_tenant.signed_in("dan"), await api_tenant.admin()
    path = "/clients/gallery/members"
    owners = (await dan.get(path)).json()["items"]
    assert [(one["username"], one["role"]) for one in owners] == [("dan", "owner")]
    assert (await dan.send("PUT", path, {"user": "jane"})).status_code == 422
    assert (await dan.send("PUT", path, {"user": "ada"})).status_code == 204
    assert len((await admin.get(path)).json()["items"]) == 2
    gone = await dan.send("DELETE", f"{path}/{api_tenant.people['ada']}")
    assert gone.status_code == 204
    last = await dan.send("DELETE", f"{path}/{api_tenant.people['dan']}")
    assert last.status_code == 422


async def test_logins_elsewhere_are_ended(api_tenant: ApiTenant) -> None:
    dan, robot = await api_tenant.signed_in("dan"), await api_tenant.robot("consentry:users")
    elsewhere = await api_tenant.signed_in("dan", csrf=False)
    assert (await dan.send("DELETE", "/me/sessions")).json() == {"ended": 1}
    assert (await elsewhere.get("/me")).status_code == 401
    assert (await dan.get("/me")).status_code == 200
    assert (await robot.send("DELETE", "/me/sessions")).status_code == 403
