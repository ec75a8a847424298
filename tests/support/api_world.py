"""Callers of the API: browsers that are signed in, and tokens with scopes of ours."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import beside, copied
from consentry.crypto.passwords import hash_password
from consentry.records.user import User
from consentry.tenancy.actor import OPERATORS
from support.world import CALLBACK, PASSWORD, World, hidden, running_world

BASE = "/api/v1"
OPERATOR_HASH = hash_password(PASSWORD)
ROBOT: dict[str, Any] = {
    "grant_types": ["client_credentials"], "redirect_uris": [], "response_types": [],
}  # fmt: skip


@dataclass
class Caller:
    """Somebody who calls: by a cookie with its CSRF token, by a bearer token, or as nobody."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        """One call; underscores in names of header fields stand for hyphens."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {} if json is None else {"json": json}
        return await self.client.request(method, BASE + path, headers=sent, **options)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, json, **headers)

    async def patch(self, path: str, json: Any, **headers: str) -> httpx.Response:
        """A change of what is there now, unless `If_Match` says of what."""
        if "If_Match" not in headers:
            headers["If_Match"] = (await self.get(path)).headers.get("etag", "*")
        return await self.send("PATCH", path, json, **headers)

    async def delete(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("DELETE", path, **{"If_Match": "*", **headers})


class ApiTenant:
    """The tenant `photos`: ada administers it, dan develops, jane is a person.

    `printer` is jane's app, `gallery` is dan's; `robot` has every scope of ours.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, UUID] = {}
        self._callers: dict[tuple[str, bool], Caller] = {}

    async def fill(self) -> None:
        await self.person("ada", roles="admin")
        await self.person("dan", roles="developer")
        jane = await self.world.store().users.by_identifier("jane")
        assert jane is not None
        self.people["jane"] = jane.user_id
        dan = await self.signed_in("dan")
        made = await dan.post(
            "/clients", {"client_id": "gallery", "redirect_uris": [CALLBACK], "scope": "openid"}
        )
        assert made.status_code == 201, made.text

    async def person(self, username: str, **more: Any) -> User:
        user = await self.world.add_user(username, **more)
        self.people[username] = (await self._stored(username)).user_id
        return user

    async def _stored(self, username: str) -> User:
        found = await self.world.store().users.by_identifier(username)
        assert found is not None
        return found

    async def signed_in(self, username: str, *, csrf: bool = True) -> Caller:
        """A browser where somebody is signed in; kept, so that it is signed in once."""
        if (username, csrf) not in self._callers:
            browser = self.world.new_browser()
            await self.world.sign_in(browser, username)
            headers = {}
            if csrf:
                token = (await browser.get(BASE + "/csrf")).json()["csrf_token"]
                headers["X-CSRF-Token"] = token
            self._callers[username, csrf] = Caller(browser, headers)
        return self._callers[username, csrf]

    async def admin(self) -> Caller:
        return await self.signed_in("ada")

    async def robot(self, scope: str, client_id: str = "robot") -> Caller:
        """A client that acts with a token of its own."""
        if await self.world.store().clients.get(client_id) is None:
            await self.world.add_client(client_id, scope=EVERYTHING, **ROBOT)
        asked = {"grant_type": "client_credentials", "scope": scope}
        bought = await self.world.token(asked, client_id=client_id)
        assert bought.status == 200, bought.body
        return self.bearer(bought.access_token)

    async def app_of(self, username: str, scope: str) -> Caller:
        """An app that acts for a person within some scopes."""
        if await self.world.store().clients.get("manager") is None:
            await self.world.add_client("manager", scope=f"openid {EVERYTHING}")
        browser = self.world.new_browser()
        code = await self.world.authorize(
            browser, username=username, client_id="manager", scope=scope
        )
        bought = await self.world.redeem(code, client_id="manager")
        return self.bearer(bought.access_token)

    def bearer(self, token: str) -> Caller:
        return Caller(self.world.new_browser(), {"Authorization": f"Bearer {token}"})

    def nobody(self) -> Caller:
        return Caller(self.world.new_browser())

    async def operator(self) -> Caller:
        """An operator at the base host."""
        if "operator" not in self.people:
            now, store = self.world.clock(), self.world.deployment.store.inside(OPERATORS)
            user = User(
                tenant_id=OPERATORS, user_id=UUID(int=7), username="olga", username_key="",
                password_hash=OPERATOR_HASH, created_at=now, changed_at=now,
            )  # fmt: skip
            await store.users.save(user)
            self.people["operator"] = UUID(int=7)
        browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.world.app, client=("203.0.113.9", 4711)),
            base_url="http://localhost:8000",
        )
        page = await browser.get("/login")
        fields = {**hidden(page), "username": "olga", "password": PASSWORD}
        assert (await browser.post("/login", data=fields)).status_code == 303
        token = (await browser.get(BASE + "/csrf")).json()["csrf_token"]
        return Caller(browser, {"X-CSRF-Token": token})


EVERYTHING = " ".join(
    f"consentry:{name}"
    for name in (
        "clients", "users", "scopes", "authorizations", "keys", "policy", "audit", "refusals",
        "usage", "webhooks", "clients.read", "users.read",
    )
)  # fmt: skip


async def _tenant(url: str) -> AsyncIterator[ApiTenant]:
    async with running_world(url) as world:
        made = ApiTenant(world)
        await made.fill()
        yield made


@pytest.fixture(scope="module")
async def api(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ApiTenant]:
    """One tenant for all tests of a file, on SQLite."""
    path = tmp_path_factory.mktemp("api") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async for made in _tenant(f"sqlite:///{path}"):
        yield made


@pytest.fixture
async def api_tenant(sqlite_database: str) -> AsyncIterator[ApiTenant]:
    """A tenant of the test's own, on SQLite."""
    async for made in _tenant(sqlite_database):
        yield made


@pytest.fixture(scope="module")
async def pg_api(postgres_url: str, template: str) -> AsyncIterator[ApiTenant]:
    """One tenant for all tests of a file, on PostgreSQL."""
    async with copied(postgres_url, template) as name:
        async for made in _tenant(beside(postgres_url, name)):
            yield made
