"""Authorize: the question, and what is said to it."""

from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader

from compat.provider.mounted import READY, Mounted, Page, answer_of, printer, viewer
from consentry.compat.provider import ProviderSettings
from consentry.compat.provider.constants import READ, WRITE
from consentry.compat.provider.forms import AuthorizationForm
from consentry.compat.provider.views import Authorize


async def test_the_page_works_without_scripts_and_names_who_asks_for_what(
    mounted: Mounted,
) -> None:
    """S2 Authorize GET"""
    seen = await mounted.follow(await mounted.ask(scope="read write"))
    page = Page(seen.text)
    assert "script" not in page.tags and "style" not in page.tags
    assert "Printer" in seen.text and "jane" in seen.text
    assert [value for name, value in page.fields if name == "scope"] == ["read", "write"]
    policy = seen.headers["content-security-policy"]
    assert "form-action 'self' https://printer.example" in policy
    assert "frame-ancestors 'none'" in policy


async def test_names_of_clients_and_scopes_are_only_text() -> None:
    """S2 Authorize GET, THREATS 42"""
    mounted = Mounted(printer(name="<script>alert(1)</script>"))
    page = await mounted.page()
    assert page.buttons and "script" not in page.tags


async def test_approving_brings_a_code_and_denying_says_so(mounted: Mounted) -> None:
    """S2 Authorize POST, S2 AuthorizationForm"""
    assert set(await mounted.decide("approve")) == {"shop", "code", "state"}
    denied = await mounted.decide("deny")
    assert (denied["error"], denied["state"]) == ("access_denied", "a b")
    assert "code" not in denied


@pytest.mark.parametrize("decision", ["", "maybe"])
async def test_a_form_without_an_answer_is_no_denial(mounted: Mounted, decision: str) -> None:
    """S2 AuthorizationForm: deny is explicit"""
    seen = await mounted.press(await mounted.page(), decision)
    assert seen.status_code == 400
    assert Page(seen.text).buttons
    assert not mounted.store.grants


async def test_less_can_be_allowed_than_was_asked_and_never_more(mounted: Mounted) -> None:
    """S2 get_authorization_form: scopes chosen, THREATS 19"""
    page = await mounted.page(scope="read write")
    await mounted.press(page, "approve", without=("write", "remember"))
    [grant] = mounted.store.grants.values()
    assert grant.scope == READ
    more = await mounted.press(await mounted.page(), "approve", scope="read+write")
    assert (more.status_code, len(mounted.store.grants)) == (400, 1)
    none = await mounted.press(await mounted.page(), "approve", without=("scope",))
    assert "choose at least one" in Page(none.text).alert
    assert len(mounted.store.grants) == 1


async def test_what_was_agreed_to_is_remembered_for_this_client_and_no_more() -> None:
    """S2 later forks: stored consent per user and client with scope set"""
    mounted = Mounted(printer(), printer(client_id="plotter"))
    await mounted.press(await mounted.page(), "approve")
    assert mounted.store.consents == {("jane", "printer"): READ}
    assert "code" in answer_of(await mounted.follow(await mounted.ask()))
    assert (await mounted.page(scope="read write")).buttons
    assert (await mounted.page(client_id="plotter")).buttons
    mounted.browser = mounted.another_browser(user="joe")
    assert (await mounted.page()).buttons


async def test_without_the_tick_nothing_is_remembered(mounted: Mounted) -> None:
    """S2 later forks: stored consent, remember flag"""
    await mounted.decide()
    assert (await mounted.page()).buttons


async def test_people_can_be_asked_every_time() -> None:
    """S2 later forks: ask every time"""
    mounted = Mounted(settings=ProviderSettings(ask_every_time=True))
    await mounted.press(await mounted.page(), "approve")
    assert (await mounted.page()).buttons
    remembered = Mounted()
    await remembered.press(await remembered.page(), "approve")
    assert (await remembered.page(prompt="consent")).buttons


async def test_a_trusted_client_is_not_asked_about() -> None:
    """S2 later forks: auto-authorise client"""
    mounted = Mounted(printer(auto_authorize=True))
    answer = answer_of(await mounted.follow(await mounted.ask(scope="read write")))
    assert (await mounted.redeem(answer["code"])).json()["scope"] == "read write"


async def test_a_program_on_a_device_is_always_asked_about() -> None:
    """S2 later forks: auto-authorise client; RFC 8252 §8.6"""
    mounted = Mounted(viewer(auto_authorize=True), viewer(
        client_id="web", auto_authorize=True, redirect_uri=READY))  # fmt: skip
    asked = {"client_id": "viewer", "redirect_uri": "http://127.0.0.1:4444/callback"}
    assert (await mounted.page(**asked)).buttons
    assert "code" in answer_of(await mounted.follow(await mounted.ask(client_id="web")))


@pytest.mark.parametrize("stage", ["authorize/confirm/", "redirect/"])
async def test_without_a_request_the_authorization_has_expired(
    mounted: Mounted, stage: str
) -> None:
    """S2 Authorize: expired_authorization"""
    for query in ("", "?flow=", "?flow=AAAA", "?flow=%C3%A9", "?flow=" + "A" * 20_000):
        seen = await mounted.browser.get(f"/oauth2/{stage}{query}")
        assert seen.status_code == 400
        assert "expired_authorization" in Page(seen.text).alert
        assert Page(seen.text).links == ["/"]


async def test_a_flow_ends_after_its_time(mounted: Mounted) -> None:
    """S2 Capture: end"""
    location = (await mounted.ask()).headers["location"]
    mounted.clock.move(601)
    seen = await mounted.browser.get(location)
    assert "expired_authorization" in Page(seen.text).alert


async def test_a_flow_is_good_in_the_browser_that_began_it_only(mounted: Mounted) -> None:
    """S2 Capture: bound to the browser, THREATS 46"""
    location = (await mounted.ask()).headers["location"]
    other = await mounted.another_browser().get(location)
    assert "expired_authorization" in Page(other.text).alert
    tossed = mounted.another_browser()
    cookie = "; ".join(f"{one.name}={one.value}" for one in mounted.browser.cookies.jar)
    name = "__Host-oauth_browser"
    seen = await tossed.get(location, headers={"Cookie": f"{cookie}; {name}=another"})
    assert "expired_authorization" in Page(seen.text).alert


async def test_two_tabs_do_not_know_one_another(mounted: Mounted) -> None:
    """S2 Capture: several tabs each own one"""
    first = await mounted.page(state="one")
    second = await mounted.page(state="two", scope="write")
    denied = await mounted.follow(await mounted.press(second, "deny"))
    assert answer_of(denied)["state"] == "two"
    allowed = answer_of(await mounted.follow(await mounted.press(first, "approve")))
    assert allowed["state"] == "one"
    assert (await mounted.redeem(allowed["code"])).json()["scope"] == "read"


async def test_strangers_sign_in_before_they_are_asked(mounted: Mounted) -> None:
    """S2 URLs: login required on three"""
    mounted.browser = mounted.another_browser(user="")
    seen = await mounted.browser.get((await mounted.ask()).headers["location"])
    assert seen.headers["location"].startswith("/login?next=%2Foauth2%2Fauthorize%2Fconfirm%2F%3F")
    page = Page((await mounted.follow(seen)).text)
    assert "code" in answer_of(await mounted.follow(await mounted.press(page, "approve")))


async def test_a_bad_request_is_refused_before_anybody_signs_in(mounted: Mounted) -> None:
    """S2 Authorize: validates client and request form"""
    mounted.browser = mounted.another_browser(user="")
    assert (await mounted.ask(client_id="stranger")).status_code == 400
    location = (await mounted.ask()).headers["location"]
    mounted.store.clients.clear()
    assert "unauthorized_client" in Page((await mounted.browser.get(location)).text).alert


async def test_a_decision_counts_only_from_the_page_that_was_shown(mounted: Mounted) -> None:
    """S2 Authorize POST, THREATS 40, THREATS 51"""
    page = await mounted.page()
    foreign = dict((await mounted.page()).fields)["csrf_token"]
    for token in ("", "AAAA", "é", foreign):
        seen = await mounted.press(page, "approve", csrf_token=token)
        assert seen.status_code == 403
    mounted.browser.cookies.set("user", "joe")
    assert (await mounted.press(page, "approve")).status_code == 403
    assert not mounted.store.grants


async def test_a_decision_counts_once(mounted: Mounted) -> None:
    """S2 save_authorization, THREATS 51"""
    page = await mounted.page()
    assert (await mounted.press(page, "approve")).status_code == 303
    again = await mounted.press(page, "approve")
    assert "expired_authorization" in Page(again.text).alert
    assert len(mounted.store.grants) == 1


async def test_a_code_is_kept_as_a_digest(mounted: Mounted) -> None:
    """S2 save_authorization: code saved hashed, PARITY 6 S2 secrets stored plain, THREATS 52"""
    bought = await mounted.bought()
    code = (await mounted.decide())["code"]
    kept = repr(vars(mounted.store)) + "".join(str(client) for client in mounted.store.clients)
    for secret in (code, bought["access_token"], bought["refresh_token"]):
        assert secret not in kept
        assert secret.startswith("cns_")


@pytest.mark.parametrize(
    "request_headers", [{"Content-Type": "application/json"}, {"Content-Type": "text/plain"}]
)
async def test_a_decision_is_a_form(mounted: Mounted, request_headers: dict[str, str]) -> None:
    """S2 Authorize POST"""
    page = await mounted.page()
    seen = await mounted.browser.post(page.action, content=b"{}", headers=request_headers)
    assert seen.status_code == 400


async def test_its_methods_can_be_overridden() -> None:
    """S2 get_client, get_request_form, get_authorization_form, save_authorization,
    create_authorization_code, S2 Extending"""
    called: list[str] = []

    class Own(Authorize):
        template_name = "own.html"

        async def get_client(self, client_id: str) -> Any:
            called.append("get_client")
            return await super().get_client(client_id)

        def get_request_form(self, client: Any, data: Any) -> Any:
            called.append("get_request_form")
            return super().get_request_form(client=client, data=data)

        def get_authorization_form(
            self, request: Any, client: Any, data: Any, client_data: Any
        ) -> AuthorizationForm:
            called.append("get_authorization_form")
            return super().get_authorization_form(request, client, data, client_data)

        async def save_authorization(
            self, request: Any, client: Any, form: Any, client_data: Any
        ) -> str | None:
            called.append("save_authorization")
            return await super().save_authorization(request, client, form, client_data)

        async def create_authorization_code(
            self, request: Any, client: Any, scope: int, client_data: Any
        ) -> Any:
            called.append("create_authorization_code")
            return await super().create_authorization_code(request, client, WRITE, client_data)

    shown = '{{ oauth_data.scope | scopes | join(",") }}<form action="{{ action }}">'
    shown += '<input name="csrf_token" value="{{ csrf_token }}"><input name="scope" value="write">'
    loader = ChoiceLoader(
        [DictLoader({"own.html": shown}), PackageLoader("consentry.compat.provider")]
    )
    templates = Environment(loader=loader, autoescape=True)
    mounted = Mounted(authorize=Own, provider={"templates": templates})
    page = await mounted.page(scope="read write")
    seen = await mounted.press(page, "approve")
    code = answer_of(await mounted.follow(seen))["code"]
    assert (await mounted.redeem(code)).json()["scope"] == "write"
    assert set(called) == {
        "get_client", "get_request_form", "get_authorization_form", "save_authorization",
        "create_authorization_code",
    }  # fmt: skip
