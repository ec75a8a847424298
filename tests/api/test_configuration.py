"""Scopes, APIs, keys, policy, domains; tenants for operators."""

from urllib.parse import quote

from consentry_workers.jobs import remove_tenants
from support.api_world import ApiTenant
from support.token_side import eventually
from support.world import PASSWORD

API = "https://api.photos.example/v1?x"


async def test_a_scope_is_declared_changed_and_taken_back(api: ApiTenant) -> None:
    admin = await api.admin()
    made = await admin.post("/scopes", {"name": "a/b", "description": "See"})
    assert made.headers["location"] == "/api/v1/scopes/a%2Fb"
    assert (await admin.post("/scopes", {"name": "a/b"})).status_code == 409
    changed = await admin.patch("/scopes/a%2Fb", {"description": "See all"})
    assert changed.json() == {"name": "a/b", "description": "See all"}
    assert (await admin.delete("/scopes/a%2Fb")).status_code == 204
    assert (await admin.get("/scopes/a%2Fb")).status_code == 404
    reserved = await admin.post("/scopes", {"name": "consentry:mine"})
    assert (reserved.status_code, reserved.json()["errors"][0]["path"]) == (422, "name")


async def test_an_api_is_declared_changed_and_taken_back(api: ApiTenant) -> None:
    """RFC 8707"""
    admin = await api.admin()
    made = await admin.post("/apis", {"identifier": API, "scopes": ["photos.read"]})
    assert made.status_code == 201, made.text
    path = f"/apis/{quote(API, safe='')}"
    changed = await admin.patch(path, {"access_token_format": "jwt", "access_token_lifetime": 90})
    assert changed.json() == {
        "identifier": API, "name": "", "scopes": ["photos.read"], "resource_servers": [],
        "access_token_format": "jwt", "access_token_lifetime": 90,
    }  # fmt: skip
    again = await admin.patch(path, {"access_token_lifetime": None, "scopes": None})
    assert "access_token_lifetime" not in again.json() and again.json()["scopes"] == []
    assert (await admin.delete(path)).status_code == 204
    issuer = "http://photos.localhost:8000"
    assert (await admin.post("/apis", {"identifier": issuer})).status_code == 422
    assert (await admin.post("/apis", {"identifier": "x"})).status_code == 422


async def test_a_key_is_rotated_with_overlap(api: ApiTenant) -> None:
    """THREATS 53"""
    admin = await api.admin()
    await api.nobody().client.get("/oauth2/jwks")
    made = await admin.post("/keys", {"alg": "ES256", "ahead": 3_600})
    assert (made.status_code, made.json()["state"]) == (201, "pending"), made.text
    listed = (await admin.get("/keys")).json()["items"]
    assert {one["state"] for one in listed if one["alg"] == "ES256"} == {"pending", "active"}

    async def is_published() -> bool:
        published = await api.nobody().client.get("/oauth2/jwks")
        return made.json()["kid"] in published.text

    await eventually(is_published)
    assert (await admin.get(f"/keys/{made.json()['kid']}")).json() == made.json()
    assert (await admin.get("/keys/none")).status_code == 404
    assert "d" not in made.json()["public_jwk"]


async def test_a_key_is_revoked_and_another_signs_at_once(api: ApiTenant) -> None:
    """THREATS 53"""
    admin = await api.admin()
    await api.nobody().client.get("/oauth2/jwks")
    made = await admin.post("/keys", {"alg": "ES256"})
    old = made.json()["kid"]
    assert (await admin.delete(f"/keys/{old}")).status_code == 204
    assert (await admin.get(f"/keys/{old}")).json()["state"] == "revoked"
    items = (await admin.get("/keys")).json()["items"]
    states = [one["state"] for one in items if one["alg"] == "ES256"]
    assert states[:2] == ["active", "revoked"] and states.count("active") == 1

    async def is_gone() -> bool:
        return old not in (await api.nobody().client.get("/oauth2/jwks")).text

    await eventually(is_gone)
    assert (await admin.delete("/keys/none")).status_code == 404


async def test_a_policy_is_tried_then_changed(api_tenant: ApiTenant) -> None:
    """PAGES: a dry run names the clients that would be refused."""
    world, admin = api_tenant.world, await api_tenant.admin()
    await world.settings(require_pkce=False)
    await world.add_client("old", protocols=["oauth1", "oauth2"])
    code = await world.authorize(world.new_browser(), client_id="old")
    bought = await world.redeem(code, client_id="old")
    assert bought.status == 200
    asked = await world.ask(world.new_browser(), client_id="printer")
    code = (await world.follow(asked, world.browser)).headers.get("location", "")
    change = {
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "oauth1_signature_methods": ["HMAC-SHA256"],
        "require_pkce": True,
    }
    tried = (await admin.post("/policy/dry-run", change)).json()
    assert {one["key"] for one in tried["changed"]} == set(change)
    said = {one["client_id"]: " ".join(one["reasons"]) for one in tried["affected"]}
    assert "refresh_token" in said["printer"]
    assert "HMAC-SHA1" in said["old"] and "oauth1_signature_methods" not in said["printer"]
    assert (await admin.get("/policy")).json()["require_pkce"] is False
    changed = await admin.patch("/policy", change)
    assert changed.status_code == 200, changed.text
    assert changed.json()["require_pkce"] is True
    api_tenant.world.forget()
    refused = await world.refresh(bought.refresh_token, client_id="old")
    assert refused.error == "unsupported_grant_type"


async def test_a_policy_that_cannot_be_is_refused_by_name(api: ApiTenant) -> None:
    admin = await api.admin()
    for members, path in (
        ({"access_token_lifetime": 1}, "access_token_lifetime"),
        ({"issuer_host": "elsewhere.example"}, "issuer_host"),
        ({"nonsense": 1}, "nonsense"),
        ({"require_par": True}, "require_par"),
    ):
        refused = await admin.patch("/policy", members)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["path"] == path


async def test_an_operator_makes_suspends_and_removes_a_tenant(api_tenant: ApiTenant) -> None:
    await life_of_a_tenant(api_tenant)


async def test_so_does_an_operator_on_postgresql(pg_api: ApiTenant) -> None:
    await life_of_a_tenant(pg_api)


async def life_of_a_tenant(api_tenant: ApiTenant) -> None:
    operator = await api_tenant.operator()
    made = await operator.post("/tenants", {"slug": "music", "name": "Music"})
    assert made.status_code == 201, made.text
    assert made.json()["issuer"] == "http://music.localhost:8000"
    assert (await operator.post("/tenants", {"slug": "music"})).status_code == 409
    assert (await operator.post("/tenants", {"slug": "admin"})).status_code == 422
    settings = {"issuer_host": "login.sounds.example"}
    refused = await operator.post("/tenants", {"slug": "sounds", "settings": settings})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "issuer_host")
    found = (await operator.get("/tenants?q=mus")).json()["items"]
    assert [(one["slug"], one["counts"]["users"]) for one in found] == [("music", 0)]
    assert (await operator.get("/tenants/photos/counts")).json()["users"] == 3
    renamed = await operator.patch("/tenants/music", {"name": "Sounds", "disabled": True})
    assert renamed.status_code == 200, renamed.text
    assert (renamed.json()["name"], "disabled_at" in renamed.json()) == ("Sounds", True)
    music = api_tenant.world.new_browser("music")
    assert (await music.get("/.well-known/openid-configuration")).status_code == 403
    assert (await operator.send("DELETE", "/tenants/music")).status_code == 428
    assert (await operator.delete("/tenants/music")).status_code == 204
    assert "delete_at" in (await operator.get("/tenants/music")).json()
    enabled = await operator.patch("/tenants/music", {"disabled": False})
    assert (enabled.status_code, enabled.json()["errors"][0]["path"]) == (409, "disabled")
    restored = await operator.post("/tenants/music/restore")
    assert (restored.status_code, "delete_at" in restored.json()) == (200, False), restored.text
    assert "disabled_at" in restored.json()
    assert (await operator.delete("/tenants/music")).status_code == 204
    api_tenant.world.clock.forward(7 * 86_400)
    await remove_tenants(api_tenant.world.deployment)
    operator = await api_tenant.operator()
    assert (await operator.get("/tenants/music")).status_code == 404
    told = [one["action"] for one in (await operator.get("/audit")).json()["items"]]
    assert told[1:5] == ["tenant.delete", "tenant.dismiss", "tenant.restore", "tenant.dismiss"]


async def test_the_last_operator_does_not_remove_themselves(api_tenant: ApiTenant) -> None:
    operator = await api_tenant.operator()
    refused = await operator.post("/me/deletion", {"password": PASSWORD})
    assert refused.status_code == 422 and "olga is the last" in refused.json()["detail"]
    assert (await operator.get("/tenants")).status_code == 200
    jane = await api_tenant.signed_in("jane")
    assert (await jane.post("/me/deletion", {"password": PASSWORD})).status_code == 204


async def test_an_operator_gives_and_takes_a_host(api_tenant: ApiTenant) -> None:
    """THREATS 35: a host is the operator's to give."""
    operator, admin = await api_tenant.operator(), await api_tenant.admin()
    new = {"host": "id.photos.example"}
    made = await operator.post("/tenants/photos/domains", new, Idempotency_Key="d1")
    assert made.status_code == 201, made.text
    again = await operator.post("/tenants/photos/domains", new, Idempotency_Key="d1")
    assert again.json() == made.json()
    assert [one["host"] for one in (await admin.get("/domains")).json()["items"]] == [new["host"]]
    assert (await admin.post("/domains", new)).status_code == 405
    await operator.post("/tenants", {"slug": "music"})
    assert (await operator.post("/tenants/music/domains", new)).status_code == 409
    gone = await operator.delete("/tenants/photos/domains/id.photos.example")
    assert gone.status_code == 204
    assert (await operator.get("/tenants/photos/domains")).json()["items"] == []


async def test_another_method_and_another_address_are_told_as_problems(api: ApiTenant) -> None:
    """RFC 9110 §15.5.6, RFC 9457"""
    admin = await api.admin()
    wrong = await admin.send("PUT", "/clients/printer")
    assert wrong.status_code == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "PATCH", "DELETE", "HEAD"}
    for path in (
        "/nonsense",
        "/clients/printer/nonsense",
        "/clients/",
        "/clients//secrets",
        "/x/%ff",
    ):
        missing = await admin.get(path)
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found"), path
        assert missing.headers["content-type"] == "application/problem+json"
    head = await admin.send("HEAD", "/clients/printer")
    assert head.status_code == 200


async def test_changes_are_followed_by_other_processes(pg_api: ApiTenant) -> None:
    admin = await pg_api.admin()
    await admin.patch("/clients/printer", {"client_name": "Seen elsewhere"})

    async def seen() -> bool:
        return "Seen elsewhere" in (await admin.get("/clients/printer")).text

    await eventually(seen)


async def test_an_administrator_claims_a_host(api_tenant: ApiTenant) -> None:
    """THREATS 35: a host is proven."""
    admin, host = await api_tenant.admin(), "id.photos.example"
    made = await admin.post("/domain-claims", {"host": host})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/domain-claims/{host}"
    assert made.json()["txt_record"] == f"_consentry-challenge.{host}"
    assert (await admin.get(f"/domain-claims/{host}")).json() == made.json()

    async def found(_: str) -> list[str]:
        return [made.json()["token"]]

    object.__setattr__(api_tenant.world.deployment, "txt_records", found)
    proven = await admin.post(f"/domain-claims/{host}/check")
    assert (proven.status_code, proven.json()["host"]) == (200, host), proven.text
    assert (await admin.get("/domain-claims")).json()["items"] == []
    assert (await admin.post("/domain-claims", {"host": host})).status_code == 409
    assert (await admin.delete(f"/domains/{host}")).status_code == 204
    assert (await admin.post("/domain-claims", {"host": "x.localhost"})).status_code == 422
    await admin.post("/domain-claims", {"host": host})
    assert (await admin.delete(f"/domain-claims/{host}")).status_code == 204
    assert (await (await api_tenant.signed_in("jane")).get("/domain-claims")).status_code == 403
