"""Redirect: the client's answer."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from compat.provider.mounted import READY, Mounted, Page, answer_of, printer
from consentry.compat.provider import ProviderSettings
from consentry.compat.provider.views import Authorize, Redirect


async def test_the_answer_is_added_to_the_query_that_is_there(mounted: Mounted) -> None:
    """S2 Redirect: append, never overwrite; PARITY 6 S2 redirect_uri query overwritten"""
    seen = await mounted.follow(await mounted.press(await mounted.page(), "approve"))
    assert seen.status_code == 303
    query = parse_qs(urlsplit(seen.headers["location"]).query)
    assert query["shop"] == ["7"]
    assert query["state"] == ["a b"]
    assert len(query["code"]) == 1


async def test_even_a_parameter_of_the_same_name_stays() -> None:
    """PARITY 6 S2 redirect_uri query overwritten"""
    uri = "https://printer.example/ready?shop=7&code=mine&state=mine"
    mounted = Mounted(printer(redirect_uri=uri))
    page = await mounted.page(redirect_uri=uri)
    seen = await mounted.follow(await mounted.press(page, "approve"))
    assert seen.headers["location"].startswith(f"{uri}&code=")


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_the_issuer_is_named_when_there_is_one(decision: str) -> None:
    """S2 Redirect: iss, THREATS 17"""
    mounted = Mounted(settings=ProviderSettings(issuer="https://photos.example"))
    assert (await mounted.decide(decision))["iss"] == "https://photos.example"
    broken = await mounted.ask(scope="nothing")
    [onward] = Page(broken.text).links
    assert answer_of(await mounted.browser.get(onward))["iss"] == "https://photos.example"


async def test_without_state_or_issuer_neither_is_sent(mounted: Mounted) -> None:
    """S2 Redirect: state if given"""
    assert set(await mounted.decide(state=None)) == {"shop", "code"}


async def test_the_only_registered_uri_is_used_when_none_is_named(mounted: Mounted) -> None:
    """S2 Redirect: requested URI else the client's"""
    code = (await mounted.decide(redirect_uri=None))["code"]
    assert (await mounted.redeem(code, redirect_uri=None)).status_code == 200
    two = Mounted(printer(redirect_uri=f"{READY} https://printer.example/two"))
    assert "redirect_uri is required" in (await two.page(redirect_uri=None)).alert
    assert "code" in await two.decide()


async def test_a_port_of_loopback_is_the_clients_to_choose(mounted: Mounted) -> None:
    """S2 AuthorizationRequestForm: RFC 8252 §7.3, THREATS 10"""
    asked = {"client_id": "viewer", "redirect_uri": "http://127.0.0.1:51004/callback"}
    seen = await mounted.follow(await mounted.press(await mounted.page(**asked), "approve"))
    assert seen.headers["location"].startswith("http://127.0.0.1:51004/callback?code=")


async def test_the_stage_answers_once(mounted: Mounted) -> None:
    """S2 Redirect: consume the transaction"""
    location = (await mounted.press(await mounted.page(), "approve")).headers["location"]
    assert (await mounted.browser.get(location)).status_code == 303
    again = await mounted.browser.get(location)
    assert "expired_authorization" in Page(again.text).alert


async def test_a_decision_waits_for_a_minute_only(mounted: Mounted) -> None:
    """S2 Redirect"""
    location = (await mounted.press(await mounted.page(), "approve")).headers["location"]
    mounted.clock.move(61)
    assert (await mounted.browser.get(location)).status_code == 400


async def test_only_who_decided_is_sent_back_with_it(mounted: Mounted) -> None:
    """S2 Redirect: login required, THREATS 51"""
    location = (await mounted.press(await mounted.page(), "approve")).headers["location"]
    mounted.browser.cookies.set("user", "joe")
    assert (await mounted.browser.get(location)).status_code == 400
    mounted.browser.cookies.delete("user")
    assert (await mounted.browser.get(location)).status_code == 400


async def test_what_was_unregistered_meanwhile_gets_no_answer(mounted: Mounted) -> None:
    """S2 error_response: never redirect to an unproved URI"""
    location = (await mounted.press(await mounted.page(), "approve")).headers["location"]
    mounted.store.clients["printer"] = printer(redirect_uri="https://printer.example/new")
    seen = await mounted.browser.get(location)
    assert (seen.status_code, Page(seen.text).links) == (400, ["/"])


async def test_only_get_comes_by_it(mounted: Mounted) -> None:
    """S2 Redirect"""
    seen = await mounted.browser.post("/oauth2/redirect/")
    assert seen.status_code == 405
    assert seen.headers["allow"] == "GET, POST"


async def test_no_cache_keeps_any_stage(mounted: Mounted) -> None:
    """S2 OAuthView, THREATS 41, THREATS 47"""
    first = await mounted.ask()
    page = await mounted.browser.get(first.headers["location"])
    decided = await mounted.press(Page(page.text), "approve")
    last = await mounted.browser.get(decided.headers["location"])
    token = await mounted.redeem(answer_of(last)["code"])
    for seen in (first, page, decided, last, token, await mounted.ask(client_id="stranger")):
        assert seen.headers["cache-control"] == "no-store"
        assert seen.headers["pragma"] == "no-cache"
        assert seen.headers["referrer-policy"] == "no-referrer"
        assert seen.headers["x-frame-options"] == "DENY"
        assert seen.headers["x-content-type-options"] == "nosniff"


async def test_the_three_verbs_remember_and_forget_for_one_tab() -> None:
    """S2 Mixin.cache_data, S2 Mixin.get_data, S2 Mixin.clear_data"""
    seen: list[Any] = []

    class Noting(Authorize):
        async def handle(self, request: Any) -> Any:
            await self.cache_data(request, {"of": ["this", "tab"]}, key="note")
            return await super().handle(request)

    class Reading(Redirect):
        async def get(self, request: Any) -> Any:
            seen.append(await self.get_data(request, "note"))
            seen.append((await self.get_data(request))["client_id"])
            response = await super().get(request)
            seen.append(await self.get_data(request, "note"))
            return response

    mounted = Mounted(authorize=Noting, redirect=Reading)
    await mounted.decide()
    assert seen == [{"of": ["this", "tab"]}, "printer", None]
