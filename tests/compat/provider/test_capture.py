"""Capture: out of the address, into the tab."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.provider.mounted import FORM, READY, Mounted, Page, answer_of, printer
from consentry.compat.provider import ProviderSettings
from consentry.compat.provider.views import Authorize, Capture


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_parameters_leave_the_address_at_once(mounted: Mounted, method: str) -> None:
    """S2 Capture GET and POST"""
    asked = (await mounted.ask()).request.url.query.decode()
    if method == "GET":
        seen = await mounted.browser.get(f"/oauth2/authorize/?{asked}")
    else:
        seen = await mounted.browser.post("/oauth2/authorize/", content=asked, headers=FORM)
    assert seen.status_code == 303
    location = seen.headers["location"]
    assert location.startswith("/oauth2/authorize/confirm/?flow=")
    assert "printer" not in location and "ready" not in location
    page = Page((await mounted.browser.get(location)).text)
    assert page.buttons == [("decision", "approve"), ("decision", "deny")]


async def test_a_post_counts_only_as_a_form(mounted: Mounted) -> None:
    """S2 Capture GET and POST, THREATS 56"""
    seen = await mounted.browser.post("/oauth2/authorize/", json={"client_id": "printer"})
    assert seen.status_code == 400
    large = b"client_id=printer&state=" + b"x" * 70_000
    seen = await mounted.browser.post("/oauth2/authorize/", content=large, headers=FORM)
    assert seen.status_code == 413
    seen = await mounted.browser.post("/oauth2/access_token/", content=large, headers=FORM)
    assert (seen.status_code, seen.json()["error"]) == (413, "invalid_request")


@pytest.mark.parametrize("client_id", [None, "stranger"])
async def test_an_unknown_client_is_told_to_the_person_only(
    mounted: Mounted, client_id: str | None
) -> None:
    """S2 get_client, S2 error_response: no redirect, THREATS 11"""
    seen = await mounted.ask(client_id=client_id)
    assert seen.status_code == 400
    page = Page(seen.text)
    assert "unauthorized_client" in page.alert
    assert page.links == ["/"]
    assert "location" not in seen.headers


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/ready?shop=7",
        "https://printer.example@evil.example/ready?shop=7",
        "https://printer.example/ready",
        READY + "&more=1",
        "https://PRINTER.example/ready?shop=7",
        "//evil.example",
        "javascript:alert(1)",
    ],
)
async def test_nobody_is_sent_to_a_uri_that_is_not_registered(
    mounted: Mounted, redirect_uri: str
) -> None:
    """S2 error_response: never redirect to an unproved URI, THREATS 10, THREATS 11,
    PARITY 6 Authlib history: userinfo trick"""
    for broken in ({}, {"response_type": "nothing"}, {"scope": "nothing"}):
        seen = await mounted.ask(redirect_uri=redirect_uri, **broken)
        assert seen.status_code == 400
        assert "redirect_uri" in Page(seen.text).alert
        assert Page(seen.text).links == ["/"]
        assert "evil" not in seen.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "nothing"}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
    ],
)
async def test_what_the_client_did_wrong_reaches_it_by_the_link(
    mounted: Mounted, changes: dict[str, str | None], error: str
) -> None:
    """S2 error_response: next link, S2 AuthorizationRequestForm, THREATS 13"""
    seen = await mounted.ask(**changes)
    assert seen.status_code == 400
    page = Page(seen.text)
    assert error in page.alert
    [onward] = page.links
    assert onward.startswith("/oauth2/redirect/?flow=")
    answer = answer_of(await mounted.browser.get(onward))
    assert (answer["error"], answer["state"]) == (error, "a b")
    assert "code" not in answer


async def test_an_unknown_response_type_is_named(mounted: Mounted) -> None:
    """S2 AuthorizationRequestForm: value named"""
    page = Page((await mounted.ask(response_type="pigeon")).text)
    assert "pigeon is not a supported response type" in page.alert


async def test_a_repeated_parameter_is_refused(mounted: Mounted) -> None:
    """S2 Capture, THREATS 12"""
    asked = (await mounted.ask()).request.url.query.decode()
    seen = await mounted.browser.get(f"/oauth2/authorize/?{asked}&scope=write")
    [onward] = Page(seen.text).links
    answer = answer_of(await mounted.browser.get(onward))
    assert answer["error"] == "invalid_request"
    for name in ("client_id", "redirect_uri"):
        seen = await mounted.browser.get(f"/oauth2/authorize/?{asked}&{name}=x")
        assert (seen.status_code, Page(seen.text).links) == (400, ["/"])


async def test_pkce_can_be_left_to_public_clients() -> None:
    """S2 AuthorizationRequestForm: PKCE by setting, THREATS 13"""
    mounted = Mounted(settings=ProviderSettings(require_pkce=False))
    none = {"code_challenge": None, "code_challenge_method": None}
    code = (await mounted.decide(**none))["code"]
    assert (await mounted.redeem(code, code_verifier=None)).status_code == 200
    public = {"client_id": "viewer", "redirect_uri": "http://127.0.0.1:5555/callback"}
    assert "code_challenge" in (await mounted.page(**public, **none)).alert


async def test_what_is_too_long_to_travel_is_refused(mounted: Mounted) -> None:
    """S2 Capture, THREATS 56"""
    seen = await mounted.ask(state="x" * 20_000)
    assert seen.status_code == 400
    assert "too long" in Page(seen.text).alert


async def test_a_request_begins_anew_whatever_flow_comes_with_it(mounted: Mounted) -> None:
    """S2 Capture, THREATS 32"""
    location = (await mounted.press(await mounted.page(), "deny")).headers["location"]
    flow = location.partition("flow=")[2]
    page = await mounted.page(flow=flow)
    assert page.buttons
    answer = answer_of(await mounted.follow(await mounted.press(page, "approve")))
    assert "code" in answer


async def test_own_stages_say_where_they_lead_and_what_they_prove() -> None:
    """S2 get_redirect_url, S2 Extending"""

    class Checked(Authorize):
        async def get_client(self, client_id: str) -> Any:
            return printer(client_id=client_id) if client_id.startswith("p") else None

    class Counted(Capture):
        def get_redirect_url(self, request: Any) -> str:
            return super().get_redirect_url(request) + "?from=capture"

    mounted = Mounted(capture=Counted, authorize=Checked)
    seen = await mounted.ask(client_id="plotter")
    assert seen.headers["location"].startswith("/oauth2/authorize/confirm/?from=capture&flow=")
    assert (await mounted.page(client_id="plotter")).buttons
    assert "unauthorized_client" in (await mounted.page(client_id="copier")).alert


def test_a_view_takes_only_attributes_it_has(mounted: Mounted) -> None:
    """S2 OAuthView.as_view"""
    with pytest.raises(TypeError, match="Capture has no colour"):
        Capture.as_view(mounted.provider, colour="red")


@settings(max_examples=60, deadline=None)
@given(raw=st.one_of(st.binary(max_size=80), st.text("ab&=%25+;client_id\x00é", max_size=60)))
async def test_whatever_is_thrown_at_it_gets_an_answer(raw: bytes | str) -> None:
    """S2 Capture, THREATS 56"""
    sent = raw if isinstance(raw, bytes) else raw.encode()
    mounted = Mounted()
    seen = await mounted.browser.post("/oauth2/authorize/", content=sent, headers=FORM)
    assert seen.status_code == 400
    seen = await mounted.browser.post("/oauth2/access_token/", content=sent, headers=FORM)
    assert seen.status_code == 400
    assert seen.json()["error"]
