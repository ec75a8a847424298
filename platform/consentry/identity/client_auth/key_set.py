"""A client's public keys: inline, or behind its `jwks_uri`."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from consentry.jose.compact import kid_of
from consentry.jose.jwks import public_only
from consentry.records.client import Client
from consentry.tenancy.context import TenantContext

FRESH_FOR = timedelta(minutes=5)
ASK_AGAIN_AFTER = timedelta(seconds=10)


class KeySetUnavailable(ValueError):
    """The jwks_uri gave no usable key set; the text says why."""


@dataclass
class _Kept:
    """What one address said, and when; asked_at: when it was asked last, whatever came of it."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    keys: list[dict[str, Any]] = field(default_factory=list)
    fetched_at: datetime | None = None
    asked_at: datetime | None = None

    def fresh(self, now: datetime) -> list[dict[str, Any]]:
        is_fresh = self.fetched_at is not None and _is_within(FRESH_FOR, now, self.fetched_at)
        return self.keys if is_fresh else []


async def client_keys(ctx: TenantContext, client: Client, token: str) -> list[dict[str, Any]]:
    """The client's keys. Raises KeySetUnavailable.

    A fetched set is kept five minutes; a `kid` it lacks fetches it again. Whatever came of
    it, nobody makes us ask twice within ten seconds: who comes meanwhile waits for the answer.
    """
    if client.metadata.jwks is not None:
        return public_only(client.metadata.jwks)
    uri = client.metadata.jwks_uri
    if uri is None:
        raise KeySetUnavailable("the client has neither jwks nor jwks_uri")
    key = f"{ctx.tenant.tenant_id}\0{uri}"
    kept: _Kept | None = ctx.deployment.key_sets.get(key)
    if kept is None:
        kept = _Kept()
        ctx.deployment.key_sets.put(key, kept)
    async with kept.turn:
        found, asked_at = kept.fresh(ctx.now()), kept.asked_at
        if asked_at is not None and _is_within(ASK_AGAIN_AFTER, ctx.now(), asked_at):
            return found
        if found and _has_kid(found, token):
            return found
        return await _asked(ctx, uri, kept)


async def _asked(ctx: TenantContext, uri: str, kept: _Kept) -> list[dict[str, Any]]:
    """What the address says now; if it fails, what it said before is kept."""
    try:
        kept.keys = public_only(await ctx.deployment.fetcher.get_json(uri))
    except ValueError as error:
        kept.asked_at = ctx.now()
        raise KeySetUnavailable(f"jwks_uri: {error}") from error
    kept.asked_at = kept.fetched_at = ctx.now()
    return kept.keys


def _is_within(span: timedelta, now: datetime, then: datetime) -> bool:
    """In either direction: a clock that was set back makes nothing fresh for longer."""
    return abs(now - then) < span


def _has_kid(keys: list[dict[str, Any]], token: str) -> bool:
    kid = kid_of(token)
    return kid is None or any(key.get("kid") == kid for key in keys)
