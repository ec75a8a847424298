"""Connected apps: shown as they are, withdrawn wholly or by one scope, at every kind of token."""

import re
from typing import Any

import httpx
import pytest

from account.furnished import add_authorization, furnish, jane_of
from support.people import page_of, step_of, withdraw_app
from support.signing import add_oauth1_client, token_credentials, whoami
from support.world import CALLBACK, World, hidden

SCOPE = "openid profile photos.read"


async def get(world: World, path: str, **query: str) -> httpx.Response:
    return await world.browser.get(path, params=query)


async def bought(world: World, **changes: Any) -> Any:
    tokens = await world.redeem(await world.authorize(**changes))
    assert tokens.status == 200, tokens.body
    return tokens


@pytest.mark.parametrize("format", ["opaque", "jwt"])
async def test_a_withdrawn_scope_is_gone_from_live_tokens(world: World, format: str) -> None:
    """PAGES: a single scope; the next introspection shows less, and so does the next refresh."""
    await world.settings(access_token_format=format)
    tokens = await bought(world)
    assert (await world.introspect(tokens.access_token))["scope"] == SCOPE
    answer = await withdraw_app(world.browser, "printer", "photos.read")
    assert answer.headers["location"] == "/account/apps/printer?done=scope"
    told = await world.introspect(tokens.access_token)
    assert (told["active"], told["scope"]) == (True, "openid profile")
    assert (await world.introspect(tokens.refresh_token))["scope"] == "openid profile"
    renewed = await world.refresh(tokens.refresh_token)
    assert renewed.body["scope"] == "openid profile"
    wider = await world.refresh(renewed.refresh_token, changes={"scope": SCOPE})
    assert wider.error == "invalid_scope"


async def test_a_withdrawn_scope_is_gone_from_oauth1_tokens(each_world: World) -> None:
    """The same at the other protocol, whose tokens have no end of their own."""
    await add_oauth1_client(each_world)
    credentials = await token_credentials(each_world)
    assert (await whoami(each_world, credentials)).json()["scope"] == "photos.read photos.print"
    await withdraw_app(each_world.browser, "photo-printer", "photos.print")
    told = await whoami(each_world, credentials)
    assert (told.status_code, told.json()["scope"]) == (200, "photos.read")
    await withdraw_app(each_world.browser, "photo-printer", "photos.read")
    assert (await whoami(each_world, credentials)).status_code == 401


async def test_a_withdrawn_app_of_oauth1_is_out_at_once(world: World) -> None:
    await add_oauth1_client(world)
    credentials = await token_credentials(world)
    shown = await get(world, "/account/apps")
    assert "OAuth 1.0a" in shown.text
    assert step_of(await withdraw_app(world.browser, "photo-printer")) == "/account/apps"
    assert (await whoami(world, credentials)).status_code == 401


async def test_a_code_on_its_way_is_narrowed_too(world: World) -> None:
    code = await world.authorize()
    await withdraw_app(world.browser, "printer", "profile")
    assert (await world.redeem(code)).body["scope"] == "openid photos.read"


async def test_a_withdrawn_scope_is_asked_for_again(world: World) -> None:
    await bought(world)
    await withdraw_app(world.browser, "printer", "photos.read")
    page = await page_of(world)
    assert "See your photos" in page.text.partition("It now also asks to")[2]
    page = await get(world, "/account/apps/printer")
    history = page.text.partition('id="history"')[2]
    assert history.index("You withdrew") < history.index("You allowed")


async def test_the_last_scope_takes_the_app_with_it(world: World) -> None:
    tokens = await bought(world, scope="photos.read", nonce=None)
    page = await get(world, "/account/apps/printer/withdraw", scope="photos.read")
    assert "it loses its access" in page.text
    await withdraw_app(world.browser, "printer", "photos.read")
    assert not await world.is_active(tokens.access_token)
    assert "No connected apps" in (await get(world, "/account")).text


async def test_what_is_asked_names_what_ends_with_counts(world: World) -> None:
    await furnish(world)
    await world.sign_in()
    everything = await get(world, "/account/apps/viewer/withdraw")
    assert "Ends 2 live authorizations" in everything.text
    assert "Forgets 4 permissions" in everything.text
    one = await get(world, "/account/apps/viewer/withdraw", scope="photos.print")
    assert "Narrows 2 live authorizations" in one.text
    away = await get(world, "/account/apps/calendar/withdraw", scope="offline_access")
    assert "Ends 1 live authorization " in away.text


async def test_apps_are_listed_with_what_they_may_and_speak(world: World) -> None:
    """PAGES: each app with what it may do, since when, last used; both protocols."""
    await furnish(world)
    await world.sign_in()
    text = (await get(world, "/account/apps")).text
    live, _, withdrawn = text.partition('id="withdrawn"')
    assert [name in live for name in ("Team calendar", "Print shop", "Photos for desktop")] == [
        True,
        True,
        True,
    ]
    assert "Living room frame" in withdrawn
    assert "Living room frame" not in live
    assert "calendar.example" in live
    assert "Nightly" not in text
    app = (await get(world, "/account/apps/legacy")).text
    assert "OAuth 1.0a" in app
    assert "print.example" in app


async def test_an_app_that_was_never_asked_about_is_shown_and_can_be_ended(world: World) -> None:
    """`skip_consent`, and OAuth 1 clients without scope: they act for the person too."""
    await world.add_client("own", skip_consent=True, scope="openid")
    jane = await jane_of(world)
    id = await add_authorization(world, jane, "own", scope="openid")
    await world.sign_in()
    page = await get(world, "/account/apps/own")
    assert "does not ask" in page.text
    assert "never asked" in page.text
    await withdraw_app(world.browser, "own")
    found = await world.store().authorizations.get(id)
    assert found is not None
    assert found.revoked_at is not None


async def test_the_list_is_searched_sorted_and_cut_into_pages(world: World) -> None:
    jane, store = await jane_of(world), world.store()
    for number in range(45):
        client_id = f"app{number:02}"
        await world.add_client(
            client_id, secret=None, client_name=f"App {number:02}",
            redirect_uris=[f"https://{'even' if number % 2 == 0 else 'odd'}.example/cb"],
        )  # fmt: skip
        await store.consents.grant(jane.user_id, client_id, "", "photos.read", world.clock())
    await world.sign_in()

    def names(page: httpx.Response) -> list[str]:
        rows = page.text.partition("<tbody>")[2]
        return re.findall(r'<bdi class="name">(App \d\d)', rows)

    first = await get(world, "/account/apps", sort="name")
    assert names(first) == [f"App {n:02}" for n in range(20)]
    assert 'aria-sort="ascending"' in first.text
    assert "/account/apps?sort=name&amp;page=2" in first.text
    last = await get(world, "/account/apps", sort="name", page="99")
    assert names(last) == [f"App {n:02}" for n in range(40, 45)]
    assert names(await get(world, "/account/apps", sort="-name"))[0] == "App 44"
    odd = await get(world, "/account/apps", q="ODD.example", sort="name", page="2")
    assert names(odd) == ["App 41", "App 43"]
    assert "No app matches" in (await get(world, "/account/apps", q="<none>")).text
    for page in ("0", "-1", "x", "9" * 40, "²"):
        assert names(await get(world, "/account/apps", sort="name", page=page))


async def test_what_is_not_there_is_not_found(world: World) -> None:
    await bought(world)
    await world.add_client("stranger")
    paths = [
        "/account/apps/nobody", "/account/apps/stranger", "/account/apps/nobody/withdraw",
        "/account/apps/stranger/withdraw", "/account/apps/printer/withdraw?scope=photos.print",
        "/account/apps/" + "x" * 300,
    ]  # fmt: skip
    for path in paths:
        assert (await world.browser.get(path)).status_code == 404, path
    token = hidden(await get(world, "/account/apps/printer/withdraw"))
    path = "/account/apps/printer/withdraw"
    answer = await world.browser.post(path, data={**token, "scope": "photos.print"})
    assert answer.status_code == 404
    await withdraw_app(world.browser, "printer")
    assert (await get(world, path)).status_code == 404


async def test_a_client_id_may_be_an_address(world: World) -> None:
    client_id = "https://app.example/client?x=1#é"
    await world.add_client(client_id, redirect_uris=[CALLBACK], scope="photos.read")
    jane = await jane_of(world)
    await world.store().consents.grant(jane.user_id, client_id, "", "photos.read", world.clock())
    await world.sign_in()
    (href,) = set(
        re.findall(r'href="(/account/apps/https[^"]+)"', (await get(world, "/account")).text)
    )
    page = await world.browser.get(href)
    assert page.status_code == 200
    asked = await world.browser.get(f"{href}/withdraw?scope=photos.read")
    answer = await world.browser.post(f"{href}/withdraw", data=hidden(asked))
    assert answer.headers["location"] == f"{href}?done=scope"


async def test_another_persons_apps_are_out_of_reach(world: World) -> None:
    """THREATS 40: who is signed in decides, never the address."""
    tokens = await bought(world)
    await world.add_user("john")
    async with world.new_browser() as browser:
        await world.sign_in(browser, username="john")
        path = "/account/apps/printer/withdraw"
        assert (await browser.get(path)).status_code == 404
        form = hidden(await browser.get("/account/profile"))
        assert (await browser.post(path, data=form)).status_code == 403
    assert await world.is_active(tokens.access_token)


async def test_taking_back_is_on_the_record(world: World) -> None:
    await bought(world)
    await withdraw_app(world.browser, "printer", "profile")
    await withdraw_app(world.browser, "printer")
    newest, before = (await world.store().audit.page())[:2]
    assert [row.action for row in (newest, before)] == ["consent.withdraw"] * 2
    assert (before.detail["scope"], newest.detail["scope"]) == ("profile", None)
    assert (newest.actor_name, newest.target_id, newest.detail["authorizations"]) == (
        "jane", "printer", 1,
    )  # fmt: skip
