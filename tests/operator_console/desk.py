"""The base host of a world, and operators in front of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from consentry.main import Application
from consentry.settings import Settings
from support.world import Clock, World, hidden, running_world

PASSWORD = "the first operator's password"
BASE = "http://localhost:8000"


class Desk:
    """A browser at the base host; it follows no redirects by itself."""

    def __init__(self, world: World, address: str = "203.0.113.9") -> None:
        self.world = world
        transport = httpx.ASGITransport(world.app, client=(address, 4711))
        self.browser = httpx.AsyncClient(transport=transport, base_url=BASE)

    async def sign_in(self, username: str = "operator", password: str = PASSWORD) -> httpx.Response:
        """At the base host's `/login`."""
        page = await self.browser.get("/login")
        fields = {**hidden(page), "username": username, "password": password}
        return await self.browser.post("/login", data=fields)

    async def get(self, path: str, **query: str) -> httpx.Response:
        """A page."""
        return await self.browser.get(path, params=query or None)

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        """Open the page of a form, fill it in and send it."""
        page = await self.browser.get(path)
        assert page.status_code == 200, page.text
        return await self.browser.post(path, data={"csrf_token": token_of(page, path), **fields})

    async def is_signed_in(self) -> bool:
        """Whether the console lets this browser in."""
        return (await self.get("/admin/tenants")).status_code == 200


def token_of(page: httpx.Response, path: str) -> str:
    """The CSRF token of the form that is sent to the page's own address."""
    form = page.text.split(f'method="post" action="{path}"')[1]
    return form.split('name="csrf_token" value="')[1].partition('"')[0]


@asynccontextmanager
async def opened_desk(database_url: str, **settings: Any) -> AsyncIterator[Desk]:
    """A desk whose operator is signed in."""
    async with running_world(database_url, operator_password=PASSWORD, **settings) as world:
        desk = Desk(world)
        assert (await desk.sign_in()).headers["location"] == "/admin"
        yield desk


@asynccontextmanager
async def reopened(database_url: str, **settings: Any) -> AsyncIterator[Desk]:
    """The application once more on a database that has a world; nobody is signed in."""
    given = {"base_url": BASE, "secret_key": "only-for-tests-" * 4, "access_log": False}
    clock = Clock()
    app = Application(Settings(database_url=database_url, **{**given, **settings}), clock)
    try:
        yield Desk(World(app, await app.start(), clock))
    finally:
        await app.stop()
