"""A Starlette app with the mount, a browser without scripts and a client's own side."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from consentry.compat.provider import (
    Client,
    Grant,
    MemoryStore,
    Provider,
    ProviderSettings,
    RefreshToken,
    accepted_scopes,
    digest_of,
    provider_routes,
)
from consentry.compat.provider.constants import PUBLIC
from consentry.spec.pkce import s256

ORIGIN = "https://photos.example"
READY = "https://printer.example/ready?shop=7"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = s256(VERIFIER)
SECRET = "s6BhdRkqt3s6BhdRkqt3"
TOKEN = "/oauth2/access_token/"
REDEEM = {
    "grant_type": "authorization_code",
    "redirect_uri": READY,
    "code_verifier": VERIFIER,
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Page(HTMLParser):
    """What a person sees: alerts, links, and the form with its fields and buttons."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.alert = ""
        self._alerting = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._alerting = self._alerting or given.get("role") == "alert"
        if tag == "form":
            self.action = given["action"]
        elif tag == "input":
            self.fields.append((given["name"], given["value"]))
        elif tag == "button":
            self.buttons.append((given["name"], given["value"]))
        elif tag == "a":
            self.links.append(given["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._alerting = False

    def handle_data(self, data: str) -> None:
        if self._alerting:
            self.alert += data


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def signed_in(request: Request) -> str | None:
    return request.cookies.get("user")


async def check_password(username: str, password: str) -> str | None:
    return username if password == "correct horse battery staple" else None


def printer(**changes: Any) -> Client:
    """A confidential client."""
    given = {"client_id": "printer", "name": "Printer", "redirect_uri": READY}
    return Client(**{**given, "client_secret_digest": digest_of(SECRET), **changes})


def viewer(**changes: Any) -> Client:
    """A public client on the person's own device."""
    given = {"client_id": "viewer", "redirect_uri": "http://127.0.0.1/callback"}
    return Client(**{**given, "client_type": PUBLIC, **changes})


class Shared(MemoryStore):
    """Lets others in once a code or token was read, as a database would."""

    async def get_grant(self, digest: bytes) -> Grant | None:
        found = await super().get_grant(digest)
        await asyncio.sleep(0)
        return found

    async def get_refresh_token(self, digest: bytes) -> RefreshToken | None:
        found = await super().get_refresh_token(digest)
        await asyncio.sleep(0)
        return found


class Mounted:
    """One app, one browser in it."""

    def __init__(
        self,
        *clients: Client,
        settings: ProviderSettings | None = None,
        origin: str = ORIGIN,
        provider: Mapping[str, Any] | None = None,
        **views: Any,
    ) -> None:
        given = dict(provider or {})
        self.store: MemoryStore = given.pop("store", None) or MemoryStore(
            *(clients or (printer(), viewer()))
        )
        self.clock = Clock()
        self.provider = Provider(
            **{
                "store": self.store,
                "settings": settings or ProviderSettings(),
                "secret_key": bytes(32),
                "get_user": signed_in,
                "login_url": "/login",
                "check_password": check_password,
                "clock": self.clock,
                **given,
            }
        )
        guarded = accepted_scopes(self.provider, "write", "read")(_whose)
        writing = accepted_scopes(self.provider, "write")(_whose)
        self.app = Starlette(
            routes=[
                Mount("/oauth2", routes=provider_routes(self.provider, **views)),
                Route("/login", _login),
                Route("/photos", guarded),
                Route("/upload", writing),
            ]
        )
        self.browser = self.another_browser(origin)

    def another_browser(self, origin: str = ORIGIN, user: str = "jane") -> httpx2.AsyncClient:
        """A browser with cookies of its own, signed in unless `user` is empty."""
        made = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=origin)
        if user:
            made.cookies.set("user", user)
        return made

    async def ask(self, **changes: str | None) -> httpx2.Response:
        """The first answer to an authorization request."""
        asked = {
            "response_type": "code", "client_id": "printer", "redirect_uri": READY,
            "scope": "read", "state": "a b", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        return await self.browser.get("/oauth2/authorize/", params=_given(asked))

    async def follow(self, seen: httpx2.Response) -> httpx2.Response:
        """Where redirects inside the app lead."""
        while (onward := seen.headers.get("location", "")).startswith("/"):
            seen = await self.browser.get(onward)
        return seen

    async def page(self, **changes: str | None) -> Page:
        """The page that asks."""
        return Page((await self.follow(await self.ask(**changes))).text)

    async def press(
        self, page: Page, decision: str, *, without: tuple[str, ...] = (), **changes: str
    ) -> httpx2.Response:
        """A button of the page. without: boxes that are not ticked."""
        sent = [pair for pair in page.fields if pair[0] not in without and pair[1] not in without]
        sent = [(name, changes.get(name, value)) for name, value in sent]
        if decision:
            sent.append(("decision", decision))
        return await self.browser.post(page.action, content=urlencode(sent), headers=FORM)

    async def decide(self, decision: str = "approve", /, **changes: str | None) -> dict[str, str]:
        """What the client gets for a request a person decides on; never remembered."""
        page = await self.page(**changes)
        return answer_of(await self.follow(await self.press(page, decision, without=("remember",))))

    async def token(self, **fields: str | None) -> httpx2.Response:
        """The token endpoint's answer to a form, with the client's secret in the header."""
        return await self.browser.post(TOKEN, data=_given(fields), auth=("printer", SECRET))

    async def bare_token(self, **fields: str | None) -> httpx2.Response:
        """The token endpoint's answer to a form alone."""
        return await self.browser.post(TOKEN, data=_given(fields))

    async def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        """The token endpoint's answer to a code."""
        return await self.token(**{**REDEEM, "code": code, **changes})

    async def bare_redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        """As `redeem`, without the header."""
        return await self.bare_token(**{**REDEEM, "code": code, **changes})

    async def bought(self, **changes: str | None) -> dict[str, Any]:
        """Tokens for a request a person agreed to."""
        answer = await self.redeem((await self.decide(**changes))["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def works(self, token: str) -> bool:
        """Whether an access token is taken."""
        seen = await self.browser.get("/photos", headers={"Authorization": f"Bearer {token}"})
        return seen.status_code == 200


def _given(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


async def _login(request: Request) -> Response:
    response = RedirectResponse(request.query_params["next"], 303)
    response.set_cookie("user", "jane")
    return response


async def _whose(request: Request) -> Response:
    return Response(request.state.access_token.user)


def answer_of(seen: httpx2.Response) -> dict[str, str]:
    """The parameters of a redirect to the client, whose own query is kept."""
    location = seen.headers["location"]
    assert location.startswith("https://printer.example/ready?shop=7&"), location
    return dict(parse_qsl(urlsplit(location).query))
