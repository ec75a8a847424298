"""People: made, found, changed, locked out and removed."""

import html
import re

import pytest

from consentry.records.user import User
from support.world import PASSWORD
from tenant_admin.office import ADMIN, Office

_SECRET = re.compile(r'<code id="password">([^<]+)</code>')
_ROW = re.compile(r'href="/admin/users/([0-9a-f-]{36})"')


async def person(office: Office, username: str) -> User:
    """As stored."""
    found = await office.world.store().users.by_identifier(username)
    assert found is not None
    return found


async def path_of(office: Office, username: str) -> str:
    """The address of somebody's page."""
    return f"/admin/users/{(await person(office, username)).user_id}"


async def test_a_new_user_signs_in_with_the_password_shown_once(each_office: Office) -> None:
    fields = {"username": "nora", "email": "nora@example.com", "name": "Nora", "role:admin": "on"}
    answer = await each_office.send("/admin/new-user", **fields)
    assert answer.status_code == 303
    page = await each_office.get(answer.headers["location"])
    password = html.unescape(_SECRET.findall(page.text)[0])
    assert password not in (await each_office.get(answer.headers["location"])).text
    nora = Office(each_office.world)
    signed_in = await nora.world.sign_in(nora.browser, "nora", password)
    assert signed_in.status_code == 303
    assert (await nora.get("/admin")).status_code == 200
    assert (await person(each_office, "nora")).claims == {"name": "Nora"}


async def test_who_has_no_name_or_email_is_listed_and_shown(office: Office) -> None:
    nobody = await office.world.add_user("nameless")
    nobody.claims, nobody.email = {}, None
    await office.world.store().users.save(nobody)
    listed = await office.get("/admin/users", q="nameless")
    assert listed.status_code == 200 and "nameless" in listed.text
    assert (await office.get(f"/admin/users/{nobody.user_id}")).status_code == 200


async def test_the_password_of_one_is_not_shown_on_the_page_of_another(office: Office) -> None:
    await office.send("/admin/new-user", username="nora", email="", name="")
    page = await office.get(await path_of(office, "jane"))
    assert "shown this once" not in page.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "JANE"}, "JANE belongs to another user."),
        ({"username": " \u200b"}, "Must be printable, with no space at either end."),
        ({"username": "x", "email": "nowhere"}, "@-sign"),
        ({"username": ""}, "Must be printable"),
    ],
)
async def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    still_office: Office, fields: dict[str, str], said: str
) -> None:
    answer = await still_office.send("/admin/new-user", **{"email": "", "name": "Kept", **fields})
    assert answer.status_code == 400 and said in answer.text
    assert 'value="Kept"' in answer.text


async def test_people_are_found_by_how_they_begin(still_office: Office) -> None:
    jane = str((await person(still_office, "jane")).user_id)
    for q in ("jan", "JANE", "jane@"):
        page = await still_office.get("/admin/users", q=q)
        assert _ROW.findall(page.text) == [jane], q
    page = await still_office.get("/admin/users", q="ane")
    assert _ROW.findall(page.text) == [] and "Nobody" in html.unescape(page.text)


async def test_a_list_is_walked_page_by_page(office: Office) -> None:
    for number in range(60):
        await office.world.add_user(f"user{number:02}")
    seen, address = [], "/admin/users?q=user"
    while address:
        page = await office.get(address)
        seen += re.findall(r'bdi class="name">(user\d\d)<', page.text)
        found = re.search(r'href="([^"]*after=[^"]*)"', page.text)
        address = html.unescape(found[1]) if found else ""
    assert seen == [f"user{number:02}" for number in range(60)]


async def test_a_users_page_has_all_that_hangs_on_them(still_office: Office) -> None:
    page = await still_office.get(await path_of(still_office, "jane"))
    for words in ("Jane Doe", "jane@example.com", "Photo Viewer", "Print shop", "OAuth 1.0a",
                  "Safari on iPhone", "198.51.100.18"):  # fmt: skip
        assert words in page.text, words
    own = await still_office.get(await path_of(still_office, ADMIN))
    assert "calendar" in own.text and "Apps they look after" in own.text


async def test_a_person_is_changed(each_office: Office) -> None:
    path = await path_of(each_office, "jane")
    claims = '{"given_name": "Janet", "phone_number_verified": true}'
    fields = {"username": "janet", "email": "", "claims": claims, "role:developer": "on"}
    answer = await each_office.send(f"{path}/edit", **fields)
    assert answer.headers["location"] == f"{path}?done=saved"
    jane = await person(each_office, "janet")
    assert (jane.email, jane.roles) == (None, "developer")
    assert jane.claims == {"given_name": "Janet", "phone_number_verified": True}
    trail = await each_office.get("/admin/audit", action="user.update")
    assert "janet" in trail.text


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ("{", "Is not JSON."),
        ("[]", "Is not an object"),
        ('{"email_verified": "yes"}', "Email_verified: "),
        ("[" * 10_000, "Is not JSON."),
        ('{"name": "\\ud800"}', "Is not JSON."),
    ],
)
async def test_claims_that_are_none_are_refused(
    still_office: Office, claims: str, said: str
) -> None:
    path = await path_of(still_office, "jane")
    answer = await still_office.send(f"{path}/edit", username="jane", email="", claims=claims)
    assert answer.status_code == 400 and said in html.unescape(answer.text)
    assert (await person(still_office, "jane")).claims == {"name": "Jane Doe"}


async def test_a_change_of_somebody_else_is_not_undone(office: Office) -> None:
    path = await path_of(office, "jane")
    fields = {"username": "jane", "email": "jane@example.com", "claims": "{}"}
    page = await office.get(f"{path}/edit")
    version = re.findall(r'name="version" value="([^"]+)"', page.text)[0]
    await office.send(f"{path}/edit", **{**fields, "email": "new@example.com"})
    answer = await office.send(f"{path}/edit", **fields, version=html.unescape(version))
    assert answer.status_code == 409 and "Somebody changed this person" in answer.text
    assert (await person(office, "jane")).email == "new@example.com"


async def test_a_disabled_users_tokens_die_and_come_back(each_office: Office) -> None:
    """THREATS 16"""
    world = each_office.world
    tokens = await world.redeem(await world.authorize())
    path = await path_of(each_office, "jane")
    asked = await each_office.get(f"{path}/disable")
    assert "1 session" in asked.text and "1 live authorization" in asked.text
    answer = await each_office.send(f"{path}/disable")
    assert answer.headers["location"] == f"{path}?done=disabled"
    assert not await world.is_active(tokens.access_token)
    assert (await world.refresh(tokens.refresh_token)).error == "invalid_grant"
    assert (await world.sign_in(world.new_browser())).status_code == 400
    await each_office.send(f"{path}/enable")
    assert (await world.sign_in(world.new_browser())).status_code == 303


async def test_a_new_password_ends_all_that_the_old_one_opened(office: Office) -> None:
    """THREATS 16"""
    world = office.world
    tokens = await world.redeem(await world.authorize())
    path = await path_of(office, "jane")
    answer = await office.send(f"{path}/reset")
    password = html.unescape(
        _SECRET.findall((await office.get(answer.headers["location"])).text)[0]
    )
    assert not await world.is_active(tokens.access_token)
    assert (await world.sign_in(world.new_browser(), password=PASSWORD)).status_code == 400
    assert (await world.sign_in(world.new_browser(), password=password)).status_code == 303


async def test_sessions_end_and_the_password_stays(office: Office) -> None:
    world = office.world
    jane = await Office(world).sign_in("jane")
    path = await path_of(office, "jane")
    assert (await office.send(f"{path}/end-sessions")).status_code == 303
    assert (await jane.get("/account")).headers["location"] == "/login"
    assert (await world.sign_in(world.new_browser())).status_code == 303


async def test_a_deletion_names_what_ends_and_asks_for_the_name(each_office: Office) -> None:
    world = each_office.world
    tokens = await world.redeem(await world.authorize())
    path = await path_of(each_office, "jane")
    assert "1 live authorization of 1 app" in (await each_office.get(f"{path}/delete")).text
    for typed in ("", "JANE", "ada"):
        answer = await each_office.send(f"{path}/delete", username=typed)
        assert answer.status_code == 400 and "That is another name." in answer.text
    answer = await each_office.send(f"{path}/delete", username="jane")
    assert answer.headers["location"] == "/admin/users?done=deleted"
    assert await world.store().users.by_identifier("jane") is None
    assert not await world.is_active(tokens.access_token)
    assert (await each_office.get(path)).status_code == 404


async def test_an_apps_access_to_one_person_is_withdrawn(office: Office) -> None:
    world = office.world
    tokens = await world.redeem(await world.authorize())
    path = await path_of(office, "jane")
    asked = await office.get(f"{path}/apps/printer/withdraw")
    assert "it loses 1 live authorization" in asked.text
    await office.send(f"{path}/apps/printer/withdraw")
    assert not await world.is_active(tokens.access_token)
    assert (await office.get(f"{path}/apps/printer/withdraw")).status_code == 404


async def test_the_last_administrator_stays_and_is_told_why(office: Office) -> None:
    path = await path_of(office, ADMIN)
    fields = {"username": ADMIN, "email": "", "claims": "{}", "role:developer": "on"}
    for answer in (
        await office.send(f"{path}/disable"),
        await office.send(f"{path}/delete", username=ADMIN),
        await office.send(f"{path}/edit", **fields),
        await office.send("/account/delete", password=PASSWORD),
    ):
        assert answer.status_code == 409 and "The last administrator" in answer.text
        assert 'role="alert"' in answer.text
    assert (await person(office, ADMIN)).roles == "admin"


async def test_who_locks_themselves_out_is_told_before(still_office: Office) -> None:
    path = await path_of(still_office, ADMIN)
    for end in ("disable", "reset", "end-sessions", "delete"):
        assert "this is you" in (await still_office.get(f"{path}/{end}")).text
