"""Tenants in the console: found, made, suspended, exported and removed."""

import html
import re

import pytest
import yaml

from consentry.operations import tenants
from consentry.records.audit import AuditRow
from consentry.tenancy.actor import OPERATORS
from consentry_workers.jobs import remove_tenants
from operator_console.desk import Desk, opened_desk
from support.world import World

NEW = {"slug": "acme", "name": "Acme", "username": "ann", "email": "ann@example.com"}
_SECRET = re.compile(r'<code id="password">([^<]+)</code>')
_ROW = re.compile(r'href="/admin/tenants/([a-z0-9-]+)"')
_NEXT = re.compile(r'href="([^"]*after=[^"]*)"')


async def actions(world: World, tenant: str | None = None) -> list[AuditRow]:
    """The newest events of a trail first; of the operators' own without a slug."""
    store, tenant_id = world.deployment.store, OPERATORS
    if tenant is not None:
        tenant_id = (await tenants.get_tenant(store, tenant)).tenant_id
    return await store.inside(tenant_id).audit.page()


# The list


async def test_the_console_begins_with_the_tenants(still_desk: Desk) -> None:
    assert (await still_desk.get("/admin")).headers["location"] == "/admin/tenants"
    page = await still_desk.get("/admin/tenants")
    assert _ROW.findall(page.text) == ["photos"]
    assert "Active" in page.text


async def test_a_list_is_walked_page_by_page(desk: Desk) -> None:
    slugs = sorted(["photos", *(f"t{n:02}" for n in range(44))])
    for slug in slugs[1:]:
        await tenants.create_tenant(desk.world.deployment, slug)
    seen, address = [], "/admin/tenants"
    while address:
        page = await desk.get(address)
        seen += _ROW.findall(page.text)
        found = _NEXT.search(page.text)
        address = html.unescape(found[1]) if found else ""
    assert seen == slugs


async def test_a_search_is_for_how_slugs_and_names_begin(still_desk: Desk) -> None:
    for q, found in (("ph", ["photos"]), ("PHO", ["photos"]), ("hotos", []), ("photosx", [])):
        page = await still_desk.get("/admin/tenants", q=q)
        assert _ROW.findall(page.text) == found, q
        assert ("No tenant begins so" in page.text) is not bool(found)


async def test_a_search_finds_names_too(desk: Desk) -> None:
    await tenants.create_tenant(desk.world.deployment, "t1", "Ärzte und Apotheken")
    assert _ROW.findall((await desk.get("/admin/tenants", q="ärz")).text) == ["t1"]


# Making one


async def test_a_tenant_is_made_with_its_first_administrator(each_desk: Desk) -> None:
    world = each_desk.world
    answer = await each_desk.send("/admin/new-tenant", **NEW)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    password = _SECRET.findall(answer.text)[0]
    browser = world.new_browser("acme")
    assert (await world.sign_in(browser, "ann", password)).headers["location"] == "/account"
    tenant = await world.deployment.store.tenants.by_slug("acme")
    assert tenant is not None and tenant.name == "Acme"
    made = await world.deployment.store.inside(tenant.tenant_id).users.by_identifier("ann")
    assert made is not None and made.roles == "admin"


async def test_who_made_it_is_on_record_and_the_password_is_not(desk: Desk) -> None:
    answer = await desk.send("/admin/new-tenant", **NEW)
    password = _SECRET.findall(answer.text)[0]
    own, inside = (await actions(desk.world))[0], await actions(desk.world, "acme")
    assert (own.action, own.target_id, own.actor_kind) == ("tenant.create", "acme", "operator")
    assert (own.actor_name, own.address) == ("operator", "203.0.113.9")
    assert {row.action for row in inside} == {"tenant.create", "user.create"}
    assert all(row.actor_kind == "operator" for row in inside)
    assert all(password not in str(row.model_dump()) for row in [own, *inside])


WRONG = {
    "a reserved slug": ({"slug": "admin"}, "admin is reserved"),
    "no slug": ({"slug": ""}, "must be 1 to 63 of a-z"),
    "a slug that is none": ({"slug": "Not a slug"}, "must be 1 to 63 of a-z"),
    "a slug that is taken": ({"slug": "photos"}, "there is a tenant photos already"),
    "a name too long": ({"name": "x" * 201}, "must be 1 to 200 characters"),
    "no username": ({"username": ""}, "must be printable"),
    "an e-mail that is none": ({"email": "ann"}, "@-sign"),
}


@pytest.mark.parametrize("wrong", list(WRONG))
async def test_what_cannot_be_is_said_at_its_field_and_nothing_is_made(
    still_desk: Desk, wrong: str
) -> None:
    changed, reason = WRONG[wrong]
    answer = await still_desk.send("/admin/new-tenant", **{**NEW, **changed})
    assert answer.status_code == 400
    alert = answer.text.split('role="alert"')[1].split("</p>")[0]
    assert reason in html.unescape(alert)
    assert (
        next(iter(changed)) in answer.text.split('aria-invalid="true"')[0].rpartition("<input")[2]
    )
    store = still_desk.world.deployment.store
    assert [one.slug for one in await store.tenants.page()] == ["photos"]


@pytest.mark.parametrize(
    ("slug", "words"),
    [("free", "free.localhost:8000 is free"), ("photos", "there is a tenant photos already"),
     ("API", "must be 1 to 63"), ("api", "api is reserved")],
)  # fmt: skip
async def test_a_slug_is_looked_at_while_it_is_typed(
    still_desk: Desk, slug: str, words: str
) -> None:
    page = await still_desk.get("/admin/new-tenant", slug=slug)
    said = page.text.split('id="slug-said"')[1].split("</div>")[0]
    assert page.status_code == 200 and words in said


async def test_one_more_administrator_is_added(desk: Desk) -> None:
    world, path = desk.world, "/admin/tenants/photos/administrator"
    answer = await desk.send(path, username="max", email="max@example.com")
    password = _SECRET.findall(answer.text)[0]
    browser = world.new_browser()
    assert (await world.sign_in(browser, "max", password)).headers["location"] == "/account"
    again = await desk.send(path, username="max", email="other@example.com")
    assert again.status_code == 400 and "max belongs to another user" in again.text


# Suspending, enabling, removing


async def test_a_suspended_tenant_answers_403_until_it_is_enabled(desk: Desk) -> None:
    world = desk.world
    asked = await desk.get("/admin/tenants/photos/suspend")
    assert "1 user" in asked.text and "photos.localhost:8000" in asked.text
    answer = await desk.send("/admin/tenants/photos/suspend")
    assert answer.headers["location"] == "/admin/tenants/photos?done=suspended"
    world.forget()
    assert (await world.new_browser().get("/login")).status_code == 403
    assert "Suspended since" in (await desk.get("/admin/tenants/photos")).text
    await desk.send("/admin/tenants/photos/enable")
    world.forget()
    assert (await world.new_browser().get("/login")).status_code == 200
    assert [row.action for row in await actions(world)][:2] == ["tenant.enable", "tenant.disable"]


async def test_deleting_names_what_ends_and_wants_the_slug(desk: Desk) -> None:
    world, path = desk.world, "/admin/tenants/photos/delete"
    await world.redeem(await world.authorize())
    asked = await desk.get(path)
    assert "1 user and 1 client" in asked.text and "1 live authorization" in asked.text
    for typed in ("", "Photos", "letters"):
        answer = await desk.send(path, slug=typed)
        assert answer.status_code == 400 and "Type photos to delete" in answer.text
    assert (await world.new_browser().get("/login")).status_code == 200
    answer = await desk.send(path, slug="photos")
    assert answer.headers["location"] == "/admin/tenants?done=dismissed"
    world.forget()
    assert (await world.new_browser().get("/login")).status_code == 403
    for page in ("/admin/tenants", "/admin/tenants/photos"):
        assert "Leaves on" in (await desk.get(page)).text
    world.clock.forward(7 * 86_400)
    await remove_tenants(world.deployment)
    await desk.sign_in()
    assert (await desk.get("/admin/tenants/photos")).status_code == 404
    assert "No tenants yet" in (await desk.get("/admin/tenants")).text
    assert "tenant.delete" in [row.action for row in await actions(world)]


async def test_a_tenant_that_leaves_is_restored_while_there_is_time(desk: Desk) -> None:
    world, path = desk.world, "/admin/tenants/photos"
    await desk.send(f"{path}/delete", slug="photos")
    enabled = await desk.send(f"{path}/enable")
    assert enabled.status_code == 409 and "restore it instead" in enabled.text
    answer = await desk.send(f"{path}/restore")
    assert answer.headers["location"] == f"{path}?done=restored"
    world.forget()
    assert (await world.new_browser().get("/login")).status_code == 200
    assert "Leaves on" not in (await desk.get(path)).text


async def test_without_a_grace_period_there_is_no_way_back(sqlite_database: str) -> None:
    async with opened_desk(sqlite_database, tenant_grace=0) as desk:
        assert "there is no grace period" in (await desk.get("/admin/tenants/photos/delete")).text
        await desk.send("/admin/tenants/photos/delete", slug="photos")
        late = await desk.send("/admin/tenants/photos/restore")
        assert late.status_code == 409 and "photos is being removed" in late.text
        await remove_tenants(desk.world.deployment)
        assert (await desk.get("/admin/tenants/photos")).status_code == 404


async def test_a_tenant_is_exported_as_a_manifest_without_secrets(still_desk: Desk) -> None:
    answer = await still_desk.get("/admin/tenants/photos/manifest")
    assert answer.headers["content-disposition"] == 'attachment; filename="photos.yaml"'
    made = yaml.safe_load(answer.text)["tenants"][0]
    assert made["slug"] == "photos"
    assert "password" not in answer.text and "client_secret:" not in answer.text


# Forms


FORMS = ["/admin/new-tenant", "/admin/tenants/photos/administrator",
         "/admin/tenants/photos/suspend", "/admin/tenants/photos/enable",
         "/admin/tenants/photos/delete", "/admin/tenants/photos/restore",
         "/admin/new-operator"]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_needs_the_token_of_its_own_page_and_person(
    still_desk: Desk, path: str
) -> None:
    """THREATS 40"""
    fields = {**NEW, "slug": "photos"}
    others = await still_desk.get("/account/password")
    foreign = others.text.split('name="csrf_token" value="')[-1].partition('"')[0]
    for token in ({}, {"csrf_token": "AAAA"}, {"csrf_token": foreign}):
        answer = await still_desk.browser.post(path, data={**fields, **token})
        assert answer.status_code == 403, token
    assert (await still_desk.get("/admin/tenants/photos")).status_code == 200


HOSTILE = "\"'></title><script>window.hit=1</script><img src=x onerror=window.hit=1>"


async def test_hostile_names_are_only_text(desk: Desk) -> None:
    """THREATS 42"""
    given = {**NEW, "name": HOSTILE, "username": HOSTILE}
    pages = [(await desk.send("/admin/new-tenant", **given)).text]
    pages.append((await desk.send("/admin/new-operator", username=HOSTILE)).text)
    paths = ["/admin/tenants", "/admin/operators", "/admin/audit", "/admin/audit?tenant=acme"]
    paths += [f"/admin/tenants/acme{end}" for end in ("", "/delete", "/suspend", "/administrator")]
    pages += [(await desk.get(path)).text for path in paths]
    pages.append((await desk.get("/admin/tenants", q=HOSTILE)).text)
    pages.append((await desk.get("/admin/new-tenant", slug=HOSTILE)).text)
    pages.append((await desk.get("/admin/audit", tenant=HOSTILE, action=HOSTILE)).text)
    assert all("<script>" not in text and "<img" not in text for text in pages)
    assert sum("&lt;script&gt;" in text for text in pages) >= len(pages) - 1
