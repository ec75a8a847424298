"""Logging out at the provider, and coming back."""

from typing import Any

import pytest

from client_library.kit import APP, Now, Provider, Site, begin, parameters, registered
from client_library.platform_side import registered_here
from consentry.client import InvalidIdToken, InvalidLogoutToken, OAuth
from consentry.jose.keys import generate
from support.people import landed
from support.world import World, hidden


async def test_a_logout_goes_there_and_comes_back(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """S3 logout: logout_redirect, validate_logout_response"""
    registered(oauth, provider)
    site.last = {"id_token": "of-jane"}
    async with site.browser() as browser, site.browser() as mallory:
        there = await browser.get("/logout/other")
        assert there.status_code == 302
        assert there.headers["location"].startswith(provider.metadata["end_session_endpoint"])
        asked = parameters(there.headers["location"])
        assert asked["id_token_hint"] == "of-jane"
        assert asked["client_id"] == "printer"
        assert asked["post_logout_redirect_uri"] == f"{APP}/signed-out/other"
        address = f"/signed-out/other?state={asked['state']}"
        assert (await mallory.get(address)).json()["error"] == "mismatching_state"
        back = await browser.get(address)
        assert back.json() == {"post_logout_redirect_uri": f"{APP}/signed-out/other"}
        assert (await browser.get(address)).status_code == 400
        assert (await browser.get("/signed-out/other")).status_code == 400


async def test_a_logins_state_is_no_logouts(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 logout: state kept like login, and apart from it"""
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        back = await browser.get(f"/signed-out/other?state={asked['state']}")
        assert back.json()["error"] == "mismatching_state"


async def test_without_a_way_back_there_is_no_state(
    oauth: OAuth, provider: Provider, now: Now
) -> None:
    """RP-Initiated Logout §2"""
    client = registered(oauth, provider)
    begun = await client.create_logout_url(id_token_hint="of-jane", ui_locales="de")
    assert begun["state"] is None
    told = {"client_id": "printer", "id_token_hint": "of-jane", "ui_locales": "de"}
    assert parameters(begun["url"]) == told


async def test_a_logout_at_the_platform(world: World, oauth: OAuth, site: Site) -> None:
    """S3 logout"""
    await registered_here(world, oauth, "leaving")
    async with site.browser() as browser, world.new_browser() as jane:
        there = await browser.get("/login/leaving")
        returned = await world.follow(await jane.get(there.headers["location"]), jane)
        await browser.get(returned.headers["location"])
        assert site.last["userinfo"]["sub"]
        gone = await browser.get("/logout/leaving")
        page = await landed(jane, await jane.get(gone.headers["location"]))
        answer = await jane.post("/logout", data={**hidden(page), "decision": "logout"})
        back = await browser.get(answer.headers["location"])
        assert back.json() == {"post_logout_redirect_uri": f"{APP}/signed-out/leaving"}
        # Jane is asked who she is again.
        again = await browser.get("/login/leaving")
        asked = await landed(jane, await jane.get(again.headers["location"]))
        assert 'name="password"' in asked.text


EVENT = "http://schemas.openid.net/event/backchannel-logout"
GOOD: dict[str, Any] = {"events": {EVENT: {}}, "jti": "j-1", "sid": "s-1"}


@pytest.mark.parametrize("changed", [{}, {"sub": None}, {"sid": None}, {"aud": ["printer", "x"]}])
async def test_a_good_logout_token_gives_its_claims(
    oauth: OAuth, provider: Provider, changed: dict[str, Any]
) -> None:
    """Back-Channel Logout §2.6"""
    client = registered(oauth, provider)
    for typ in ("logout+jwt", "application/logout+jwt", "JWT"):
        claims = await client.parse_logout_token(provider.id_token(typ=typ, **{**GOOD, **changed}))
        assert claims["jti"] == "j-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"exp": None},
        {"exp": 1},
        {"iat": None},
        {"iat": 99_999_999_999},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"nonce": "n-1"},
        {"sub": None, "sid": None},
        {"sid": ""},
        {"sub": 7},
        {"typ": "at+jwt"},
        {"typ": "secevent+jwt"},
    ],
)
async def test_a_logout_token_that_says_the_wrong_thing_is_refused(
    oauth: OAuth, provider: Provider, changed: dict[str, Any]
) -> None:
    """Back-Channel Logout §2.6, §4.1"""
    client = registered(oauth, provider)
    with pytest.raises(InvalidLogoutToken) as caught:
        await client.parse_logout_token(
            provider.id_token(**{"typ": "logout+jwt", **GOOD, **changed})
        )
    assert caught.value.error == "invalid_request"


async def test_an_id_token_is_no_logout_token_and_the_reverse(
    oauth: OAuth, provider: Provider
) -> None:
    """Back-Channel Logout §4.1"""
    client = registered(oauth, provider)
    with pytest.raises(InvalidLogoutToken):
        await client.parse_logout_token(provider.id_token())
    token = {"id_token": provider.id_token(typ="logout+jwt", **GOOD)}
    with pytest.raises(InvalidIdToken):
        await client.parse_id_token(token, None)


async def test_a_logout_token_of_a_foreign_key_is_refused(oauth: OAuth, provider: Provider) -> None:
    client = registered(oauth, provider)
    with pytest.raises(InvalidLogoutToken):
        await client.parse_logout_token(provider.id_token(generate("ES256"), "logout+jwt", **GOOD))
