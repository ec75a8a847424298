"""A receiver of webhooks on this machine, and an administrator who looks after them."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from consentry.operations import declared, webhooks
from consentry.operations.webhooks import Wanted
from consentry.records.outbox import Effect
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import TenantContext
from support.world import World
from tenant_admin.office import context
from web.origin import Origin, says, serving

ADA = Actor("user", "a" * 32, "ada", frozenset({"admin"}), address="203.0.113.9")


@dataclass
class Received:
    """One call that arrived; header names in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def fits(self, secret: str) -> bool:
        """Whether one of its signatures was made by the secret: the scheme, written anew."""
        assert secret.startswith("whsec_")
        key = base64.b64decode(secret[len("whsec_") :], validate=True)
        assert 24 <= len(key) <= 64
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        found = self.headers["webhook-signature"].split(" ")
        assert all(one.startswith("v1,") for one in found)
        return f"v1,{made}" in found


@dataclass
class Receiver:
    """Answers as it is told: each of `statuses` once, the last one from then on."""

    origin: Origin
    statuses: list[str] = field(default_factory=lambda: ["204 No Content"])
    more: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return self.origin.url("/hook?key=k1")

    @property
    def calls(self) -> list[Received]:
        return [
            Received(_headers(head), body)
            for head, body in zip(self.origin.heads, self.origin.bodies, strict=True)
        ]

    async def answer(self, origin: Origin, writer: asyncio.StreamWriter) -> None:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        await says(b"", *self.more, status=status)(origin, writer)


def _headers(head: str) -> dict[str, str]:
    lines = head.split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@asynccontextmanager
async def receiving(*statuses: str, more: tuple[str, ...] = ()) -> AsyncIterator[Receiver]:
    """A receiver until the block ends."""

    async def answer(origin: Origin, writer: asyncio.StreamWriter) -> None:
        await made.answer(origin, writer)

    async with serving(answer) as origin:
        made = Receiver(origin, list(statuses) or ["204 No Content"], more)
        yield made


async def as_admin(world: World, slug: str = "photos") -> TenantContext:
    """The tenant as it is stored now, for its administrator."""
    return await context(world, slug, ADA)


async def subscribe(world: World, url: str, *events: str, slug: str = "photos") -> tuple[UUID, str]:
    """A new webhook: its id and its secret."""
    wanted = Wanted(url=url, description="", events=events)
    row, secret = await webhooks.create_webhook(await as_admin(world, slug), wanted)
    return row.webhook_id, secret


async def happen(world: World, name: str = "a", slug: str = "photos") -> None:
    """Something that is told: a scope is declared."""
    await declared.create_scope(await as_admin(world, slug), name, "")


async def deliveries(world: World, webhook_id: UUID, slug: str = "photos") -> list[Effect]:
    """The calls of a webhook, newest first."""
    return await world.store(slug).outbox.page("webhook", subject=str(webhook_id), limit=50)
