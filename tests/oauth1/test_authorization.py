"""RFC 5849 §2.2: what a person is asked, and where the answer goes."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from consentry.spec.oauth1.signing import Credentials
from support.people import decide, enter, is_error_page, landed, step_of
from support.signing import (
    KEY,
    Answer,
    add_oauth1_client,
    approve,
    exchange,
    initiate,
    returned,
)
from support.token_side import change_client, disable_client, disable_user
from support.world import CALLBACK, PASSWORD, SCOPE, SECRET, World, hidden

QUERY = "http://127.0.0.1:9999/ready?shop=a%20b&x=1&x="


async def opened(world: World, browser: httpx.AsyncClient, temporary: Answer) -> httpx.Response:
    """The first page of a temporary token for a browser."""
    asked = await browser.get("/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]})
    return await landed(browser, asked)


async def consent_page(
    world: World, browser: httpx.AsyncClient, temporary: Answer, username: str = "jane"
) -> httpx.Response:
    """The consent page of a person who signed in."""
    page = await opened(world, browser, temporary)
    if 'name="password"' in page.text:
        page = await landed(browser, await enter(browser, page, username, PASSWORD))
    assert 'value="approve"' in page.text, page.text
    return page


async def ends(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Where our own redirects end."""
    while answer.status_code == 303 and answer.headers["location"].startswith("/"):
        answer = await browser.get(answer.headers["location"])
    return answer


# The way there and back


async def test_an_approval_returns_with_token_and_verifier(world: World) -> None:
    """RFC 5849 §2.2"""
    temporary = await initiate(world)
    answer = await approve(world, temporary["oauth_token"])
    back = returned(answer)
    assert answer.headers["location"].startswith(CALLBACK + "?")
    assert list(back) == ["oauth_token", "oauth_verifier"]
    assert back["oauth_token"] == temporary["oauth_token"]
    assert len(back["oauth_verifier"]) == 43
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_the_callbacks_own_query_is_kept(world: World) -> None:
    """RFC 5849 §2.2; PARITY 6 S2: `redirect_uri` query overwritten"""
    await change_client(world, KEY, redirect_uris=[QUERY])
    temporary = await initiate(world, callback=QUERY)
    answer = await approve(world, temporary["oauth_token"])
    assert answer.headers["location"].startswith(QUERY + "&oauth_token=")
    query = parse_qsl(urlsplit(answer.headers["location"]).query, keep_blank_values=True)
    assert query[:3] == [("shop", "a b"), ("x", "1"), ("x", "")]
    assert [name for name, _ in query[3:]] == ["oauth_token", "oauth_verifier"]


async def test_a_callback_named_at_authorization_counts_for_nothing(world: World) -> None:
    """Advisory 2009.1, THREATS 5"""
    temporary = await initiate(world)
    evil = {"oauth_token": temporary["oauth_token"], "oauth_callback": "https://evil.example/"}
    asked = await world.browser.get("/oauth1/authorize", params=evil)
    answer = await world.follow(asked)
    assert answer.headers["location"].startswith(CALLBACK + "?")
    assert "evil" not in answer.headers["location"]


async def test_a_denial_returns_with_the_problem_and_no_verifier(world: World) -> None:
    """CONTRACT: `oauth_problem=user_refused`"""
    temporary = await initiate(world)
    answer = await approve(world, temporary["oauth_token"], decision="deny")
    assert returned(answer) == {
        "oauth_token": temporary["oauth_token"], "oauth_problem": "user_refused",
    }  # fmt: skip


async def test_the_page_names_the_client_where_it_leads_and_what_it_asks(world: World) -> None:
    page = await consent_page(world, world.new_browser(), await initiate(world))
    for text in (f"{KEY}.example.com", "127.0.0.1", "See your photos", "Print your photos"):
        assert text in page.text
    assert "until you withdraw it" in page.text


# What is no way there


@pytest.mark.parametrize(
    "token", ["", "x", "cns_tc_AAAA", "cns_tc_" + "A" * 80, "cns_ot_AAAA", "é", "x" * 5_000]
)
async def test_a_token_that_is_none_is_a_page(photos: World, token: str) -> None:
    """RFC 5849 §2.2; S0 validate_authorization_request"""
    browser = photos.new_browser()
    answer = await browser.get("/oauth1/authorize", params={"oauth_token": token})
    assert is_error_page(answer)


async def test_without_a_token_or_with_two_it_is_a_page(photos: World) -> None:
    """THREATS 12"""
    token = (await initiate(photos))["oauth_token"]
    for query in ("", "oauth_callback=oob", f"oauth_token={token}&oauth_token={token}"):
        assert is_error_page(await photos.new_browser().get(f"/oauth1/authorize?{query}"))


async def test_a_temporary_token_ends_after_ten_minutes(world: World) -> None:
    """THREATS 7"""
    temporary = await initiate(world)
    page = await consent_page(world, world.browser, temporary)
    world.clock.forward(601)
    answer = await world.browser.get(
        "/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]}
    )
    assert is_error_page(answer)
    assert is_error_page(await ends(world.browser, await decide(world.browser, page)))


async def test_temporary_lifetimes_follow_policy(world: World) -> None:
    """S0 settings dictionary: temporary_credential_expires_in"""
    world.clock.hold()
    await world.settings(oauth1_temporary_credential_lifetime=30)
    temporary = await initiate(world)
    world.clock.forward(29)
    assert step_of(await world.browser.get(
        "/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]}
    )) == "/login"  # fmt: skip
    world.clock.forward(2)
    assert is_error_page(await approve(world, temporary["oauth_token"]))


async def test_a_disabled_client_is_not_asked_for(world: World) -> None:
    """THREATS 16"""
    temporary = await initiate(world)
    page = await consent_page(world, world.browser, temporary)
    await disable_client(world, KEY)
    assert is_error_page(await approve(world, temporary["oauth_token"]))
    assert is_error_page(await decide(world.browser, page))


async def test_a_callback_that_is_registered_no_more_is_not_returned_to(world: World) -> None:
    """THREATS 10"""
    temporary = await initiate(world)
    await change_client(world, KEY, redirect_uris=["https://elsewhere.example/"])
    assert is_error_page(await approve(world, temporary["oauth_token"]))


async def test_a_disabled_person_cannot_decide(world: World) -> None:
    """THREATS 16"""
    browser, temporary = world.new_browser(), await initiate(world)
    page = await consent_page(world, browser, temporary)
    await disable_user(world)
    answer = await ends(browser, await decide(browser, page))
    assert 'name="password"' in answer.text
    assert (await exchange(world, temporary, "x" * 43)).problem == "verifier_invalid"


# Decided once


async def test_a_denied_request_is_neither_approved_nor_exchanged_later(world: World) -> None:
    """RFC 5849 §2.2, THREATS 6"""
    temporary = await initiate(world)
    await approve(world, temporary["oauth_token"], decision="deny")
    assert is_error_page(await approve(world, temporary["oauth_token"]))
    answer = await exchange(world, temporary, "x" * 43)
    assert (answer.status, answer.problem) == (401, "token_revoked")


async def test_an_approved_request_is_not_decided_again(world: World) -> None:
    """THREATS 6: bound to one approval"""
    temporary = await initiate(world)
    back = returned(await approve(world, temporary["oauth_token"]))
    assert is_error_page(await approve(world, temporary["oauth_token"]))
    assert is_error_page(await approve(world, temporary["oauth_token"], decision="deny"))
    assert (await exchange(world, temporary, back["oauth_verifier"])).status == 200
    assert is_error_page(await approve(world, temporary["oauth_token"]))


async def test_nobody_is_asked_to_sign_in_for_what_is_decided(world: World) -> None:
    """THREATS 6: said at once, to whoever comes"""
    temporary = await initiate(world)
    await approve(world, temporary["oauth_token"])
    query = {"oauth_token": temporary["oauth_token"]}
    assert is_error_page(await world.new_browser().get("/oauth1/authorize", params=query))


@pytest.mark.parametrize("late", ["approve", "deny"])
async def test_of_two_tabs_the_first_decides(world: World, late: str) -> None:
    """THREATS 6"""
    temporary = await initiate(world)
    first = await consent_page(world, world.browser, temporary)
    second = await consent_page(world, world.browser, temporary)
    back = returned(await ends(world.browser, await decide(world.browser, first)))
    assert is_error_page(await ends(world.browser, await decide(world.browser, second, late)))
    assert (await exchange(world, temporary, back["oauth_verifier"])).status == 200


async def test_the_back_button_decides_nothing_anew(world: World) -> None:
    """The same form sent again, and the address that ended the flow asked for again."""
    temporary = await initiate(world)
    page = await consent_page(world, world.browser, temporary)
    decided = await decide(world.browser, page, "deny")
    assert returned(await ends(world.browser, decided))["oauth_problem"] == "user_refused"
    assert is_error_page(await ends(world.browser, await decide(world.browser, page, "approve")))
    assert is_error_page(await world.browser.get(decided.headers["location"]))
    assert (await exchange(world, temporary, "x" * 43)).problem == "token_revoked"


# Whose decision


async def test_a_flow_belongs_to_its_browser(world: World) -> None:
    """THREATS 46, 51"""
    temporary = await initiate(world)
    page = await consent_page(world, world.browser, temporary)
    decided = await decide(world.browser, page)
    other = world.new_browser()
    await world.sign_in(other)
    assert is_error_page(await other.get(decided.headers["location"]))
    assert (await exchange(world, temporary, "x" * 43)).problem == "verifier_invalid"


async def test_a_decision_belongs_to_its_person(world: World) -> None:
    """THREATS 51; RFC 6749 §10.2"""
    await world.add_user("max")
    temporary = await initiate(world)
    page = await consent_page(world, world.browser, temporary)
    decided = await decide(world.browser, page)
    await world.sign_in(username="max")
    answer = await world.browser.get(decided.headers["location"])
    assert answer.status_code in (400, 403)
    assert "location" not in answer.headers
    # Nobody decided: the request can still be approved by who is asked properly.
    assert "oauth_verifier" in returned(
        await approve(world, temporary["oauth_token"], username="max")
    )


async def test_a_form_of_another_site_decides_nothing(world: World) -> None:
    """THREATS 40"""
    page = await consent_page(world, world.browser, await initiate(world))
    forged = {**hidden(page), "csrf_token": "x", "decision": "approve"}
    assert (await world.browser.post("/consent", data=forged)).status_code == 403
    foreign = await decide(world.browser, page, Origin="https://evil.example")
    assert foreign.status_code == 403


async def test_a_flow_of_one_protocol_is_none_of_the_other(world: World) -> None:
    """THREATS 32"""
    await add_oauth1_client(world, "both", protocols=["oauth1", "oauth2"], scope=SCOPE)
    temporary = await initiate(world, Credentials("both", SECRET))
    page = await consent_page(world, world.browser, temporary)
    decided = await decide(world.browser, page)
    flow = decided.headers["location"].partition("?")[2]
    assert decided.headers["location"].startswith("/oauth1/authorize?")
    assert is_error_page(await world.browser.get(f"/oauth2/authorize?{flow}"))
    asked = await world.ask(scope="openid photos.read", code_challenge="a" * 43,
                            code_challenge_method="S256")  # fmt: skip
    page = await landed(world.browser, asked)
    flow = (await decide(world.browser, page)).headers["location"].partition("?")[2]
    assert is_error_page(await world.browser.get(f"/oauth1/authorize?{flow}"))


# Remembered


async def test_what_was_allowed_is_not_asked_again(world: World) -> None:
    """CONTRACT: consent is remembered per user, client and scope, in both protocols."""
    browser = world.new_browser()
    await approve(world, (await initiate(world))["oauth_token"], browser)
    for path in ("/oauth1/initiate", "/oauth1/initiate?scope=photos.read"):
        again = await initiate(world, path=path)
        answer = await browser.get(
            "/oauth1/authorize", params={"oauth_token": again["oauth_token"]}
        )
        assert "oauth_verifier" in returned(answer)


async def test_more_than_was_allowed_is_asked(world: World) -> None:
    narrow = await initiate(world, path="/oauth1/initiate?scope=photos.read")
    await approve(world, narrow["oauth_token"])
    page = await consent_page(world, world.browser, await initiate(world))
    assert "Print your photos" in page.text


async def test_a_client_without_any_scope_is_asked_for_the_first_time(world: World) -> None:
    await add_oauth1_client(world, "bare", scope="")
    bare = Credentials("bare", SECRET)
    page = await consent_page(world, world.browser, await initiate(world, bare))
    await ends(world.browser, await decide(world.browser, page))
    again = await initiate(world, bare)
    answer = await world.browser.get(
        "/oauth1/authorize", params={"oauth_token": again["oauth_token"]}
    )
    assert "oauth_verifier" in returned(answer)


async def test_a_first_party_client_is_not_asked_for(world: World) -> None:
    """CONTRACT: `skip_consent`"""
    await add_oauth1_client(world, "ours", skip_consent=True)
    await world.sign_in()
    temporary = await initiate(world, Credentials("ours", SECRET))
    answer = await world.browser.get(
        "/oauth1/authorize", params={"oauth_token": temporary["oauth_token"]}
    )
    assert "oauth_verifier" in returned(answer)


@pytest.mark.parametrize("metadata", [{}, {"skip_consent": True}], ids=["any", "first-party"])
async def test_who_types_a_code_is_always_asked(world: World, metadata: dict[str, bool]) -> None:
    """THREATS 5: no callback proves whose request it was."""
    await add_oauth1_client(world, "tv", redirect_uris=["oob"], **metadata)
    tv = Credentials("tv", SECRET)
    for _ in range(2):
        temporary = await initiate(world, tv, callback="oob")
        page = await consent_page(world, world.browser, temporary)
        assert "You get a code to type into the app" in page.text
        assert (
            "oauth_verifier" in (await ends(world.browser, await decide(world.browser, page))).text
        )


async def test_a_denial_without_a_callback_is_a_page(world: World) -> None:
    await add_oauth1_client(world, "tv", redirect_uris=[])
    temporary = await initiate(world, Credentials("tv", SECRET), callback="oob")
    answer = await approve(world, temporary["oauth_token"], decision="deny")
    assert answer.status_code == 200
    assert "was given nothing" in answer.text
    assert "oauth_verifier" not in answer.text
