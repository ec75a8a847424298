"""Ways of a person through Chromium that an OAuth 1 client begins."""

import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx2
from playwright.async_api import Browser, Page, expect

from consentry.spec.oauth1.signing import Credentials, sign_request
from journeys.application import CLIENT_SECRET, Application
from journeys.conftest import complaints_into
from journeys.test_browser import arrived, press, sign_in
from support.looking import look
from support.server import LoopbackTransport, Server

OWN = Credentials("frame", CLIENT_SECRET)


@dataclass
class Frame:
    """The client `frame`, and what it signs with."""

    issuer: str
    credentials: Credentials = OWN

    async def ask(self, method: str, path: str, **extra: str) -> httpx2.Response:
        """A signed request."""
        signed = sign_request(
            self.credentials, method, f"{self.issuer}{path}", timestamp=int(time.time()),
            nonce=secrets.token_hex(8), extra=extra,
        )  # fmt: skip
        async with httpx2.AsyncClient(transport=LoopbackTransport()) as http:
            return await http.request(method, signed.url, headers=signed.headers)

    async def step(self, path: str, **extra: str) -> str:
        """One of the two steps that answer with credentials; the `oauth_token`."""
        answer = await self.ask("POST", path, **extra)
        assert answer.status_code == 200, answer.text
        given = dict(parse_qsl(answer.text))
        token, secret = given["oauth_token"], given["oauth_token_secret"]
        self.credentials = Credentials("frame", CLIENT_SECRET, token, secret)
        return token

    async def begin(self, callback: str) -> str:
        """Where it sends the person."""
        token = await self.step("/oauth1/initiate", oauth_callback=callback)
        return f"{self.issuer}/oauth1/authorize?oauth_token={token}"


async def test_a_person_allows_and_the_app_prints(
    on_postgresql: Server, application: Application, page: Page
) -> None:
    """RFC 5849 §1.2, at two processes"""
    frame = Frame(on_postgresql.issuer())
    await page.goto(await frame.begin(application.callback))
    await sign_in(page, "jane")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Photo frame")
    await expect(page.get_by_text("Print your photos")).to_be_visible()
    await press(page, "Allow")
    answer = await arrived(page, application.callback)
    await frame.step("/oauth1/token", oauth_verifier=answer["oauth_verifier"])
    told = (await frame.ask("GET", "/api/v1/whoami")).json()
    assert (told["client_id"], told["protocol"]) == ("frame", "oauth1")
    # And she takes it back.
    await page.goto(f"{on_postgresql.issuer()}/account/apps")
    await page.get_by_role("link", name="Photo frame", exact=True).click()
    await page.get_by_role("link", name="Withdraw access").click()
    await press(page, "Withdraw access")
    await expect(page.get_by_role("status")).to_contain_text("lost its access")
    assert (await frame.ask("GET", "/api/v1/whoami")).json()["code"] == "token_revoked"


async def test_a_person_denies(on_sqlite: Server, application: Application, page: Page) -> None:
    """CONTRACT: back to the callback with `oauth_problem=user_refused`"""
    frame = Frame(on_sqlite.issuer())
    await page.goto(await frame.begin(application.callback))
    await sign_in(page, "eve")
    await press(page, "Deny")
    answer = await arrived(page, application.callback)
    assert answer == {
        "oauth_token": frame.credentials.token, "oauth_problem": "user_refused",
    }  # fmt: skip


async def test_a_person_types_the_code_that_an_accessible_page_shows(
    on_sqlite: Server, chromium: Browser
) -> None:
    """RFC 5849 §2.1 `oob`; WCAG 2.2 AA: consent, code, denial and what cannot go on"""
    frame, trouble = Frame(on_sqlite.issuer()), list[str]()
    context = await chromium.new_context()
    context.on("page", complaints_into(trouble))
    page = await context.new_page()
    await page.goto(address := await frame.begin("oob"))
    await look(page)
    await sign_in(page, "max")
    await expect(page.get_by_text("You get a code to type into the app")).to_be_visible()
    await look(page)
    await press(page, "Allow")
    shown = page.locator("#oauth_verifier")
    await expect(shown).to_be_visible()
    await look(page)
    typed = (await shown.inner_text()).lower()
    await frame.step("/oauth1/token", oauth_verifier=f"{typed[:4]} {typed[4:]}")
    assert (await frame.ask("GET", "/api/v1/whoami")).status_code == 200
    await page.goto(address)
    await expect(page.get_by_role("alert")).to_contain_text("decided before")
    await look(page)
    again = Frame(on_sqlite.issuer())
    await page.goto(await again.begin("oob"))
    await press(page, "Deny")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You denied access")
    await look(page)
    await context.close()
    assert trouble == []
