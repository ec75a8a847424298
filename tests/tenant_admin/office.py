"""A tenant's administration: an administrator at the desk, and a tenant with something in it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx

from account.furnished import furnish
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.domain_claims import claim_domain
from consentry.operations.keys import rotate_key
from consentry.records.client import ClientUse
from consentry.records.member import ClientMember
from consentry.records.outbox import DEAD, DONE, DROPPED, WAITING, Effect
from consentry.records.transient import Refusal
from consentry.records.usage import ALL
from consentry.records.user import User
from consentry.records.webhook import Webhook
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.signing import ensure_keys
from support.world import World

ADMIN = "ada"
WEBHOOK, DELIVERY = UUID(int=11), UUID(int=12)


class Office:
    """A browser of an administrator at the tenant's host; it follows no redirects."""

    def __init__(self, world: World, slug: str = "photos") -> None:
        self.world, self.slug = world, slug
        self.browser = world.new_browser(slug)

    async def sign_in(self, username: str = ADMIN) -> "Office":
        """At `/login`."""
        answer = await self.world.sign_in(self.browser, username)
        assert answer.status_code == 303, answer.text
        return self

    async def get(self, path: str, **query: str) -> httpx.Response:
        """A page; a query in the path stays where none is given."""
        return await self.browser.get(path, params=query or None)

    async def send(self, path: str, at: str | None = None, **fields: Any) -> httpx.Response:
        """Open the page of a form, fill it in and send it."""
        page = await self.browser.get(path)
        assert page.status_code == 200, page.text
        at = at or path.partition("?")[0]
        kept = hidden_of(page, at)
        return await self.browser.post(at, data={**kept, **fields})


def hidden_of(page: httpx.Response, path: str) -> dict[str, str]:
    """The hidden fields of the form that is sent there."""
    form = page.text.split(f'method="post" action="{path}"')[1].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


async def context(world: World, slug: str = "photos", actor: Actor | None = None) -> TenantContext:
    """The tenant as stored now."""
    row = await world.deployment.store.tenants.by_slug(slug)
    assert row is not None
    ctx = await open_tenant(world.deployment, row)
    return ctx.acting(actor) if actor else ctx


async def people(world: World) -> User:
    """An administrator and a developer beside Jane; the administrator."""
    admin = await world.add_user(ADMIN, roles="admin")
    await world.add_user("dev", roles="developer")
    return admin


async def fill(world: World) -> User:
    """A tenant in the middle of its life; the administrator."""
    admin = await people(world)
    await furnish(world)
    store, now = world.store(), world.clock()
    await store.configuration.add_domain("id.photos.example", now)
    for name in ("bert", "carla", "dirk"):
        await world.add_user(name)
    await store.configuration.save_scope("photos.share", "Share your photos with others")
    await world.add_api(
        "https://api.photos.example/", name="Photos API", scopes="photos.read photos.print",
        access_token_format="jwt", access_token_lifetime=300,
    )  # fmt: skip
    for client_id in ("calendar", "viewer"):
        await store.members.save(
            ClientMember(
                tenant_id=admin.tenant_id, client_id=client_id, user_id=admin.user_id,
                role="owner", since=now,
            )
        )  # fmt: skip
    uses = [("calendar", "oauth2"), ("viewer", "oauth2"), ("legacy", "oauth1")]
    await store.clients.used(
        [
            ClientUse(tenant_id=admin.tenant_id, client_id=one, protocol=spoken, last_used_at=now)
            for one, spoken in uses
        ]
    )
    refused = [refusal(admin.tenant_id, n, now - timedelta(hours=3 * n)) for n in range(40)]
    await store.refusals.add(refused)
    # The picture is drawn in the first minutes of a day, too.
    minute = int(now.timestamp()) // 60
    for one in refused:
        world.deployment.usage.count(
            admin.tenant_id, minute, one.client_id or ALL, "token", one.error, 0.004
        )
    await world.deployment.usage.flush(world.deployment.store)
    actor = Actor("user", str(admin.user_id), ADMIN, frozenset({"admin"}), address="203.0.113.9")
    ctx = await context(world, actor=actor)
    await claim_domain(ctx, "a-rather-long-name-of-photographs.photographers.example")
    await ensure_keys(ctx)
    await rotate_key(ctx, "RS256", 86_400)
    async with changing(ctx) as inner:
        for number in range(6):
            target = ("user", str(admin.user_id))
            await record(inner, "user.update", target=target, detail={"number": number})
    await add_webhook(world)
    await add_logouts(world)
    world.forget()
    return admin


async def add_logouts(world: World) -> None:
    """The app viewer told of the end of sessions, in every state; one person is gone."""
    store, now = world.store(), world.clock()
    jane = await store.users.by_identifier("jane")
    assert jane is not None
    tries = [(WAITING, 0, ""), (WAITING, 2, "503"), (DONE, 1, "200"), (DEAD, 7, "no answer")]
    await store.outbox.add(
        [
            Effect(
                tenant_id=jane.tenant_id, effect_id=uuid4(), kind="backchannel_logout",
                subject="viewer", state=state, attempts=attempts, outcome=outcome, due_at=now,
                payload={
                    "user_id": str(uuid4() if state == DEAD else jane.user_id),
                    "session_id": str(uuid4()),
                },
                created_at=now, finished_at=None if state == WAITING else now,
            )
            for state, attempts, outcome in tries
        ]
    )  # fmt: skip


async def add_webhook(world: World, text: str = "Print shop", type: str = "client.create") -> None:
    """A webhook and a call of it in every state; the last one is `DELIVERY`."""
    store, now = world.store(), world.clock()
    tenant_id = world.tenants["photos"]
    await store.webhooks.save(
        Webhook(
            tenant_id=tenant_id, webhook_id=WEBHOOK, url="https://hooks.photos.example/in?a=1&b='",
            description=text, events="client.* user.delete", sealed=b"\0", created_at=now,
            changed_at=now, former_sealed=b"\0", former_until=now + timedelta(hours=1),
        )
    )  # fmt: skip
    states = [WAITING, WAITING, DEAD, DROPPED, DONE]
    calls = [
        Effect(
            tenant_id=tenant_id, effect_id=DELIVERY if state == DONE else uuid4(), kind="webhook",
            subject=str(WEBHOOK), payload={"type": type, "data": {text: text}}, state=state,
            attempts=number, created_at=now, due_at=now, outcome="" if number < 1 else text,
            finished_at=None if state == WAITING else now,
        )
        for number, state in enumerate(states)
    ]  # fmt: skip
    await store.outbox.add(calls)


def refusal(tenant_id: UUID, number: int, at: Any) -> Refusal:
    """One of several kinds."""
    errors = ("invalid_grant", "invalid_client", "invalid_request")
    clients = ("viewer", "viewer", "calendar", None)
    return Refusal(
        tenant_id=tenant_id, refusal_id=uuid4(), client_id=clients[number % 4],
        endpoint="token", error=errors[number % 3], rule="code unknown", created_at=at,
    )  # fmt: skip
