"""Logging in elsewhere: the way there, and the way back."""

import asyncio
from typing import Any

import pytest

from client_library.kit import APP, Now, Provider, Site, back, begin, parameters, registered
from client_library.platform_side import approved, registered_here
from consentry.client import CacheStateStore, MemoryStateStore, Misconfigured, OAuth
from consentry.spec.pkce import s256
from support.world import World


async def test_a_login_at_the_platform(world: World, oauth: OAuth, site: Site) -> None:
    """S3 authorize_redirect, given a URL object; S3 authorize_access_token"""
    client = await registered_here(world, oauth, "webapp")
    async with site.browser() as browser:
        there = await browser.get("/login/webapp")
        assert there.status_code == 302
        assert there.headers["cache-control"] == "no-store"
        returned = await browser.get(await approved(world, there.headers["location"]))
    assert returned.status_code == 200, returned.text
    token = site.last
    assert token["userinfo"]["sub"] == returned.json()["user"]
    assert token["expires_at"] > 0
    told = await client.userinfo(token=token)
    assert (told["sub"], told["name"]) == (token["userinfo"]["sub"], "Jane Doe")
    answer = await client.get("oauth2/userinfo", token=token)
    assert answer.status_code == 200


async def test_every_request_has_pkce_state_and_nonce(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """S3 code_challenge_method: on by default; S3 authorize_redirect: nonce with openid"""
    registered(oauth, provider, client_kwargs={"scope": "openid photos"})
    registered(oauth, provider, "plain", client_kwargs={"scope": "photos"})
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        plain = await begin(browser, "plain")
        again = await begin(browser, "other")
        await browser.get(back(site, "other", state=asked["state"], code="c-1"))
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{APP}/callback/other"
    assert len(asked["nonce"]) >= 20
    assert "nonce" not in plain
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]
    [sent] = provider.came("/token")
    assert s256(sent["code_verifier"]) == asked["code_challenge"]
    assert sent["redirect_uri"] == asked["redirect_uri"]


async def test_more_parameters_pass_through(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 authorize_redirect: extra keywords, over authorize_params"""
    params = {"prompt": "login", "audience": "photos"}
    registered(oauth, provider, authorize_params=params, client_kwargs={"login_hint": "jane"})
    site.asked = {"prompt": "consent", "state": "of-my-own-making", "nothing": None}
    async with site.browser() as browser:
        asked = await begin(browser, "other")
    assert asked["prompt"] == "consent"
    assert asked["audience"] == "photos"
    assert asked["login_hint"] == "jane"
    assert asked["state"] == "of-my-own-making"
    assert "nothing" not in asked


async def test_a_repeated_parameter_is_sent_once_for_each_value(
    oauth: OAuth, provider: Provider
) -> None:
    """RFC 8707 §2; a scope is one value all the same"""
    client = registered(oauth, provider)
    begun = await client.create_authorization_url(
        APP, resource=["https://a/", "https://b/"], scope=["openid", "photos"]
    )
    assert begun["nonce"]
    assert "scope=openid+photos" in begun["url"]
    assert begun["url"].count("resource=") == 2


@pytest.mark.parametrize("wrong", [{"response_type": "token"}, {"code_verifier": "short"}])
async def test_flows_that_are_dead_are_not_begun(
    oauth: OAuth, provider: Provider, wrong: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured):
        await registered(oauth, provider).create_authorization_url(APP, **wrong)


async def test_two_tabs_do_not_disturb_one_another(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """PARITY 6 S3: the second tab kills the first. S3 state storage: several pending."""
    registered(oauth, provider)
    async with site.browser() as browser:
        tabs = [await begin(browser, "other") for _ in range(2)]
        for tab in tabs:
            returned = await browser.get(back(site, "other", state=tab["state"], code="c"))
            assert returned.status_code == 200


async def test_a_browser_has_five_logins_under_way_and_no_more(
    oauth: OAuth, site: Site, provider: Provider, now: Now
) -> None:
    """S3 state storage: cap 5"""
    registered(oauth, provider)
    async with site.browser() as browser:
        tabs = []
        for _ in range(6):
            tabs.append(await begin(browser, "other"))
            now.forward(2)
        assert len(browser.cookies) == 5
        codes = [
            (await browser.get(back(site, "other", state=tab["state"], code="c"))).status_code
            for tab in tabs
        ]
    assert codes == [400, 200, 200, 200, 200, 200]


async def test_a_state_is_good_once(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 authorize_access_token: state data is removed before the exchange"""
    registered(oauth, provider)
    async with site.browser() as browser:
        first, second = await begin(browser, "other"), await begin(browser, "other")
        provider.token = {"error": "invalid_grant", "error_description": "spent"}
        refused = await browser.get(back(site, "other", state=first["state"], code="c"))
        assert refused.json() == {"error": "invalid_grant", "description": "spent"}
        provider.token = {"access_token": "at", "token_type": "bearer"}
        again = await browser.get(back(site, "other", state=first["state"], code="c"))
        assert again.json()["error"] == "mismatching_state"
        fine = await browser.get(back(site, "other", state=second["state"], code="c"))
        assert fine.status_code == 200


async def test_of_parallel_answers_one_counts(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 state storage: single use"""
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        address = back(site, "other", state=asked["state"], code="c")
        answers = await asyncio.gather(*(browser.get(address) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert len(provider.came("/token")) == 1


async def test_another_browsers_state_finds_nothing_and_spoils_nothing(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """THREATS 46, PARITY 6 Authlib history: login CSRF by a cache all browsers share"""
    registered(oauth, provider)
    async with site.browser() as jane, site.browser() as mallory:
        asked = await begin(jane, "other")
        await begin(mallory, "other")
        address = back(site, "other", state=asked["state"], code="c")
        assert (await mallory.get(address)).json()["error"] == "mismatching_state"
        assert not provider.came("/token")
        assert (await jane.get(address)).status_code == 200


async def test_a_planted_cookie_without_the_host_prefix_stands_for_nothing(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """THREATS 36: a neighbouring host can plant plain cookies only"""
    registered(oauth, provider)
    async with site.browser() as mallory, site.browser() as jane:
        asked = await begin(mallory, "other")
        [(name, marker)] = mallory.cookies.items()
        assert name.startswith("__Host-")
        jane.cookies.set(name.removeprefix("__Host-"), marker)
        address = back(site, "other", state=asked["state"], code="c")
        assert (await jane.get(address)).json()["error"] == "mismatching_state"


async def test_what_the_cookie_holds_and_how(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 session requirement: state, verifier and nonce are never in a cookie"""
    registered(oauth, provider, client_kwargs={"scope": "openid"})
    async with site.browser() as browser:
        response = await browser.get("/login/other")
        asked = parameters(response.headers["location"])
        [cookie] = response.headers.get_list("set-cookie")
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=3600"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert asked["state"] not in cookie
    assert asked["nonce"] not in cookie


async def test_on_plain_http_the_cookie_has_no_host_prefix(
    oauth: OAuth, provider: Provider
) -> None:
    site = Site(oauth, "http://localhost:5000")
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        [name] = browser.cookies
        assert name.startswith("consentry-login-")
        returned = await browser.get(back(site, "other", state=asked["state"], code="c"))
        assert returned.status_code == 200


async def test_a_login_takes_an_hour_at_most(
    oauth: OAuth, site: Site, provider: Provider, now: Now
) -> None:
    """S3 state storage: 1 hour"""
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        now.forward(3601)
        returned = await browser.get(back(site, "other", state=asked["state"], code="c"))
        assert returned.json()["error"] == "mismatching_state"


@pytest.mark.parametrize("state", [None, "", "made-up"])
async def test_without_a_state_of_ours_nothing_happens(
    oauth: OAuth, site: Site, provider: Provider, state: str | None
) -> None:
    """S3 authorize_access_token: missing state -> mismatching_state"""
    registered(oauth, provider)
    answer = {"code": "c"} | ({} if state is None else {"state": state})
    async with site.browser() as browser:
        await begin(browser, "other")
        returned = await browser.get(back(site, "other", **answer))
    assert returned.json()["error"] == "mismatching_state"
    assert not provider.came("/token")


async def test_one_clients_state_is_not_anothers(oauth: OAuth, site: Site, now: Now) -> None:
    """THREATS 17: the callback of one provider takes no answer of another"""
    first, second = Provider("https://a.example", now), Provider("https://b.example", now)
    registered(oauth, first, "a")
    registered(oauth, second, "b")
    async with site.browser() as browser:
        asked = await begin(browser, "a")
        returned = await browser.get(back(site, "b", state=asked["state"], code="c"))
    assert returned.json()["error"] == "mismatching_state"
    assert not second.came("/token")


@pytest.mark.parametrize(
    ("iss", "always", "status"),
    [
        ("https://provider.example", True, 200),
        ("https://provider.example", False, 200),
        (None, False, 200),
        (None, True, 400),
        ("https://evil.example", False, 400),
        ("https://provider.example/", True, 400),
    ],
)
async def test_the_answer_must_come_from_the_provider_that_was_asked(
    oauth: OAuth, site: Site, provider: Provider, iss: str | None, always: bool, status: int
) -> None:
    """THREATS 17, S3 authorize_access_token: iss check (RFC 9207 §2.4)"""
    provider.metadata["authorization_response_iss_parameter_supported"] = always
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        answer = {"state": asked["state"], "code": "c"} | ({} if iss is None else {"iss": iss})
        returned = await browser.get(back(site, "other", **answer))
    assert returned.status_code == status
    if status == 400:
        assert returned.json()["error"] == "mismatching_issuer"
        assert not provider.came("/token")


async def test_a_refusal_raises_with_its_description(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """S3 authorize_access_token: `error` raises with description"""
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        answer = {"error": "access_denied", "error_description": "Jane\r\nsaid no"}
        returned = await browser.get(back(site, "other", state=asked["state"], **answer))
        assert returned.json() == {"error": "access_denied", "description": "Jane  said no"}
        again = await begin(browser, "other")
        neither = await browser.get(back(site, "other", state=again["state"]))
        assert neither.json()["error"] == "unexpected_answer"


async def test_the_answer_may_be_posted(oauth: OAuth, site: Site, provider: Provider) -> None:
    """S3 authorize_access_token: POST form"""
    registered(oauth, provider)
    site.asked = {"response_mode": "form_post"}
    async with site.browser() as browser:
        response = await browser.get("/login/other")
        # A form posted by another site brings no cookie that is Lax.
        assert "SameSite=none" in response.headers["set-cookie"]
        asked = parameters(response.headers["location"])
        answer = {"state": asked["state"], "code": "c"}
        returned = await browser.post("/callback/other", data=answer)
        assert returned.status_code == 200
        long = await browser.post("/callback/other", data={"state": "x" * 70_000})
        assert long.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "said",
    [
        {"client_kwargs": {"response_mode": "form_post"}},
        {"authorize_params": {"response_mode": "form_post"}},
    ],
)
async def test_a_client_whose_answers_are_always_posted(
    oauth: OAuth, site: Site, provider: Provider, said: dict[str, Any]
) -> None:
    """S3 client_kwargs 2.0: response_mode"""
    registered(oauth, provider, **said)
    async with site.browser() as browser:
        response = await browser.get("/login/other")
    assert "SameSite=none" in response.headers["set-cookie"]


async def test_a_parameter_that_comes_twice_is_refused(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """THREATS 12"""
    registered(oauth, provider)
    async with site.browser() as browser:
        asked = await begin(browser, "other")
        address = back(site, "other", state=asked["state"], code="c") + "&code=d"
        assert (await browser.get(address)).json()["error"] == "invalid_request"


class Cache:
    """A cache with the three methods."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.seconds: list[int] = []

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def set(self, key: str, value: str, seconds: int) -> None:
        self.kept[key] = value
        self.seconds.append(seconds)

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)


class WithGetDel(Cache):
    """One that can do both at once, in bytes."""

    async def getdel(self, key: str) -> bytes | None:
        value = self.kept.pop(key, None)
        return None if value is None else value.encode()


@pytest.mark.parametrize("kind", [Cache, WithGetDel])
async def test_logins_under_way_can_lie_in_a_cache(provider: Provider, kind: type[Cache]) -> None:
    """S3 state storage: with a cache"""
    cache = kind()
    async with OAuth(cache=cache) as oauth:
        site = Site(oauth)
        registered(oauth, provider)
        async with site.browser() as browser:
            asked = await begin(browser, "other")
            assert cache.seconds == [3600]
            assert asked["state"] not in "".join(cache.kept)
            address = back(site, "other", state=asked["state"], code="c")
            assert (await browser.get(address)).status_code == 200
            assert not cache.kept
            assert (await browser.get(address)).status_code == 400
    assert isinstance(OAuth(store=CacheStateStore(cache)), OAuth)


async def test_the_memory_holds_so_many_logins_and_no_more(now: Now) -> None:
    """THREATS 57"""
    store = MemoryStateStore(clock=now, max_entries=3)
    for number in range(5):
        await store.put(str(number), "x", 60)
    assert len(store) == 3
    assert await store.take("0") is None
    assert await store.take("4") == "x"
    assert await store.take("4") is None
    now.forward(61)
    await store.put("new", "y", 60)
    assert len(store) == 1
