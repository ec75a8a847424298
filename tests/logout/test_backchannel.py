"""Clients are told when a session ends (OIDC Back-Channel Logout)."""

from typing import Any

import httpx

from logout.app import EVENT, SCOPE, Told, sign_out, told_by
from support.people import bought, id_claims
from support.world import CALLBACK, PKCE, hidden


async def sid_of(told: Told, answer: dict[str, Any], client_id: str = "album") -> str:
    claims = await id_claims(told.world, answer["id_token"], client_id=client_id)
    return str(claims["sid"])


async def test_an_app_is_told_who_left_which_session(each_told: Told) -> None:
    """Back-Channel Logout §2.4, §2.5"""
    told = each_told
    answer = await told.enter()
    entered = await id_claims(told.world, answer["id_token"], client_id="album")
    await sign_out(told.world.browser)
    assert told.tokens == []
    (notice,) = await told.notices()
    assert set(notice.payload) == {"user_id", "session_id"}, "nothing secret is kept"
    await told.world.work()
    (head,), (claims,) = told.origin.heads, await told.claims()
    assert head.startswith("POST /out?a=b HTTP/1.1")
    assert "content-type: application/x-www-form-urlencoded" in head.lower()
    assert told.headers()[0]["typ"] == "logout+jwt"
    assert {name: claims[name] for name in ("iss", "sub", "sid")} == {
        name: entered[name] for name in ("iss", "sub", "sid")
    }
    assert (claims["aud"], claims["events"]) == ("album", {EVENT: {}})
    assert claims["exp"] - claims["iat"] == 120
    assert "nonce" not in claims
    assert set(claims) == {"iss", "sub", "sid", "aud", "iat", "exp", "jti", "events"}
    assert await told.states() == [("done", 1, "200")]


async def test_access_while_away_outlives_the_session_and_the_app_is_told(told: Told) -> None:
    """Back-Channel Logout §2.7: refresh tokens with offline_access are not revoked."""
    answer = await told.enter(scope="openid offline_access")
    await sign_out(told.world.browser)
    await told.world.work()
    (claims,) = await told.claims()
    assert claims["sid"] == await sid_of(told, answer)
    refreshed = await told.world.refresh(answer["refresh_token"], client_id="album")
    assert refreshed.status == 200


async def test_an_app_is_told_when_its_access_token_died_long_ago(told: Told) -> None:
    """Back-Channel Logout §2.3: who signed in is remembered, not what was issued."""
    await told.world.add_client(
        "short", backchannel_logout_uri=told.uri, grant_types=["authorization_code"]
    )
    await bought(told.world, client_id="short")
    told.world.clock.forward(3 * 3_600)
    await told.world.run_job("sweep")
    await sign_out(told.world.browser)
    assert len(await told.notices("short")) == 1


async def test_an_id_token_by_itself_is_a_sign_in_too(told: Told) -> None:
    """OIDC Core §3.2: no authorization hangs on it."""
    await told.world.settings(grant_types_supported=["authorization_code", "implicit"])
    await told.world.add_client(
        "page", backchannel_logout_uri=told.uri, grant_types=["implicit"],
        response_types=["id_token"],
    )  # fmt: skip
    asked = await told.world.ask(
        client_id="page", response_type="id_token", scope="openid", code_challenge=None
    )
    await told.world.follow(asked)
    await sign_out(told.world.browser)
    assert len(await told.notices("page")) == 1


async def test_only_those_who_learnt_of_the_session_are_told(told: Told) -> None:
    await told.world.add_client("other", backchannel_logout_uri=told.uri)
    await told.world.add_client("deaf")
    await told.world.add_client("plain", backchannel_logout_uri=told.uri)
    await bought(told.world, client_id="deaf")
    # Without `openid` nobody signed in: it was access that was asked for.
    await bought(told.world, client_id="plain", scope="photos.read")
    async with told.world.new_browser() as elsewhere:
        await bought(told.world, browser=elsewhere, client_id="other")
        await told.enter()
        await sign_out(told.world.browser)
    assert len(await told.notices()) == 1
    for client_id in ("other", "deaf", "plain"):
        assert await told.notices(client_id) == [], client_id


async def test_a_session_keeps_its_sid_when_the_same_person_signs_in_again(told: Told) -> None:
    """Back-Channel Logout §2.1: what the app was given first must still fit at the end."""
    told.world.clock.hold()
    first = await told.enter()
    told.world.clock.forward(60)
    await told.enter(prompt="login")
    login = told.world.deployment.settings.login_lifetime
    told.world.clock.forward(login - 30)
    await told.world.run_job("sweep")
    await sign_out(told.world.browser)
    await told.world.work()
    (claims,) = await told.claims()
    assert claims["sid"] == await sid_of_old(told, first)


async def sid_of_old(told: Told, answer: dict[str, Any]) -> str:
    """Of an ID token that has expired meanwhile."""
    told.world.clock.forward(-told.world.clock.ahead.total_seconds())
    return await sid_of(told, answer)


async def test_each_session_and_each_app_has_a_sid_of_its_own(told: Told) -> None:
    """OIDC Core §17.3: no two apps can tell by it that they serve the same person."""
    await told.world.add_client("other")
    sids = [
        await sid_of(told, await told.enter()),
        await sid_of(told, await bought(told.world, client_id="other"), "other"),
    ]
    await sign_out(told.world.browser)
    sids.append(await sid_of(told, await told.enter()))
    assert len(set(sids)) == 3
    assert {len(sid) for sid in sids} == {22}


async def test_a_refreshed_id_token_names_the_same_session(told: Told) -> None:
    """OIDC Core §12.2"""
    answer = await told.enter()
    again = await told.world.refresh(answer["refresh_token"], client_id="album")
    claims = await id_claims(told.world, again.body["id_token"], client_id="album", nonce=None)
    assert claims["sid"] == await sid_of(told, answer)


async def test_another_person_at_the_same_browser_ends_the_session_before(told: Told) -> None:
    await told.world.add_user("joe")
    await told.enter()
    asked = await told.world.ask(pkce=PKCE, client_id="album", prompt="login", scope="openid")
    await told.world.follow(asked, username="joe")
    assert len(await told.notices()) == 1


async def test_a_token_is_signed_as_the_apps_id_tokens_are(told: Told) -> None:
    """Back-Channel Logout §2.6"""
    await told.world.add_client(
        "album", backchannel_logout_uri=told.uri, id_token_signed_response_alg="ES256"
    )
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    assert told.headers()[0]["alg"] == "ES256"


async def test_a_pairwise_app_is_told_its_own_name_of_the_person(told: Told) -> None:
    """OIDC Core §8.1"""
    await told.world.add_client(
        "album", backchannel_logout_uri=told.uri, subject_type="pairwise", scope=SCOPE
    )
    answer = await told.enter()
    entered = await id_claims(told.world, answer["id_token"], client_id="album")
    await sign_out(told.world.browser)
    await told.world.work()
    (claims,) = await told.claims()
    user = await told.world.store().users.by_identifier("jane")
    assert user is not None
    assert claims["sub"] == entered["sub"] != str(user.user_id)


async def test_an_answer_without_content_is_enough(told: Told) -> None:
    """Back-Channel Logout §2.8"""
    told.status = "204 No Content"
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    assert await told.states() == [("done", 1, "204")]


async def test_a_refusal_is_not_tried_again(told: Told) -> None:
    """Back-Channel Logout §2.8"""
    told.status = "400 Bad Request"
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    assert await told.states() == [("dead", 1, "400: the app refused it")]


async def test_each_attempt_has_a_token_of_its_own_until_there_are_seven(told: Told) -> None:
    told.status = "503 Service Unavailable"
    await told.enter()
    await sign_out(told.world.browser)
    for wait in (0, 1, 5, 30, 120, 600, 3_600, 86_400):
        told.world.clock.forward(wait * 1.2)
        await told.world.work()
    assert await told.states() == [("dead", 7, "503")]
    assert len({claims["jti"] for claims in await told.claims()}) == 7
    assert len({claims["exp"] for claims in await told.claims()}) > 3


async def test_an_app_that_comes_back_is_told(told: Told) -> None:
    told.status = "500 Oops"
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    assert await told.states() == [("waiting", 1, "500")]
    told.status = "200 OK"
    told.world.clock.forward(2)
    await told.world.work()
    assert await told.states() == [("done", 2, "200")]


async def test_an_app_that_is_busy_says_when_to_come_again(told: Told) -> None:
    """RFC 9110 §10.2.3: as webhooks do, a day at most"""
    for status, asked, wait_s in (
        ("429 Too Many", "600", 600),
        ("503 Busy", "600", 600),
        ("503 Busy", "9999999", 86_400),
        ("500 Oops", "600", 0),
    ):
        told.status, told.retry_after = status, asked
        await told.enter()
        await sign_out(told.world.browser)
        await told.world.work()
        waiting = (await told.notices())[0]
        left_s = (waiting.due_at - told.world.clock()).total_seconds()
        assert wait_s - 60 < left_s < wait_s + 60, status


async def test_a_redirect_is_not_followed(told: Told) -> None:
    """THREATS 55"""
    told.status = "307 Temporary Redirect"
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    assert len(told.tokens) == 1
    assert await told.states() == [("waiting", 1, "307")]


async def test_an_address_inside_our_network_is_not_called(sqlite_database: str) -> None:
    """THREATS 55"""
    async with told_by(sqlite_database, fetch_private_addresses=False) as told:
        for scheme, reason in (
            ("https", "the host is not on the public internet"),
            ("http", "only https is fetched"),
        ):
            uri = told.origin.url("/out", scheme=scheme)
            await told.world.add_client("album", backchannel_logout_uri=uri, scope=SCOPE)
            await told.enter()
            await sign_out(told.world.browser)
            await told.world.work()
            assert (await told.states())[0] == ("waiting", 1, reason)
        assert told.origin.heads == []


async def test_what_one_died_of_is_told_again_at_least_once(told: Told) -> None:
    """Who took a notice and was killed has sent it perhaps; it comes back."""
    await told.enter()
    await sign_out(told.world.browser)
    effects, now = told.world.deployment.store.effects, told.world.clock()
    (held,) = await effects.take(now, until=now, limit=9)
    told.world.clock.forward(1)
    await told.world.work()
    assert held.attempts == 1
    assert await told.states() == [("done", 2, "200")]


async def test_an_app_that_is_gone_is_not_told(told: Told) -> None:
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.store().clients.delete("album")
    told.world.forget()
    await told.world.work()
    assert told.tokens == []
    assert await told.states() == [("dropped", 1, "the app is disabled or gone")]


async def test_an_app_that_has_no_such_address_any_more_is_not_told(told: Told) -> None:
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.add_client("album", scope=SCOPE)
    await told.world.work()
    assert told.tokens == []
    ((state, _, outcome),) = await told.states()
    assert (state, outcome) == ("dropped", "the app has no backchannel_logout_uri any more")


async def test_two_tenants_are_told_apart(told: Told) -> None:
    """The same client_id, the same person's name, and none of the other's business."""
    world = told.world
    await world.add_tenant("music")
    await world.add_user(slug="music")
    await world.add_client("album", slug="music", backchannel_logout_uri=told.uri)
    async with world.new_browser("music") as browser:
        code = await world.authorize(browser, client_id="album", scope="openid")
        await world.redeem(code, client_id="album", slug="music")
        await told.enter()
        await sign_out(browser)
    assert await told.notices() == []
    await world.work()
    (claims,) = await told.claims("music")
    assert claims["iss"] == "http://music.localhost:8000"
    assert len(await told.notices(slug="music")) == 1


async def test_a_logout_token_passes_for_no_other(told: Told) -> None:
    """Back-Channel Logout §4.1, RFC 8725 §3.11"""
    await told.enter()
    await sign_out(told.world.browser)
    await told.world.work()
    (token,) = told.tokens
    assert (await told.world.userinfo(token)).status_code == 401
    assert not await told.world.is_active(token, client_id="album")
    await told.world.sign_in()
    asked = {"id_token_hint": token, "post_logout_redirect_uri": CALLBACK}
    assert (await told.world.browser.get("/oauth2/logout", params=asked)).status_code == 400
    hinted = await told.world.ask(
        pkce=PKCE, client_id="album", scope="openid", id_token_hint=token, prompt="none"
    )
    assert "code=" not in hinted.headers.get("location", "")


async def test_a_hint_with_a_sid_still_leads_back(told: Told) -> None:
    """RP-Initiated Logout §2"""
    bye = "https://album.example.com/bye"
    await told.world.add_client(
        "album", backchannel_logout_uri=told.uri, post_logout_redirect_uris=[bye]
    )
    answer = await told.enter()
    asked = {"id_token_hint": answer["id_token"], "post_logout_redirect_uri": bye, "state": "s"}
    browser: httpx.AsyncClient = told.world.browser
    page = await browser.get("/oauth2/logout", params=asked)
    page = await browser.get(page.headers["location"])
    answer = await browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert answer.headers["location"] == f"{bye}?state=s"
    assert len(await told.notices()) == 1
