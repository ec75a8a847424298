"""Who comes in, and that every form is its own page's."""

import re

import pytest

from consentry_admin.tenant import PAGES
from support.world import World
from tenant_admin.office import DELIVERY, WEBHOOK, Office

SAMPLES = {
    "{client_id}": "viewer",
    "{name}": "photos.read",
    "{host}": "id.photos.example",
    "{identifier}": "https%3A%2F%2Fapi.photos.example%2F",
    "{webhook_id}": str(WEBHOOK),
    "{delivery_id}": str(DELIVERY),
}
FORMS = [path for path, methods in PAGES.items() if "POST" in methods]


async def sample(world: World, path: str) -> str:
    """The address with something that is there."""
    for name, value in SAMPLES.items():
        path = path.replace(name, value)
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    if "{id}" in path:
        rows = await world.store().authorizations.of_user(jane.user_id, world.clock())
        path = path.replace("{id}", str(rows[0].id))
    if path == "/admin/authorizations/revoke":
        path += "?user=jane"
    if path == "/admin/keys/revoke":
        path += f"?kid={(await world.store().keys.signing_keys())[0].kid}"
    return path.replace("{user_id}", str(jane.user_id))


@pytest.mark.parametrize("path", PAGES)
async def test_an_administrator_sees_every_page(still_office: Office, path: str) -> None:
    answer = await still_office.get(await sample(still_office.world, path))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("username", ["dev", "jane"])
async def test_developers_and_users_are_kept_out_of_every_page(
    still_office: Office, username: str
) -> None:
    office = await Office(still_office.world).sign_in(username)
    for path, methods in PAGES.items():
        address = await sample(office.world, path)
        assert (await office.get(address)).status_code == 403, path
        if "POST" in methods:
            assert (await office.browser.post(address)).status_code == 403, path


async def test_a_stranger_is_asked_to_sign_in(still_office: Office) -> None:
    office = Office(still_office.world)
    for path in PAGES:
        answer = await office.get(await sample(office.world, path))
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path


async def test_an_administrator_of_another_tenant_is_nobody_here(office: Office) -> None:
    """THREATS 39"""
    await office.world.add_tenant("letters")
    await office.world.add_user("eve", slug="letters", roles="admin")
    eve = Office(office.world, "letters")
    await eve.sign_in("eve")
    assert (await eve.get("/admin")).status_code == 200
    jane = await office.world.store().users.by_identifier("jane")
    assert jane is not None
    assert (await eve.get(f"/admin/users/{jane.user_id}")).status_code == 404
    for cookie in eve.browser.cookies.jar:
        there = Office(office.world)
        there.browser.cookies.set(cookie.name, cookie.value or "")
        assert (await there.get("/admin")).headers["location"] == "/login"


async def test_a_role_that_is_taken_away_counts_from_the_next_request(office: Office) -> None:
    dev = await office.world.add_user("second", roles="admin")
    second = await Office(office.world).sign_in("second")
    assert (await second.get("/admin/users")).status_code == 200
    path = f"/admin/users/{dev.user_id}/edit"
    fields = {"username": "second", "email": "second@example.com", "claims": "{}"}
    assert (await office.send(path, **fields)).status_code == 303
    assert (await second.get("/admin/users")).status_code == 403


@pytest.mark.parametrize("path", FORMS)
async def test_no_form_counts_without_its_own_token(still_office: Office, path: str) -> None:
    """THREATS 40"""
    address = await sample(still_office.world, path)
    other = "/admin/brand" if path != "/admin/brand" else "/admin/policy"
    page = await still_office.get(other)
    foreign = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[-1]
    for token in ("", "AAAA", foreign):
        answer = await still_office.browser.post(address, data={"csrf_token": token})
        assert answer.status_code == 403, path
        assert "form has expired" in answer.text


async def test_every_link_of_the_rail_leads_to_a_page(still_office: Office) -> None:
    page = await still_office.get("/admin")
    links = re.findall(r'class="rail__link" href="([^"]+)"', page.text)
    assert len(links) == 16
    for link in links:
        assert (await still_office.get(link)).status_code == 200, link


@pytest.mark.parametrize(
    "path",
    [
        "/admin/users/nobody", "/admin/users/%00", "/admin/scopes/none", "/admin/apis/none",
        "/admin/users/00000000-0000-0000-0000-000000000000/edit",
        "/admin/authorizations/none/revoke", "/admin/authorizations/revoke",
        "/admin/authorizations/revoke?user=nobody",
        "/admin/authorizations/00000000-0000-0000-0000-000000000000/revoke",
        "/admin/audit/export?form=exe", "/admin/keys/revoke?kid=none",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_404(still_office: Office, path: str) -> None:
    assert (await still_office.get(path)).status_code == 404


TEXTS = ("\0", "\0abc", "x" * 2_000, "😀", "%", "'")
NAMES = ("q", "after", "user", "client", "who", "action", "kind", "id", "since", "until", "before",
         "sort", "page")  # fmt: skip


async def test_any_search_has_an_answer(each_office: Office) -> None:
    for path in ("/admin/users", "/admin/clients", "/admin/authorizations", "/admin/audit",
                 "/admin/scopes", "/admin/apis"):  # fmt: skip
        for text in TEXTS:
            answer = await each_office.get(path, **dict.fromkeys(NAMES, text))
            assert answer.status_code == 200, (path, text)
