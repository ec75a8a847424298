"""`/api/v1/clients`: registered, found, changed, removed; their secrets."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from docs.pages import ROOT
from support.api_world import ApiTenant
from support.world import CALLBACK

OWN = {"grant_type": "client_credentials"}
NEW = {"client_name": "Album", "redirect_uris": [CALLBACK]}


async def test_a_client_is_registered_and_its_secret_shown_once(api: ApiTenant) -> None:
    admin = await api.admin()
    made = await admin.post("/clients", NEW)
    assert made.status_code == 201, made.text
    client_id, secret = made.json()["client_id"], made.json()["client_secret"]
    assert made.headers["location"] == f"/api/v1/clients/{client_id}"
    seen = await admin.get(f"/clients/{client_id}")
    assert seen.status_code == 200 and secret not in seen.text
    assert seen.json()["client_name"] == "Album"
    assert seen.json()["grant_types"] == ["authorization_code"]


async def test_a_rule_that_is_broken_is_named_with_its_place(api: ApiTenant) -> None:
    """RFC 9457 §3"""
    refused = await (await api.admin()).post("/clients", {"redirect_uris": ["javascript:alert(1)"]})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert [one["path"] for one in refused.json()["errors"]] == ["redirect_uris"]
    fragment = {"redirect_uris": ["https://a.example/#x"]}
    told = (await (await api.admin()).post("/clients", fragment)).json()
    page = (ROOT / "docs/api.md").read_text()
    shown = json.loads(page.split("```json\n")[1].split("```")[0])
    assert told | {"instance": shown["instance"]} == shown
    shape = await (await api.admin()).post("/clients", {"skip_consent": "yes", "disabled": 3})
    assert {one["path"] for one in shape.json()["errors"]} == {"skip_consent", "disabled"}


async def test_a_name_that_is_taken_is_a_conflict(api: ApiTenant) -> None:
    taken = await (await api.admin()).post("/clients", {**NEW, "client_id": "printer"})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")


async def test_a_language_tagged_name_is_kept(api: ApiTenant) -> None:
    """RFC 7591 §2.2"""
    admin = await api.admin()
    made = await admin.post("/clients", {**NEW, "client_id": "ja", "client_name#ja": "アルバム"})
    assert made.json()["client_name#ja"] == "アルバム"
    assert (await admin.post("/clients", {**NEW, "nonsense": 1})).status_code == 422


@pytest.mark.parametrize("client_id", ["https://app.example/a?b=c#d", "a%2Fb", "x/secrets"])
async def test_an_id_may_hold_what_parts_addresses(api: ApiTenant, client_id: str) -> None:
    admin = await api.admin()
    made = await admin.post("/clients", {**NEW, "client_id": client_id})
    assert made.status_code == 201, made.text
    path = f"/clients/{quote(client_id, safe='')}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert (await admin.get(path)).json()["client_id"] == client_id
    assert (await admin.get(f"{path}/secrets")).status_code == 200
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404


async def test_a_patch_changes_what_it_names_and_null_is_the_default(api: ApiTenant) -> None:
    """RFC 7396 §1"""
    admin = await api.admin()
    given = {**NEW, "client_id": "patched", "client_uri": "https://album.example/"}
    await admin.post("/clients", given)
    changed = await admin.patch("/clients/patched", {"client_name": None, "disabled": True})
    assert changed.status_code == 200, changed.text
    seen = changed.json()
    assert "client_name" not in seen and seen["client_uri"] == "https://album.example/"
    assert seen["disabled_at"]
    assert (await admin.get("/clients/patched")).headers["etag"] == changed.headers["etag"]
    again = await admin.patch("/clients/patched", {"disabled": False})
    assert "disabled_at" not in again.json()


async def test_a_client_is_found_by_how_its_id_or_name_begins(api: ApiTenant) -> None:
    admin = await api.admin()
    await admin.post("/clients", {**NEW, "client_id": "zeta-1", "client_name": "Über Uns"})
    for q in ("zeta", "ÜBER", "über u"):
        found = (await admin.get(f"/clients?q={quote(q)}")).json()["items"]
        assert [one["client_id"] for one in found] == ["zeta-1"], q
    assert (await admin.get("/clients?q=uns")).json()["items"] == []
    assert (await admin.get("/clients?q=%25")).json()["items"] == []


async def test_pages_go_on_where_the_one_before_ended(api: ApiTenant) -> None:
    admin = await api.admin()
    for number in range(5):
        await admin.post("/clients", {**NEW, "client_id": f"page-{number}"})
    seen, after = [], ""
    for _ in range(3):
        page = (await admin.get(f"/clients?q=page-&limit=2{after}")).json()
        seen += [one["client_id"] for one in page["items"]]
        after = f"&after={page.get('next')}"
    assert seen == [f"page-{number}" for number in range(5)]
    assert "next" not in page


@pytest.mark.parametrize("after", ["x", "W10", "WzFd", "WyJhIiwiYiJd", "Wy"])
async def test_a_cursor_of_another_kind_is_refused(api: ApiTenant, after: str) -> None:
    refused = await (await api.admin()).get(f"/clients?after={after}")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "after")


async def test_a_second_secret_works_beside_the_first_until_the_rotation_is_finished(
    api: ApiTenant,
) -> None:
    """PAGES: the old secret works while the new one is rolled out."""
    admin = await api.admin()
    grants = {"grant_types": ["client_credentials"], "response_types": []}
    made = await admin.post("/clients", {"client_id": "rotor", **grants})
    first = made.json()["client_secret"]
    added = await admin.post("/clients/rotor/secrets", {"label": "spring"})
    second = added.json()["client_secret"]
    for secret in (first, second):
        assert (await api.world.token(OWN, client_id="rotor", secret=secret)).status == 200
    listed = await admin.get("/clients/rotor/secrets")
    assert [one["label"] for one in listed.json()["items"]] == ["spring", ""]
    assert first not in listed.text and second not in listed.text
    done = await admin.post("/clients/rotor/secrets/finish-rotation")
    assert done.json() == {"ended": 1}
    assert (await api.world.token(OWN, client_id="rotor", secret=first)).error == "invalid_client"
    assert (await api.world.token(OWN, client_id="rotor", secret=second)).status == 200


async def test_one_secret_is_revoked_and_one_ends_by_itself(api_tenant: ApiTenant) -> None:
    world, admin = api_tenant.world, await api_tenant.admin()
    await admin.post(
        "/clients",
        {"client_id": "rotor", "grant_types": ["client_credentials"], "response_types": []},
    )
    soon = (world.clock() + timedelta(hours=1)).isoformat()
    brief = await admin.post("/clients/rotor/secrets", {"expires_at": soon})
    other = await admin.post("/clients/rotor/secrets", {"label": "other"})
    assert (
        await admin.delete(other.headers["location"].removeprefix("/api/v1"))
    ).status_code == 204
    tokens = await world.token(OWN, client_id="rotor", secret=other.json()["client_secret"])
    assert tokens.error == "invalid_client"
    secret = brief.json()["client_secret"]
    assert (await world.token(OWN, client_id="rotor", secret=secret)).status == 200
    world.clock.forward(3_601)
    assert (await world.token(OWN, client_id="rotor", secret=secret)).error == "invalid_client"
    past = await (await api_tenant.admin()).post("/clients/rotor/secrets", {"expires_at": soon})
    assert past.json()["errors"] == [{"path": "expires_at", "message": "must be in the future"}]


@pytest.mark.parametrize("moment", ["2030-01-01T00:00:00", "9999-12-31T23:59:59-14:00"])
async def test_a_secret_ends_at_a_moment_that_there_is(api: ApiTenant, moment: str) -> None:
    made = await (await api.admin()).post("/clients/gallery/secrets", {"expires_at": moment})
    assert (made.status_code, made.json()["errors"][0]["path"]) == (422, "expires_at")


async def test_a_client_without_secrets_is_given_none(api: ApiTenant) -> None:
    admin = await api.admin()
    await admin.post("/clients", {**NEW, "client_id": "open", "token_endpoint_auth_method": "none"})
    assert (await admin.post("/clients/open/secrets", {})).status_code == 422
    assert (await admin.post("/clients/open/secrets/finish-rotation")).status_code == 404
