"""Consent: asked once, for what is new, of the person it concerns."""

import asyncio
from typing import Any

import httpx

from support.people import (
    asked,
    decide,
    enter,
    error_of,
    is_error_page,
    landed,
    page_of,
    rows,
    step_of,
)
from support.world import PASSWORD, World, answer_of, hidden

WIDE = "openid profile photos.read photos.print"


async def agreed(world: World, browser: httpx.AsyncClient | None = None, **changes: Any) -> None:
    """Jane signs in and approves."""
    answer = await world.follow(await asked(world, browser, **changes), browser)
    assert "code" in answer_of(answer)


async def is_asked(world: World, **changes: Any) -> bool:
    """Whether the request shows the consent page, or is answered at once."""
    answer = await asked(world, **changes)
    return str(answer.headers["location"]).startswith("/consent?")


async def test_consent_is_remembered(each_world: World) -> None:
    """CONTRACT: per user, client, scope and API"""
    await agreed(each_world)
    assert not await is_asked(each_world)
    assert not await is_asked(each_world, scope="openid")


async def test_another_client_asks_for_itself(world: World) -> None:
    await world.add_client("other")
    await agreed(world)
    assert await is_asked(world, client_id="other")


async def test_another_person_is_asked_for_themself(world: World) -> None:
    await world.add_user("john")
    await agreed(world)
    await world.sign_in(username="john")
    assert await is_asked(world)


async def test_another_api_asks_for_itself(world: World) -> None:
    """RFC 8707 §2"""
    await world.add_api("https://api.example", name="Photo API")
    await agreed(world)
    page = await page_of(world, resource="https://api.example")
    assert "Photo API" in page.text
    await decide(world.browser, page)
    assert not await is_asked(world, resource="https://api.example")
    assert not await is_asked(world)


async def test_the_issuer_named_as_resource_is_the_issuer(world: World) -> None:
    """RFC 8707 §2"""
    await agreed(world)
    assert not await is_asked(world, resource="http://photos.localhost:8000")


async def test_only_what_is_new_is_marked(world: World) -> None:
    await world.add_client("grower", scope=WIDE)
    await agreed(world, client_id="grower")
    page = await page_of(world, client_id="grower", scope=WIDE)
    new, known = page.text.split("You already allowed it to")
    assert "Print your photos" in new
    assert new.count("badge--accent") == 1
    assert "See your photos" not in new
    assert "See your photos" in known
    await decide(world.browser, page)
    assert not await is_asked(world, client_id="grower", scope=WIDE)


async def test_a_first_consent_marks_nothing_as_new(world: World) -> None:
    await world.sign_in()
    page = await page_of(world)
    assert "badge--accent" not in page.text
    assert "See your photos" in page.text


async def test_a_first_party_client_asks_nothing_but_when_it_wants_to(world: World) -> None:
    """Metadata skip_consent; OIDC Core §3.1.2.1 prompt=consent"""
    await world.add_client("ours", skip_consent=True)
    await world.sign_in()
    assert not await is_asked(world, client_id="ours")
    assert await is_asked(world, client_id="ours", prompt="consent")


async def test_prompt_consent_asks_although_remembered(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await agreed(world)
    assert await is_asked(world, prompt="consent")


async def test_a_denial_is_told_and_not_remembered(each_world: World) -> None:
    """RFC 6749 §4.1.2.1 access_denied"""
    answer = await each_world.follow(await asked(each_world), decision="deny")
    assert error_of(answer) == "access_denied"
    assert answer_of(answer)["state"] == "af0ifjsldkj"
    assert await is_asked(each_world)


async def test_a_denial_does_not_take_back_what_was_agreed(world: World) -> None:
    await agreed(world)
    page = await page_of(world, prompt="consent")
    denied = await world.follow(await decide(world.browser, page, "deny"))
    assert error_of(denied) == "access_denied"
    assert not await is_asked(world)


async def test_a_decision_that_is_none_is_refused(world: World) -> None:
    await world.sign_in()
    page = await page_of(world)
    for decision in ("", "maybe", "APPROVE"):
        assert is_error_page(await decide(world.browser, page, decision))
    assert await is_asked(world)


async def test_a_decision_counts_for_the_request_that_was_shown(world: World) -> None:
    """RFC 6749 §10.2, THREATS 51: nothing sent beside it changes what was asked."""
    await world.add_client("grower", scope=WIDE)
    await world.sign_in()
    page = await page_of(world, client_id="grower", scope="openid")
    fields = hidden(page) | {"decision": "approve", "scope": WIDE, "client_id": "printer"}
    answer = await world.follow(await world.browser.post("/consent", data=fields))
    bought = await world.redeem(answer_of(answer)["code"], client_id="grower")
    assert bought.body["scope"] == "openid"
    assert await is_asked(world)


async def test_another_person_in_another_tab_decides_nothing_for_the_first(
    each_world: World,
) -> None:
    """THREATS 51"""
    await each_world.add_user("john")
    await each_world.sign_in()
    shown_to_jane = await page_of(each_world)
    await each_world.sign_in(username="john")
    assert (await decide(each_world.browser, shown_to_jane)).status_code == 403
    assert await is_asked(each_world)


async def test_a_request_shown_to_one_person_is_not_decided_by_another(world: World) -> None:
    """THREATS 51: even with a form token of the other's own."""
    await world.add_user("john")
    await world.sign_in()
    shown_to_jane = await page_of(world)
    await world.sign_in(username="john")
    shown_to_john = await page_of(world)
    mixed = hidden(shown_to_john) | {"flow": hidden(shown_to_jane)["flow"], "decision": "approve"}
    assert is_error_page(await world.browser.post("/consent", data=mixed))


async def test_an_approval_replayed_by_another_person_approves_nothing(world: World) -> None:
    """RFC 6749 §10.2, THREATS 51"""
    await world.add_user("john")
    await world.sign_in()
    approved = await decide(world.browser, await page_of(world))
    resume = approved.headers["location"]
    await world.sign_in(username="john")
    assert error_of(await world.browser.get(resume)) == "access_denied"


async def test_an_approval_does_not_pass_on_through_the_sign_in_page(world: World) -> None:
    """THREATS 51: who takes over the tab is asked."""
    await world.add_user("john")
    await world.sign_in()
    approved = await decide(world.browser, await page_of(world))
    flow = approved.headers["location"].partition("?")[2]
    page = await world.browser.get(f"/login?{flow}")
    answer = await landed(world.browser, await enter(world.browser, page, "john", PASSWORD))
    assert 'value="approve"' in answer.text
    chooser = await world.browser.get(f"/login/select?{flow}")
    chosen = await world.browser.post(
        "/login/select", data={**hidden(chooser), "decision": "continue"}
    )
    assert 'value="approve"' in (await landed(world.browser, chosen)).text


async def test_an_approval_is_good_for_a_minute(world: World) -> None:
    await world.sign_in()
    approved = await decide(world.browser, await page_of(world))
    world.clock.forward(61)
    assert is_error_page(await world.browser.get(approved.headers["location"]))


async def test_a_denial_replayed_stays_a_denial(world: World) -> None:
    await world.sign_in()
    denied = await decide(world.browser, await page_of(world), "deny")
    for _ in range(2):
        assert error_of(await world.browser.get(denied.headers["location"])) == "access_denied"


async def test_a_flow_of_another_browser_is_refused(world: World) -> None:
    """THREATS 46"""
    answer = await asked(world)
    flow = answer.headers["location"].partition("?")[2]
    async with world.new_browser() as other:
        await world.sign_in(other)
        for path in ("/login", "/login/select", "/consent", "/oauth2/authorize", "/logout"):
            assert is_error_page(await other.get(f"{path}?{flow}"))


async def test_a_flow_of_another_kind_or_tenant_is_refused(world: World) -> None:
    """THREATS 32, 39"""
    await world.sign_in()
    flow = (await asked(world)).headers["location"].partition("?")[2]
    assert is_error_page(await world.browser.get(f"/logout?{flow}"))
    other = (await world.browser.get("/oauth2/logout")).headers["location"].partition("?")[2]
    for path in ("/login", "/consent", "/oauth2/authorize"):
        assert is_error_page(await world.browser.get(f"{path}?{other}"))
    await world.add_tenant("music")
    marks = {"consentry_browser": world.browser.cookies["consentry_browser"]}
    async with world.new_browser("music", cookies=marks) as elsewhere:
        assert is_error_page(await elsewhere.get(f"/login?{flow}"))


async def test_an_expired_flow_is_a_page(world: World) -> None:
    """Setting flow_lifetime, THREATS 57"""
    page = await page_of(world)
    flow = hidden(page)["flow"]
    world.clock.forward(1_801)
    for path in ("/login", "/consent", "/oauth2/authorize"):
        assert is_error_page(await world.browser.get(path, params={"flow": flow}))
    assert is_error_page(await enter(world.browser, page, "jane", PASSWORD))


async def test_a_client_that_is_gone_ends_its_flows(world: World) -> None:
    await world.sign_in()
    page = await page_of(world)
    await world.store().clients.delete("printer")
    world.forget()
    assert is_error_page(await decide(world.browser, page))


async def test_an_address_registered_no_more_ends_its_flows(world: World) -> None:
    """THREATS 10"""
    await world.sign_in()
    page = await page_of(world)
    await world.add_client(secret=None, redirect_uris=["https://new.example/cb"])
    assert is_error_page(await decide(world.browser, page))


async def test_a_scope_taken_from_the_client_meanwhile_is_not_granted(world: World) -> None:
    """THREATS 19"""
    await world.sign_in()
    page = await page_of(world)
    await world.add_client(secret=None, scope="openid profile")
    answer = await world.follow(await decide(world.browser, page))
    assert (await world.redeem(answer_of(answer)["code"])).body["scope"] == "openid profile"
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    assert await world.store().consents.get(jane.user_id, "printer") == {"": "openid profile"}


async def test_several_tabs_at_once_never_kill_each_other(each_world: World) -> None:
    """Each is shown sign-in before any is answered; all end with a code of their own."""
    world = each_world
    await world.add_client("other")
    pages = [
        await page_of(world, client_id=client_id, state=str(tab))
        for tab, client_id in enumerate(["printer", "other", "printer", "other"])
    ]
    consents = [
        await landed(world.browser, await enter(world.browser, page, "jane", PASSWORD))
        for page in pages
    ]
    answers = await asyncio.gather(*(decide(world.browser, page) for page in consents))
    for tab, answer in enumerate(answers):
        ended = answer_of(await world.follow(answer))
        assert ended["state"] == str(tab)
        client_id = "other" if tab % 2 else "printer"
        assert (await world.redeem(ended["code"], client_id=client_id)).status == 200


async def test_tabs_that_sign_in_at_the_same_moment_all_go_on(each_world: World) -> None:
    pages = [await page_of(each_world, state=str(tab)) for tab in range(4)]
    signed = await asyncio.gather(
        *(enter(each_world.browser, page, "jane", PASSWORD) for page in pages)
    )
    for tab, answer in enumerate(signed):
        assert answer_of(await each_world.follow(answer))["state"] == str(tab)


async def test_a_tab_may_sign_in_again_while_another_waits_for_a_decision(world: World) -> None:
    await world.sign_in()
    waiting = await page_of(world)
    choosing = await page_of(world, prompt="select_account")
    leaving = await world.browser.get("/logout")
    account = await world.browser.get("/account")
    await world.follow(await asked(world, prompt="login"))
    assert "code" in answer_of(await world.follow(await decide(world.browser, waiting)))
    chosen = await world.browser.post(
        "/login/select", data={**hidden(choosing), "decision": "continue"}
    )
    assert "code" in answer_of(await world.follow(chosen))
    assert account.status_code == 200
    left = await world.browser.post("/logout", data={**hidden(leaving), "decision": "logout"})
    assert "You are signed out" in left.text


async def test_consents_given_at_once_are_all_kept(each_world: World) -> None:
    """RFC 6749 §10.2: neither loses the other's scopes."""
    await each_world.add_client("grower", scope=WIDE)
    await each_world.sign_in()
    scopes = ("openid", "profile", "photos.read", "photos.print")
    pages = [
        await page_of(
            each_world, client_id="grower", scope=one, redirect_uri="http://127.0.0.1:9999/ready"
        )
        for one in scopes
    ]
    await asyncio.gather(*(decide(each_world.browser, page) for page in pages))
    assert not await is_asked(each_world, client_id="grower", scope=WIDE)


async def test_an_anonymous_visitor_makes_no_row(each_world: World) -> None:
    """THREATS 57: strangers make no rows."""
    async with rows(each_world) as count:
        before = await count()
        for _ in range(20):
            async with each_world.new_browser() as stranger:
                page = await page_of(each_world, stranger)
                assert 'name="password"' in page.text
                await stranger.get("/login")
                await stranger.get("/account")
                await stranger.get("/logout")
        await each_world.deployment.refusals.flush(each_world.deployment.store)
        assert await count() == before


async def test_withdrawing_ends_the_apps_tokens_and_its_consent(each_world: World) -> None:
    """CONTRACT /account; THREATS 16"""
    world = each_world
    await world.add_client("other")
    bought = await world.redeem(await world.authorize())
    kept = await world.redeem(await world.authorize(client_id="other"), client_id="other")
    code = await world.authorize()
    assert "printer.example.com" in (await world.browser.get("/account/apps")).text
    page = await world.browser.get("/account/apps/printer/withdraw")
    answer = await world.browser.post("/account/apps/printer/withdraw", data=hidden(page))
    assert step_of(answer) == "/account/apps"
    assert not await world.is_active(bought.access_token)
    assert (await world.refresh(bought.refresh_token)).error == "invalid_grant"
    assert (await world.redeem(code)).error == "invalid_grant"
    assert await world.is_active(kept.access_token, client_id="other")
    assert "printer.example.com" not in (await world.browser.get("/account")).text
    assert await is_asked(world)


async def test_the_page_says_who_asks_and_how_long_it_lasts(world: World) -> None:
    """PAGES: the proven host, not only the self-given name"""
    await world.add_client("keeper", scope="openid offline_access")
    await world.sign_in()
    page = await page_of(world)
    assert "printer.example.com" in page.text
    assert "127.0.0.1" in page.text
    assert "Jane Doe" in page.text
    assert "until you sign out" in page.text
    page = await page_of(world, client_id="keeper", scope="openid offline_access")
    assert "until you withdraw it" in page.text


async def test_switch_account_leads_to_another_sign_in(world: World) -> None:
    await world.add_user("john")
    await world.sign_in()
    switched = await decide(world.browser, await page_of(world), "switch")
    assert step_of(switched) == "/login"
    answer = await world.follow(switched, username="john")
    assert "code" in answer_of(answer)
