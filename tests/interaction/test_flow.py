"""The sealed flow: what was asked goes through the browser and comes back as it was."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from consentry.crypto import base64url
from consentry.interaction.browser import Browser
from consentry.interaction.flow import Flow, FlowLost
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import OAuthError
from consentry.spec.forms import Form
from consentry.tenancy.context import TenantContext, open_tenant
from support.people import asked, decide, enter, landed, page_of
from support.world import CALLBACK, PASSWORD, World, answer_of, hidden

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
WORDS = st.lists(st.sampled_from(["openid", "profile", "a.b", "x:y"]), max_size=4).map(" ".join)
FORMS = st.fixed_dictionaries(
    {"client_id": TEXT.filter(bool), "response_type": st.sampled_from(["code", "token"])},
    optional={
        "redirect_uri": TEXT, "scope": WORDS, "state": TEXT, "nonce": TEXT, "login_hint": TEXT,
        "prompt": st.sampled_from(["none", "login", "consent select_account"]),
        "max_age": st.integers(0, 10**9).map(str), "ui_locales": TEXT, "acr_values": TEXT,
        "resource": st.just("https://api.example/x"), "id_token_hint": TEXT,
        "claims": st.dictionaries(TEXT, st.none() | st.just({"essential": True}), max_size=3).map(
            lambda asks: json.dumps({"userinfo": asks})
        ),
        "response_mode": st.sampled_from(["fragment", "form_post"]),
    },
)  # fmt: skip
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
async def ctx(still_world: World) -> AsyncIterator[TenantContext]:
    """The tenant's own context."""
    row = await still_world.deployment.store.tenants.get(still_world.tenants["photos"])
    assert row is not None
    yield await open_tenant(still_world.deployment, row)


def browser(mark: str = "m" * 22) -> Browser:
    """A browser that sends this mark."""
    headers = [(b"cookie", f"consentry_browser={mark}".encode())]
    scope: dict[str, Any] = {"type": "http", "headers": headers, "consentry.https": False}
    return Browser(Request(scope))


@EXAMPLES
@given(form=FORMS, chosen=st.booleans(), decision=st.sampled_from([None, "approve", "deny"]))
async def test_any_request_comes_back_as_it_was_sealed(
    ctx: TenantContext, form: dict[str, str], chosen: bool, decision: str | None
) -> None:
    try:
        request = AuthorizationRequest.parse(Form.of(**form))
    except OAuthError:
        return
    user_id = uuid4() if chosen or decision else None
    flow = Flow("authorize", request.to_dict(), ctx.now(), chosen, chosen, user_id, decision)
    opened = Flow.open(ctx, browser(), flow.seal(ctx, browser()), "authorize")
    assert opened == flow
    assert AuthorizationRequest.from_dict(opened.asked) == request


@EXAMPLES
@given(flip=st.integers(1, 255))
async def test_a_flow_with_any_byte_changed_is_refused(ctx: TenantContext, flip: int) -> None:
    """THREATS 46, 51"""
    flow = Flow("authorize", {"client_id": "printer"}, ctx.now())
    sealed = base64url.decode(flow.seal(ctx, browser()))
    changed = [
        sealed[:at] + bytes([byte ^ flip]) + sealed[at + 1 :] for at, byte in enumerate(sealed)
    ]
    for wrong in (*changed, sealed[:-1], sealed[1:], sealed + bytes([flip])):
        with pytest.raises(FlowLost):
            Flow.open(ctx, browser(), base64url.encode(wrong), "authorize")


@EXAMPLES
@given(text=st.text(max_size=60))
async def test_any_text_that_is_no_flow_is_refused(ctx: TenantContext, text: str) -> None:
    with pytest.raises(FlowLost):
        Flow.open(ctx, browser(), text, "authorize")


async def test_a_flow_opens_for_its_own_browser_alone(ctx: TenantContext) -> None:
    """THREATS 46"""
    sealed = Flow("authorize", {}, ctx.now()).seal(ctx, browser())
    assert Flow.open(ctx, browser(), sealed, "authorize")
    with pytest.raises(FlowLost):
        Flow.open(ctx, browser("n" * 22), sealed, "authorize")


@pytest.mark.parametrize("mark", ["", "short", "x" * 2_000])
async def test_a_mark_that_is_none_of_ours_is_replaced(still_world: World, mark: str) -> None:
    async with still_world.new_browser() as client:
        answer = await client.get("/login", headers={"Cookie": f"consentry_browser={mark}"})
    assert "consentry_browser=" in answer.headers["set-cookie"]


NAVIGATES = {"sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}


def moved_to(answer: httpx.Response) -> str:
    """Where a page that moves on by itself leads; the link leads there too."""
    assert answer.status_code == 200
    refresh = answer.text.partition('http-equiv="refresh" content="0;url=')[2].partition('"')[0]
    assert f'href="{refresh}"' in answer.text
    return refresh.replace("&amp;", "&")


async def test_in_a_browser_what_follows_a_form_is_no_part_of_its_submission(
    world: World,
) -> None:
    """CSP Level 3 §6.4.1, THREATS 43: the client may redirect on to wherever it likes."""
    page = await page_of(world)
    signed = await enter(world.browser, page, "jane", PASSWORD, **NAVIGATES)
    assert moved_to(signed).startswith("/oauth2/authorize?flow=")
    consent = await landed(world.browser, await world.browser.get(moved_to(signed)))
    decided = await decide(world.browser, consent, **NAVIGATES)
    ended = await world.browser.get(moved_to(decided))
    assert ended.headers["location"].startswith(CALLBACK + "?")
    assert "code" in answer_of(ended)


async def test_in_a_browser_signing_out_leads_back_by_a_page(world: World) -> None:
    """RP-Initiated Logout §3"""
    bye = "https://leaver.example/bye"
    await world.add_client("leaver", post_logout_redirect_uris=[bye])
    await world.sign_in()
    query = {"client_id": "leaver", "post_logout_redirect_uri": bye, "state": 'a"b'}
    shown = await landed(world.browser, await world.browser.get("/oauth2/logout", params=query))
    fields = hidden(shown) | {"decision": "logout"}
    out = await world.browser.post("/logout", data=fields, headers=NAVIGATES)
    assert moved_to(out) == bye + "?state=a%22b"
    assert "consentry_login" not in world.browser.cookies


async def test_an_app_with_its_own_scheme_is_led_to_by_redirects(world: World) -> None:
    """RFC 8252 §7.1: it opens only while the click still counts."""
    native = "com.example.app:/cb"
    await world.add_client("app", redirect_uris=[native])
    page = await page_of(world, client_id="app", redirect_uri=native)
    signed = await enter(world.browser, page, "jane", PASSWORD, **NAVIGATES)
    assert signed.status_code == 303
    ended = await world.follow(signed)
    assert ended.headers["location"].startswith(native + "?")


async def test_asking_again_after_an_answer_is_a_new_request(world: World) -> None:
    answer = await world.follow(await asked(world))
    again = await world.follow(await asked(world))
    assert answer_of(answer)["code"] != answer_of(again)["code"]
