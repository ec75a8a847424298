"""Operators among themselves; what the deployment stands on; who did what."""

import re

from consentry.operations.tenants import create_tenant
from consentry.tenancy.actor import OPERATORS
from operator_console.desk import PASSWORD, Desk, opened_desk, reopened

_SECRET = re.compile(r'<code id="password">([^<]+)</code>')


async def id_of(desk: Desk, username: str) -> str:
    found = await desk.world.deployment.store.inside(OPERATORS).users.by_identifier(username)
    assert found is not None
    return str(found.user_id)


async def added(desk: Desk, username: str) -> str:
    """The password of a new operator."""
    answer = await desk.send("/admin/new-operator", username=username, email="")
    assert answer.status_code == 200, answer.text
    return str(_SECRET.findall(answer.text)[0])


async def test_a_new_operator_signs_in_with_the_password_shown_once(each_desk: Desk) -> None:
    password = await added(each_desk, "olga")
    other = Desk(each_desk.world)
    await other.sign_in("olga", password)
    assert await other.is_signed_in()
    assert password not in (await each_desk.get("/admin/operators")).text


async def test_a_name_that_is_taken_is_said(desk: Desk) -> None:
    answer = await desk.send("/admin/new-operator", username="OPERATOR", email="")
    assert answer.status_code == 400 and "belongs to another user" in answer.text


async def test_a_disabled_operator_is_out_at_once(desk: Desk) -> None:
    other = Desk(desk.world)
    await other.sign_in("olga", await added(desk, "olga"))
    path = f"/admin/operators/{await id_of(desk, 'olga')}"
    answer = await desk.send(f"{path}/disable")
    assert answer.headers["location"] == "/admin/operators?done=disabled"
    assert not await other.is_signed_in()
    await desk.send(f"{path}/enable")
    assert await other.is_signed_in()


async def test_the_last_operator_who_can_sign_in_stays(desk: Desk) -> None:
    path = f"/admin/operators/{await id_of(desk, 'operator')}/disable"
    answer = await desk.send(path)
    assert answer.status_code == 400 and "operator is the last who can sign in" in answer.text
    assert await desk.is_signed_in()


async def test_a_new_password_ends_what_the_old_one_opened(desk: Desk) -> None:
    other, old = Desk(desk.world), await added(desk, "olga")
    await other.sign_in("olga", old)
    answer = await desk.send(f"/admin/operators/{await id_of(desk, 'olga')}/reset")
    new = _SECRET.findall(answer.text)[0]
    assert not await other.is_signed_in()
    assert (await Desk(desk.world).sign_in("olga", old)).status_code == 400
    assert (await Desk(desk.world).sign_in("olga", new)).status_code == 303


async def test_operators_change_their_own_password(desk: Desk) -> None:
    fields = {"current_password": PASSWORD, "new_password": "another one, longer"}
    answer = await desk.send("/account/password", **fields)
    assert answer.headers["location"].startswith("/account/password")
    assert await desk.is_signed_in()
    assert (await Desk(desk.world).sign_in(password="another one, longer")).status_code == 303


async def test_operators_see_and_end_their_own_sessions(desk: Desk) -> None:
    other = Desk(desk.world)
    await other.sign_in()
    await desk.send("/account/sessions/end-others")
    assert await desk.is_signed_in() and not await other.is_signed_in()


async def test_the_rail_of_every_page_leads_to_the_console(still_desk: Desk) -> None:
    for path in ("/admin/tenants", "/account/password", "/account/sessions"):
        page = await still_desk.get(path)
        links = re.findall(r'class="rail__(?:link|brand)" href="([^"]+)"', page.text)
        assert links[0] == "/admin"
        for link in links[1:]:
            assert (await still_desk.get(link)).status_code == 200, link


async def test_people_of_tenants_cannot_be_reached_as_operators(still_desk: Desk) -> None:
    """THREATS 37"""
    jane = await still_desk.world.store().users.by_identifier("jane")
    assert jane is not None
    assert (await still_desk.get(f"/admin/operators/{jane.user_id}/reset")).status_code == 404


# Health


async def test_health_says_what_the_deployment_stands_on(each_desk: Desk) -> None:
    page = await each_desk.get("/admin/health")
    for words in ("Version", "Database", "Schema", "Clock", "Root keys", "Key ring", "Redis"):
        assert words in page.text
    assert "Failed" not in page.text and "Not used" in page.text


async def test_health_names_what_fails(sqlite_database: str) -> None:
    settings = {"redis_url": "redis://:a-secret@127.0.0.1:1"}
    async with opened_desk(sqlite_database, **settings) as desk:
        page = await desk.get("/admin/health")
        assert "does not work" in page.text and "Failed" in page.text
        assert "a-secret" not in page.text


async def test_an_old_root_key_deserves_a_look(sqlite_database: str) -> None:
    old, new = "only-for-tests-" * 4, "another-root-key-" * 3
    async with opened_desk(sqlite_database):
        pass
    async with reopened(sqlite_database, secret_key=f"{new},{old}") as desk:
        await desk.sign_in()
        page = await desk.get("/admin/health")
        assert "2 root keys" in page.text and "under an old root key" in page.text


# Audit


async def test_what_operators_did_is_in_their_trail(desk: Desk) -> None:
    await added(desk, "olga")
    page = await desk.get("/admin/audit")
    assert "user.create" in page.text and "user olga" in page.text
    assert "203.0.113.9" in page.text


async def test_a_tenants_trail_is_its_own(desk: Desk) -> None:
    path = "/admin/tenants/photos/administrator"
    await desk.send(path, username="max", email="max@example.com")
    inside = await desk.get("/admin/audit", tenant="photos")
    assert "user max" in inside.text
    assert "user max" not in (await desk.get("/admin/audit")).text
    assert "No such tenant" in (await desk.get("/admin/audit", tenant="letters")).text


async def test_a_trail_is_filtered_and_walked(desk: Desk) -> None:
    slugs = [f"t{n:02}" for n in range(60)]
    for slug in slugs:
        await create_tenant(desk.world.deployment, slug)
    first = await desk.get("/admin/audit", action="tenant.create")
    found = re.findall(r"<bdi>tenant (t\d\d)</bdi>", first.text)
    assert found == slugs[:9:-1]
    link = re.findall(r'href="([^"]*before=[^"]*)"', first.text)[0].replace("&amp;", "&")
    rest = re.findall(r"<bdi>tenant (t\d\d)</bdi>", (await desk.get(link)).text)
    assert rest == slugs[9::-1]
    assert "Nothing happened" in (await desk.get("/admin/audit", action="no.such")).text
