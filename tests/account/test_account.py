"""Profile, password, sessions, data and the end of an account, through the front door."""

import re
from typing import Any

import httpx
import pytest

from account.furnished import AGENTS, furnish, jane_of
from consentry.records.audit import Event
from support.people import rows, step_of
from support.token_side import bought
from support.world import PASSWORD, PKCE, SECRET, World, hidden

NEW = "a much better sentence"
PROFILE, PASSWORD_PAGE = "/account/profile", "/account/password"
PAGES = (
    "/account", PROFILE, PASSWORD_PAGE, "/account/apps", "/account/apps/printer",
    "/account/apps/printer/withdraw", "/account/sessions", "/account/sessions/0/end",
    "/account/sessions/end-others", "/account/activity",
    "/account/data", "/account/data/download", "/account/delete",
)  # fmt: skip


async def send(world: World, path: str, **fields: str) -> httpx.Response:
    """A page's form with these fields typed in."""
    page = await world.browser.get(path)
    return await world.browser.post(path, data=hidden(page) | fields)


def claims_sent(**changes: str) -> dict[str, str]:
    return {"name": "Jane Doe", **changes}


@pytest.mark.parametrize("path", PAGES)
async def test_strangers_are_asked_to_sign_in(shared_world: World, path: str) -> None:
    async with shared_world.new_browser() as stranger:
        assert step_of(await stranger.get(path)) == "/login"


# Profile


async def test_a_person_changes_what_is_theirs(world: World) -> None:
    await world.sign_in()
    answer = await send(
        world, PROFILE, name=" Jane Q. Doe ", given_name="Jane", website="https://jane.example/",
        birthdate="1990-02-03", zoneinfo="Europe/Paris", street_address="1 Rue X", country="FR",
    )  # fmt: skip
    assert answer.headers["location"] == "/account/profile?done=saved"
    jane = await jane_of(world)
    assert jane.claims == {
        "name": "Jane Q. Doe", "given_name": "Jane", "website": "https://jane.example/",
        "birthdate": "1990-02-03", "zoneinfo": "Europe/Paris",
        "address": {"street_address": "1 Rue X", "country": "FR"},
    }  # fmt: skip
    page = await world.browser.get(PROFILE)
    assert 'value="1 Rue X"' in page.text
    token = (await bought(world)).access_token
    assert (await world.userinfo(token)).json()["given_name"] == "Jane"


async def test_what_a_person_may_not_set_stays_as_it_was(world: World) -> None:
    jane = await jane_of(world)
    kept: dict[str, Any] = {
        "email_verified": True, "preferred_username": "jd", "name#ja": "ジェーン",
        "phone_number": "+44 20", "phone_number_verified": True,
        "address": {"formatted": "1 Rue X\nParis", "locality": "Paris"},
    }  # fmt: skip
    await world.store().users.set_claims(jane.user_id, kept, world.clock())
    await world.sign_in()
    same = {"phone_number": "+44 20", "locality": "Paris"}
    await send(world, PROFILE, **same, email_verified="x", preferred_username="root", roles="admin")
    after = await jane_of(world)
    assert (after.claims, after.roles, after.username) == (kept, "", "jane")
    await send(world, PROFILE, phone_number="+44 21", locality="Lyon")
    changed = (await jane_of(world)).claims
    assert changed["address"] == {"locality": "Lyon"}
    assert "phone_number_verified" not in changed
    assert changed["email_verified"] is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "javascript:alert(1)"),
        ("picture", "not an address"),
        ("birthdate", "yesterday"),
        ("name", "x" * 2_049),
        ("name", "two\nlines"),
    ],
)
async def test_a_value_that_is_none_is_said_beside_its_field(
    shared_world: World, field: str, value: str
) -> None:
    if not shared_world.browser.cookies.get("consentry_login"):
        await shared_world.sign_in()
    answer = await send(shared_world, PROFILE, nickname="JD", **{field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error" role="alert"' in answer.text
    assert 'value="JD"' in answer.text
    assert (await jane_of(shared_world)).claims == {"name": "Jane Doe"}


async def test_the_trail_names_what_was_changed_and_not_to_what(world: World) -> None:
    await world.sign_in()
    await send(world, PROFILE, name="Jane Doe", phone_number="+44 20 7946 0000")
    await send(world, PROFILE, name="Jane Doe", phone_number="+44 20 7946 0000")
    (row,) = [one for one in await world.store().audit.page() if one.action == "user.update"]
    assert row.detail == {"changed": ["phone_number"]}


# Password


async def test_a_new_password_ends_everything_else(each_world: World) -> None:
    """THREATS 16: tokens die, other browsers are out, this one goes on under a new session."""
    world = each_world
    tokens = await bought(world)
    async with world.new_browser() as other:
        await world.sign_in(other)
        before = world.browser.cookies["consentry_login"]
        page = await world.browser.get(PASSWORD_PAGE)
        assert "1 other session" in page.text
        assert "1 live authorization" in page.text
        answer = await send(world, PASSWORD_PAGE, current_password=PASSWORD, new_password=NEW)
        assert answer.headers["location"] == "/account/password?done=password"
        assert step_of(await other.get("/account")) == "/login"
    assert world.browser.cookies["consentry_login"] != before
    assert (await world.browser.get("/account")).status_code == 200
    assert not await world.is_active(tokens.access_token)
    async with world.new_browser() as again:
        assert (await world.sign_in(again)).status_code == 400
        assert (await world.sign_in(again, password=NEW)).status_code == 303


async def test_the_old_password_is_asked_for(world: World) -> None:
    await world.sign_in()
    for old in ("", "wrong", NEW):
        answer = await send(world, PASSWORD_PAGE, current_password=old, new_password=NEW)
        assert answer.status_code == 400
        assert 'id="current_password-error" role="alert"' in answer.text
        assert NEW not in answer.text
    short = await send(world, PASSWORD_PAGE, current_password=PASSWORD, new_password="short")
    assert short.status_code == 400
    assert "must have 8 to 1024 characters" in short.text
    assert (await world.sign_in()).status_code == 303


async def test_guessing_the_old_password_is_slowed_like_signing_in(world: World) -> None:
    """THREATS 35: a borrowed browser is no way round the throttle."""
    await world.sign_in()
    seen = []
    for _ in range(12):
        answer = await send(world, PASSWORD_PAGE, current_password="wrong", new_password=NEW)
        seen.append(answer.status_code)
    assert set(seen) == {400, 429}
    answer = await send(world, "/account/delete", password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


# Sessions


def keys_of(page: httpx.Response) -> list[str]:
    return re.findall(r'href="/account/sessions/([0-9a-f]+)/end"', page.text)


async def test_sessions_are_shown_in_plain_words_this_one_marked(world: World) -> None:
    await furnish(world)
    await world.sign_in()
    page = await world.browser.get("/account/sessions")
    for device in AGENTS:
        assert device in page.text
    assert "198.51.100.17" in page.text
    assert page.text.count("This one") == 1
    assert len(keys_of(page)) == 3
    login = world.browser.cookies["consentry_login"]
    assert login not in page.text


async def test_one_session_is_ended(world: World) -> None:
    await world.sign_in()
    async with world.new_browser() as other, world.new_browser() as third:
        await world.sign_in(other)
        await world.sign_in(third)
        (one, _) = keys_of(await world.browser.get("/account/sessions"))
        path = f"/account/sessions/{one}/end"
        asked = await world.browser.get(path)
        assert "203.0.113.9" in asked.text
        answer = await world.browser.post(path, data=hidden(asked))
        assert answer.headers["location"] == "/account/sessions?done=session"
        left = [await browser.get("/account") for browser in (world.browser, other, third)]
        assert sorted(page.status_code for page in left) == [200, 200, 303]
        assert (await world.browser.post(path, data=hidden(asked))).status_code == 404


async def test_all_other_sessions_are_ended_with_what_hangs_on_them(world: World) -> None:
    tokens = await bought(world)
    async with world.new_browser() as other, world.new_browser() as third:
        code = await world.authorize(other)
        hanging = await world.redeem(code)
        await world.sign_in(third)
        page = await world.browser.get("/account/sessions/end-others")
        assert "End 2 other sessions?" in page.text
        await world.browser.post("/account/sessions/end-others", data=hidden(page))
        assert step_of(await other.get("/account")) == "/login"
        assert step_of(await third.get("/account")) == "/login"
    assert (await world.browser.get("/account")).status_code == 200
    assert not await world.is_active(hanging.access_token)
    assert await world.is_active(tokens.access_token)


async def test_another_persons_session_is_out_of_reach(world: World) -> None:
    await world.add_user("john")
    await world.sign_in()
    async with world.new_browser() as johns:
        await world.sign_in(johns, username="john")
        john = await world.store().users.by_identifier("john")
        assert john is not None
        (login,) = await world.store().logins.of_user(john.user_id, world.clock())
        path = f"/account/sessions/{login.login_id[:16]}/end"
        assert (await world.browser.get(path)).status_code == 404
        assert (await johns.get("/account")).status_code == 200


# Data


async def test_everything_kept_is_handed_out_without_secrets(world: World) -> None:
    await furnish(world)
    tokens = await bought(world)
    answer = await world.browser.get("/account/data/download")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="photos-account.json"'
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["profile"]["email"] == "jane@example.com"
    assert told["profile"]["claims"] == {"name": "Jane Doe"}
    assert len(told["sessions"]) == 4
    assert {one["client_id"] for one in told["consents"]} == {
        "calendar", "viewer", "legacy", "frames", "printer",
    }  # fmt: skip
    assert {one["protocol"] for one in told["authorizations"]} == {"oauth1", "oauth2"}
    jane = await jane_of(world)
    (login,) = [
        one for one in await world.store().logins.of_user(jane.user_id, world.clock())
        if one.address == "203.0.113.9"
    ]  # fmt: skip
    secrets = [tokens.access_token, tokens.refresh_token, jane.password_hash, login.login_id]
    secrets += [world.browser.cookies["consentry_login"], SECRET, PASSWORD]
    assert not [one for one in secrets if one is None or one in answer.text]


async def test_activity_is_ones_own_newest_first_page_by_page(world: World) -> None:
    """PAGES: activity; with what was decided about apps in their names."""
    await world.add_user("john")
    async with world.new_browser() as johns:
        await world.sign_in(johns, username="john")
    await world.sign_in()
    jane = await jane_of(world)
    done = Event(world.clock(), "user.end_sessions", "user", str(jane.user_id), "jane")
    await world.store().audit.append([done] * 24)
    await send(world, PROFILE, name="Jane Q. Doe")
    await world.follow(await world.ask(pkce=None, code_challenge=PKCE.challenge,
                                       code_challenge_method="S256"))  # fmt: skip
    await send(world, "/account/apps/printer/withdraw?scope=profile")
    first = await world.browser.get("/account/activity")
    assert first.text.index("Withdrew a permission of") < first.text.index("Changed the profile")
    assert "printer.example.com" in first.text
    assert "203.0.113.9" in first.text
    assert "john" not in first.text
    (older,) = set(re.findall(r'href="(/account/activity\?before=\d+)"', first.text))
    second = await world.browser.get(older)
    assert "Signed in" in second.text
    assert 'href="/account/activity"' in second.text.partition("<main")[2]
    for before in ("x", "-1", "9" * 40, "²", "0"):
        page = await world.browser.get("/account/activity", params={"before": before})
        assert page.status_code == 200
    assert "Nothing yet" in page.text


async def test_what_others_did_to_an_account_is_told_without_saying_who(world: World) -> None:
    jane = await jane_of(world)
    async with world.new_browser() as browser:
        await world.sign_in(browser)
        row = await world.store().audit.page()
        assert row[0].actor_id == str(jane.user_id)
        event = Event(
            world.clock(), "user.disable", "user", "another-id", "root", "user",
            str(jane.user_id), address="198.51.100.1",
        )  # fmt: skip
        await world.store().audit.append([event])
        told = (await browser.get("/account/data/download")).json()["activity"]
    assert [one["action"] for one in told] == ["user.sign_in", "user.disable"]
    assert [one["address"] for one in told] == ["203.0.113.9", None]
    assert "root" not in str(told)


@pytest.mark.parametrize(
    ("roles", "links"),
    [("", []), ("developer", ["/developer"]), ("admin", ["/developer", "/admin"])],
)
async def test_the_rail_leads_where_ones_roles_reach(
    world: World, roles: str, links: list[str]
) -> None:
    jane = await jane_of(world)
    jane.roles = roles
    await world.store().users.save(jane)
    await world.sign_in()
    page = await world.browser.get("/account")
    found = re.findall(r'class="rail__link" href="(/(?:developer|admin))"', page.text)
    assert found == links


# The end


async def test_a_deleted_account_leaves_nothing_that_works(each_world: World) -> None:
    """PAGES: names what ends, asks for the password, ends sessions, authorizations, consents."""
    world = each_world
    tokens = await bought(world)
    await world.add_user("john")
    async with world.new_browser() as johns:
        kept = await world.redeem(await world.authorize(johns, username="john"))
    page = await world.browser.get("/account/delete")
    assert "1 session ends" in page.text
    assert "1 live authorization of 1 app" in page.text
    wrong = await send(world, "/account/delete", password="wrong")
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text
    async with rows(world) as count:
        before = await count()
        gone = await send(world, "/account/delete", password=PASSWORD)
        after = await count()
    assert (gone.status_code, "is deleted" in gone.text) == (200, True)
    lost = {name for name in before if before[name] > after[name]}
    assert lost == {"end_user", "login", "consent", "authorization", "throttle"}
    assert not world.browser.cookies.get("consentry_login")
    assert not world.browser.cookies.get("consentry_device")
    assert not await world.is_active(tokens.access_token)
    assert (await world.refresh(tokens.refresh_token)).error == "invalid_grant"
    assert await world.is_active(kept.access_token)
    assert (await world.sign_in()).status_code == 400


# Light and dark


async def test_a_theme_is_kept_in_a_cookie_and_leads_back(world: World) -> None:
    await world.sign_in()
    page = await world.browser.get("/account/apps")
    assert "data-theme=" not in page.text
    token = hidden(page)["csrf_token"]
    fields = {"csrf_token": token, "back": "/account/apps", "theme": "dark"}
    answer = await world.browser.post("/theme", data=fields)
    assert answer.headers["location"] == "/account/apps"
    for path in ("/account", "/logout"):
        assert '<html lang="en" data-theme="dark">' in (await world.browser.get(path)).text
    await world.browser.post("/theme", data=fields | {"theme": "auto"})
    assert "data-theme=" not in (await world.browser.get("/account")).text


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/a\r\nb", "javascript:x", "x"],
)
async def test_a_theme_leads_nowhere_but_to_our_own_pages(shared_world: World, back: str) -> None:
    """THREATS 11"""
    async with shared_world.new_browser() as browser:
        await shared_world.sign_in(browser)
        token = hidden(await browser.get("/account"))["csrf_token"]
        fields = {"csrf_token": token, "back": back, "theme": "dark"}
        assert (await browser.post("/theme", data=fields)).headers["location"] == "/account"
