"""A running application with a tenant, and a browser and clients at its front door."""

import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx

from consentry.crypto.passwords import hash_password
from consentry.crypto.secrets import digest
from consentry.main import Application
from consentry.records.client import ClientRow, ClientSecret
from consentry.records.job import JobRow
from consentry.records.key import TenantKey
from consentry.records.tenant import Api, Tenant
from consentry.records.user import User
from consentry.settings import Settings
from consentry.store.ports import TenantStore
from consentry.tenancy.deployment import Deployment
from consentry_workers.performing import Performer
from consentry_workers.running import LEASE, JobRunner

SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3"
PASSWORD = "correct horse battery staple"
PASSWORD_HASH = hash_password(PASSWORD)
CALLBACK = "http://127.0.0.1:9999/ready"
SCOPE = "openid profile photos.read"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Clock:
    """The system's time, plus what a test has moved it by."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._held_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self._held_at or datetime.now(UTC)) + self.ahead

    def hold(self) -> None:
        """Stand still from now on, for tests in which seconds count: only they move it."""
        self._held_at = datetime.now(UTC)

    def within_an_hour(self) -> None:
        """Stand still where the next minutes are of the same hour and day as this one."""
        self.hold()
        left_s = 3_600 - self().timestamp() % 3_600
        if left_s < 600:
            self.forward(left_s + 1)

    def forward(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Tokens:
    """A token answer."""

    status: int
    body: dict[str, Any]

    @property
    def error(self) -> str | None:
        return self.body.get("error")

    @property
    def access_token(self) -> str:
        return str(self.body["access_token"])

    @property
    def refresh_token(self) -> str:
        return str(self.body["refresh_token"])


@dataclass
class Pkce:
    """A verifier and its S256 challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(40))

    @property
    def challenge(self) -> str:
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class World:
    """A tenant `photos` with Jane and the client `printer`; more can be added."""

    def __init__(self, app: Application, deployment: Deployment, clock: Clock) -> None:
        self.app, self.deployment, self.clock = app, deployment, clock
        self.tenants: dict[str, UUID] = {}
        self.browser = self.new_browser()

    def new_browser(self, slug: str = "photos", **options: Any) -> httpx.AsyncClient:
        """A browser with its own cookies; it follows no redirects by itself."""
        transport = httpx.ASGITransport(self.app, client=("203.0.113.9", 4711))
        return httpx.AsyncClient(
            transport=transport, base_url=f"http://{slug}.localhost:8000", **options
        )

    def store(self, slug: str = "photos") -> TenantStore:
        return self.deployment.store.inside(self.tenants[slug])

    async def add_tenant(self, slug: str, **settings: Any) -> TenantStore:
        now, tenant_id = self.clock(), uuid4()
        self.tenants[slug] = tenant_id
        await self.deployment.store.tenants.save(
            Tenant(
                tenant_id=tenant_id, slug=slug, name=slug.title(), settings=settings,
                created_at=now, changed_at=now,
            )
        )  # fmt: skip
        store = self.store(slug)
        for purpose in ("data", "subject"):
            wrapped = self.deployment.root_keys.wrap(
                tenant_id.bytes, purpose, 1, secrets.token_bytes(32)
            )
            await store.keys.add_tenant_key(
                TenantKey(
                    tenant_id=tenant_id,
                    purpose=purpose,
                    version=1,
                    wrapped=wrapped,
                    created_at=now,
                    active_at=now if purpose == "data" else None,
                )
            )
        await store.configuration.save_scope("photos.read", "See your photos")
        await store.configuration.save_scope("photos.print", "Print your photos")
        return store

    async def settings(self, slug: str = "photos", **settings: Any) -> None:
        """Change the tenant's policy."""
        tenant = await self.deployment.store.tenants.by_slug(slug)
        assert tenant is not None
        tenant.settings = {**tenant.settings, **settings}
        await self.deployment.store.tenants.save(tenant)
        self.forget(slug)

    def forget(self, slug: str = "photos") -> None:
        """What news of a change does, without waiting for it."""
        self.app.registry.drop(self.tenants[slug])

    async def add_user(self, username: str = "jane", slug: str = "photos", **more: Any) -> User:
        now = self.clock()
        user = User(
            tenant_id=self.tenants[slug], user_id=uuid4(), username=username, username_key="",
            email=f"{username}@example.com", password_hash=PASSWORD_HASH,
            claims={"name": f"{username.title()} Doe"}, created_at=now, changed_at=now, **more,
        )  # fmt: skip
        await self.store(slug).users.save(user)
        return user

    async def add_client(
        self, client_id: str = "printer", slug: str = "photos", *, secret: str | None = SECRET,
        **metadata: Any,
    ) -> None:  # fmt: skip
        now, store = self.clock(), self.store(slug)
        merged = {
            "client_name": f"{client_id}.example.com",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": SCOPE,
            **metadata,
        }
        await store.clients.save(
            ClientRow(
                tenant_id=self.tenants[slug], client_id=client_id, metadata_=merged,
                created_at=now, changed_at=now,
            )
        )  # fmt: skip
        if secret is not None:
            from consentry.tenancy.context import open_tenant

            row = await self.deployment.store.tenants.get(self.tenants[slug])
            assert row is not None
            ctx = await open_tenant(self.deployment, row)
            await store.clients.add_secret(
                ClientSecret(
                    tenant_id=self.tenants[slug], client_id=client_id, secret_id=uuid4(),
                    digest=digest(secret), created_at=now,
                    sealed=ctx.keys.seal("client-secret", secret.encode()),
                )
            )  # fmt: skip
        self.forget(slug)

    async def add_api(self, identifier: str, slug: str = "photos", **more: Any) -> None:
        await self.store(slug).configuration.save_api(
            Api(tenant_id=self.tenants[slug], identifier=identifier, **more)
        )
        self.forget(slug)

    # What happens in the background

    async def work(self) -> None:
        """Do every effect that is due, and those that come due by it."""
        effects, performer = self.deployment.store.effects, Performer(self.deployment)
        while held := await effects.take(self.clock(), until=self.clock() + LEASE, limit=50):
            for one in held:
                await performer.perform(one)

    async def shared_clock(self) -> datetime:
        """The database's clock, as if it had been set with the world's."""
        return self.clock()

    async def run_job(self, name: str) -> JobRow:
        """Run a job now; how it went."""
        store = self.deployment.store
        await store.jobs.ensure([name], self.clock())
        await store.jobs.hasten(name, self.clock())
        assert await JobRunner(self.deployment, shared_clock=self.shared_clock).run(name)
        return next(row for row in await store.jobs.all() if row.name == name)

    # What a person does

    async def sign_in(
        self, browser: httpx.AsyncClient | None = None, username: str = "jane",
        password: str = PASSWORD,
    ) -> httpx.Response:  # fmt: skip
        """At `/login` alone."""
        browser = browser or self.browser
        page = await browser.get("/login")
        return await browser.post(
            "/login", data={**hidden(page), "username": username, "password": password}
        )

    async def ask(
        self, browser: httpx.AsyncClient | None = None, pkce: Pkce | None = None, **changes: Any
    ) -> httpx.Response:
        """One authorization request; None leaves a parameter out."""
        parameters: dict[str, Any] = {
            "client_id": "printer", "response_type": "code", "redirect_uri": CALLBACK,
            "scope": SCOPE, "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj",
        }  # fmt: skip
        if pkce is not None:
            parameters |= {"code_challenge": pkce.challenge, "code_challenge_method": "S256"}
        parameters |= changes
        sent = {name: value for name, value in parameters.items() if value is not None}
        return await (browser or self.browser).get("/oauth2/authorize", params=sent)

    async def follow(
        self, response: httpx.Response, browser: httpx.AsyncClient | None = None, *,
        username: str = "jane", decision: str = "approve",
    ) -> httpx.Response:  # fmt: skip
        """Do what each page asks until the answer leaves the tenant's host."""
        browser = browser or self.browser
        for _ in range(12):
            location = response.headers.get("location", "")
            if response.status_code == 303 and location.startswith("/"):
                response = await browser.get(location)
            elif 'name="password"' in response.text:
                fields = hidden(response) | {"username": username, "password": PASSWORD}
                response = await browser.post("/login", data=fields)
            elif 'name="decision" value="approve"' in response.text:
                response = await browser.post(
                    "/consent", data={**hidden(response), "decision": decision}
                )
            elif 'name="decision" value="continue"' in response.text:
                response = await browser.post(
                    "/login/select", data={**hidden(response), "decision": "continue"}
                )
            else:
                return response
        raise AssertionError("the flow does not end")

    async def authorize(
        self, browser: httpx.AsyncClient | None = None, pkce: Pkce | None = None,
        username: str = "jane", **changes: Any,
    ) -> str:  # fmt: skip
        """A code, with everything approved."""
        asked = await self.ask(browser, pkce or PKCE, **changes)
        return answer_of(await self.follow(asked, browser, username=username))["code"]

    # What a client does

    async def post(
        self, path: str, data: dict[str, Any], *, client_id: str = "printer",
        secret: str | None = SECRET, slug: str = "photos", **options: Any,
    ) -> httpx.Response:  # fmt: skip
        if secret is not None:
            options["auth"] = (client_id, secret)
        elif client_id:
            data = {"client_id": client_id, **data}
        async with self.new_browser(slug) as client:
            return await client.post(path, data=data, **options)

    async def token(self, data: dict[str, Any], **options: Any) -> Tokens:
        response = await self.post("/oauth2/token", data, **options)
        return Tokens(response.status_code, response.json())

    async def redeem(self, code: str, pkce: Pkce | None = None, **options: Any) -> Tokens:
        changes = options.pop("changes", {})
        data = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
            "code_verifier": (pkce or PKCE).verifier, **changes,
        }  # fmt: skip
        sent = {name: value for name, value in data.items() if value is not None}
        return await self.token(sent, **options)

    async def refresh(self, refresh_token: str, **options: Any) -> Tokens:
        changes = options.pop("changes", {})
        data = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return await self.token(data, **options)

    async def introspect(self, token: str, **options: Any) -> dict[str, Any]:
        answer = await self.post("/oauth2/introspect", {"token": token}, **options)
        return dict(answer.json())

    async def is_active(self, token: str, **options: Any) -> bool:
        return bool((await self.introspect(token, **options))["active"])

    async def revoke(self, token: str, **options: Any) -> httpx.Response:
        return await self.post("/oauth2/revoke", {"token": token}, **options)

    async def userinfo(self, token: str, slug: str = "photos") -> httpx.Response:
        async with self.new_browser(slug) as client:
            bearer = {"Authorization": f"Bearer {token}"}
            return await client.get("/oauth2/userinfo", headers=bearer)


PKCE = Pkce()


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return {found[1]: found[2] for found in _HIDDEN.finditer(page.text)}


def answer_of(response: httpx.Response) -> dict[str, str]:
    """The parameters of an authorization response by redirect."""
    assert response.status_code == 303, response.text
    parts = urlsplit(response.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}


@asynccontextmanager
async def running_world(database_url: str, **settings: Any) -> AsyncIterator[World]:
    """A world on a migrated database."""
    clock = Clock()
    options = {
        "base_url": "http://localhost:8000", "secret_key": "only-for-tests-" * 4,
        "access_log": False, **settings,
    }  # fmt: skip
    # What is done in the background is done when a test says so.
    options.setdefault("embedded_jobs", False)
    app = Application(Settings(database_url=database_url, **options), clock)
    deployment = await app.start()
    world = World(app, deployment, clock)
    try:
        await world.add_tenant("photos")
        await world.add_user()
        await world.add_client()
        yield world
    finally:
        await app.stop()
