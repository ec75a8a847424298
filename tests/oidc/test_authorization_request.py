"""What the authorization endpoint takes, and who hears of what it refuses."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.people import (
    ISSUER,
    asked,
    error_of,
    is_error_page,
    landed,
    page_of,
    query_of,
    step_of,
)
from support.world import CALLBACK, PKCE, World, answer_of

# Each is wrong by itself; none may turn an untrusted address into a redirect.
ALSO_WRONG: tuple[dict[str, str], ...] = (
    {},
    {"response_type": "nonsense"},
    {"scope": "no.such"},
    {"prompt": "none"},
    {"response_mode": "form_post"},
    {"request": "e30.e30."},
    {"code_challenge": "short"},
)
GOOD = {
    "client_id": "printer", "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid",
    "state": "xyz", "code_challenge": PKCE.challenge, "code_challenge_method": "S256",
}  # fmt: skip


@pytest.mark.parametrize("also", ALSO_WRONG)
async def test_an_unknown_client_is_a_page_whatever_else_is_wrong(
    still_world: World, also: dict[str, Any]
) -> None:
    """RFC 6749 §4.1.2.1, THREATS 11"""
    assert is_error_page(await asked(still_world, **{**also, "client_id": "nobody"}))


@pytest.mark.parametrize("also", ALSO_WRONG)
@pytest.mark.parametrize("post", [False, True])
async def test_a_foreign_redirect_uri_is_a_page_whatever_else_is_wrong(
    still_world: World, also: dict[str, Any], post: bool
) -> None:
    """RFC 6749 §3.1.2.4, THREATS 11"""
    sent: dict[str, Any] = {**GOOD, **also, "redirect_uri": "https://evil.example/"}
    if post:
        assert is_error_page(await still_world.browser.post("/oauth2/authorize", data=sent))
    else:
        assert is_error_page(await asked(still_world, **sent))


@pytest.mark.parametrize(
    "near",
    [
        CALLBACK + "/", CALLBACK + "?", CALLBACK + "?a=b", CALLBACK + "#", CALLBACK.upper(),
        CALLBACK + "/../x", CALLBACK + "%20", " " + CALLBACK, CALLBACK + "\n",
        "http://127.0.0.1:9999/READY", "http://127.0.0.1@evil.example:9999/ready",
        "http://127.0.0.1:9999@evil.example/ready", "//127.0.0.1:9999/ready",
        "http:/127.0.0.1:9999/ready", "http://localhost:9999/ready", "https://127.0.0.1:9999/ready",
        "http://127.0.0.1:9999\\@evil.example/ready", "javascript:alert(1)", "data:text/html,x",
        "http://127.0.0.1:99999/ready", "http://127.1:9999/ready",
    ],
)  # fmt: skip
async def test_a_redirect_uri_that_is_nearly_registered_is_a_page(
    still_world: World, near: str
) -> None:
    """RFC 9700 §2.1, THREATS 10"""
    assert is_error_page(await asked(still_world, redirect_uri=near))


async def test_a_native_app_may_listen_on_any_loopback_port(world: World) -> None:
    """RFC 8252 §7.3"""
    other = "http://127.0.0.1:51004/ready"
    answer = await world.follow(await asked(world, redirect_uri=other))
    assert answer.headers["location"].startswith(other + "?")
    code = answer_of(answer)["code"]
    assert (await world.redeem(code)).error == "invalid_grant"
    assert (await world.redeem(code, changes={"redirect_uri": other})).status == 200


async def test_an_omitted_redirect_uri_stands_for_the_only_one_registered(world: World) -> None:
    """RFC 6749 §3.1.2.3, §4.1.3"""
    answer = await world.follow(await asked(world, redirect_uri=None, scope="photos.read"))
    assert answer.headers["location"].startswith(CALLBACK + "?")
    bought = await world.redeem(answer_of(answer)["code"], changes={"redirect_uri": None})
    assert bought.status == 200


async def test_of_two_registered_addresses_one_must_be_named(world: World) -> None:
    """RFC 6749 §3.1.2.3"""
    await world.add_client("two", redirect_uris=[CALLBACK, CALLBACK + "/b"])
    assert is_error_page(await asked(world, client_id="two", redirect_uri=None))


async def test_a_query_of_the_registered_address_is_kept(world: World) -> None:
    """RFC 6749 §3.1.2"""
    await world.add_client("old", redirect_uris=[CALLBACK + "?app=1"])
    answer = await asked(world, client_id="old", redirect_uri=CALLBACK + "?app=1", scope="no.such")
    sent = query_of(answer)
    assert sent["app"] == ["1"]
    assert sent["error"] == ["invalid_scope"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "nonsense"}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid no.such"}, "invalid_scope"),
        ({"scope": "openid photos.print"}, "invalid_scope"),
        ({"scope": 'openid "'}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "shout"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"display": "hologram"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"userinfo":{},"userinfo":{}}'}, "invalid_request"),
        ({"id_token_hint": "e30.e30."}, "invalid_request"),
        ({"response_mode": "telepathy"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://a.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"resource": "https://nobody.example"}, "invalid_target"),
        ({"resource": "relative"}, "invalid_target"),
        ({"scope": "openid", "redirect_uri": None}, "invalid_request"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("post", [False, True])
async def test_the_client_hears_of_every_other_error(
    still_world: World, changes: dict[str, str | None], error: str, post: bool
) -> None:
    """RFC 6749 §4.1.2.1, RFC 9207 §2, THREATS 17"""
    sent = {name: value for name, value in ({**GOOD, **changes}).items() if value is not None}
    if post:
        answer = await still_world.browser.post("/oauth2/authorize", data=sent)
        answer = await landed(still_world.browser, answer)
    else:
        answer = await still_world.browser.get("/oauth2/authorize", params=sent)
    assert error_of(answer) == error
    told = answer_of(answer)
    assert told["state"] == "xyz"
    assert told["iss"] == ISSUER
    assert answer.headers["x-request-id"] in told["error_description"]


async def test_a_refusal_is_on_record_under_the_id_the_client_was_told(world: World) -> None:
    answer = await asked(world, scope="openid photos.print")
    await world.deployment.refusals.flush(world.deployment.store)
    kept = await world.store().refusals.get(UUID(hex=answer.headers["x-request-id"]))
    assert kept is not None
    assert (kept.client_id, kept.endpoint, kept.error) == (
        "printer", "authorization", "invalid_scope",
    )  # fmt: skip
    assert kept.received == "photos.print"
    assert "photos.read" in kept.registered


@pytest.mark.parametrize("name", ["scope", "response_type", "state", "nonce", "prompt", "code"])
async def test_a_repeated_parameter_is_the_clients_to_hear_of(
    still_world: World, name: str
) -> None:
    """RFC 6749 §3.1, THREATS 12"""
    query = f"{urlencode(GOOD)}&{name}=a&{name}=b"
    told = await still_world.browser.get(f"/oauth2/authorize?{query}")
    assert error_of(told) == "invalid_request"
    assert answer_of(told).get("state") == (None if name == "state" else "xyz")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_repeated_client_or_address_is_a_page(still_world: World, name: str) -> None:
    """RFC 6749 §3.1, §4.1.2.1, THREATS 11, 12"""
    query = f"{urlencode(GOOD)}&{name}={GOOD[name]}"
    assert is_error_page(await still_world.browser.get(f"/oauth2/authorize?{query}"))


async def test_resource_may_be_repeated(world: World) -> None:
    """RFC 8707 §2"""
    await world.add_api("https://a.example")
    await world.add_api("https://b.example")
    answer = await asked(world, resource=["https://a.example", "https://b.example"])
    assert step_of(answer) == "/login"


async def test_a_disabled_client_is_a_page(world: World) -> None:
    """RFC 6749 §4.1.2.1"""
    found = await world.store().clients.get("printer")
    assert found is not None
    found.row.disabled_at = world.clock()
    await world.store().clients.save(found.row)
    world.forget()
    assert is_error_page(await asked(world))


async def test_a_post_asks_the_same(world: World) -> None:
    """OIDC Core §3.1.2.1"""
    await world.sign_in()
    answer = await world.browser.post("/oauth2/authorize", data=GOOD)
    assert answer_of(await world.follow(answer))["state"] == "xyz"


async def test_a_post_reads_nothing_from_the_query(still_world: World) -> None:
    """OIDC Core §3.1.2.1"""
    answer = await still_world.browser.post(
        f"/oauth2/authorize?{urlencode(GOOD)}", data={"state": "b"}
    )
    assert is_error_page(answer)


async def test_a_post_from_another_site_finds_the_person_and_leaves_other_tabs_alone(
    world: World,
) -> None:
    """RFC 6265bis §5.6.7: its request carries no cookie of ours, what it is led to does."""
    open_tab = await page_of(world)
    async with world.new_browser() as bare:
        posted = await bare.post("/oauth2/authorize", data=GOOD)
    assert "set-cookie" not in posted.headers
    assert step_of(posted) == "/oauth2/authorize"
    await world.sign_in()
    assert step_of(await world.browser.get(posted.headers["location"])) == "/consent"
    assert "error" not in answer_of(await world.follow(open_tab))


async def test_a_public_client_needs_pkce_whatever_the_policy(world: World) -> None:
    """RFC 9700 §2.1.1, THREATS 13"""
    await world.add_client(
        "spa",
        secret=None,
        token_endpoint_auth_method="none",
        grant_types=["authorization_code"],
    )
    await world.settings(require_pkce=False)
    assert error_of(await world.ask(client_id="spa")) == "invalid_request"
    assert step_of(await world.ask()) == "/login"


async def test_unknown_scopes_can_be_dropped_by_policy(world: World) -> None:
    """RFC 6749 §3.3"""
    await world.settings(unknown_scopes="ignore")
    code = await world.authorize(scope="openid no.such")
    assert (await world.redeem(code)).body["scope"] == "openid"


async def test_an_unknown_parameter_is_ignored(still_world: World) -> None:
    """RFC 6749 §3.1"""
    assert step_of(await asked(still_world, color="blue")) == "/login"


async def test_an_empty_parameter_is_an_omitted_one(still_world: World) -> None:
    """RFC 6749 §3.1"""
    assert step_of(await asked(still_world, prompt="", max_age="", claims="")) == "/login"


async def test_a_client_may_use_only_its_response_types(world: World) -> None:
    """RFC 6749 §4.1.2.1 unauthorized_client"""
    await world.add_client("machine", grant_types=["client_credentials"], response_types=[])
    assert error_of(await asked(world, client_id="machine")) == "unauthorized_client"


async def test_a_request_too_long_to_travel_is_refused_with_its_state(still_world: World) -> None:
    long = '{"userinfo":{' + ",".join(f'"claim{n}":null' for n in range(480)) + "}}"
    assert step_of(await asked(still_world, claims=long)) == "/login"
    state = "s" * 12_000
    told = await asked(still_world, claims=long, state=state)
    assert error_of(told) == "invalid_request"
    assert answer_of(told)["state"] == state


async def test_the_longest_request_that_is_taken_reaches_its_end(world: World) -> None:
    """Each step adds to what travels; none may be the first to find it too long."""
    taken = 0
    for length in range(10_500, 12_500, 10):
        answer = await asked(world, state="s" * length, nonce="n" * 100)
        if answer.headers["location"].startswith(CALLBACK):
            break
        taken = length
    assert taken
    answer = await world.follow(await asked(world, state="s" * taken, nonce="n" * 100))
    assert answer_of(answer)["state"] == "s" * taken


NAMES = st.sampled_from(
    ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age",
     "claims", "acr_values", "id_token_hint", "login_hint", "display", "ui_locales", "resource",
     "response_mode", "code_challenge", "code_challenge_method", "request", "flow", "x"]
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CLAIM = st.fixed_dictionaries(
    {}, optional={"essential": st.booleans() | JSON, "value": JSON, "values": st.lists(JSON)}
)
CLAIMS = st.fixed_dictionaries(
    {}, optional={
        "id_token": st.dictionaries(st.sampled_from(["acr", "sub", "name"]), CLAIM | st.none()),
        "userinfo": st.dictionaries(TEXT, CLAIM | JSON, max_size=3),
    },
)  # fmt: skip


def dumped(value: Any) -> str:
    return json.dumps(value)


@pytest.fixture
async def jane(still_world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Jane's browser, signed in."""
    async with still_world.new_browser() as browser:
        await still_world.sign_in(browser)
        yield browser


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.dictionaries(NAMES, TEXT, max_size=4),
    claims=st.none() | CLAIMS.map(dumped),
    extra=st.binary(max_size=12),
)
async def test_whatever_is_asked_the_answer_is_no_failure_of_ours(
    still_world: World,
    jane: httpx.AsyncClient,
    changes: dict[str, str],
    claims: str | None,
    extra: bytes,
) -> None:
    """THREATS 56"""
    sent = {**GOOD, **({"claims": claims} if claims is not None else {}), **changes}
    query = f"{urlencode(sent)}&{quote_from_bytes(extra, safe='&=%+')}"
    for browser in (still_world.browser, jane):
        answer = await landed(browser, await browser.get(f"/oauth2/authorize?{query}"))
        assert answer.status_code < 500
