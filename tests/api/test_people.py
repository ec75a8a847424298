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
