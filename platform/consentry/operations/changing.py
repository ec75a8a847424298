"""A change and the record of it: one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from consentry.tenancy.context import TenantContext


@asynccontextmanager
async def changing(ctx: TenantContext) -> AsyncIterator[TenantContext]:
    """The same context inside a transaction, committed at the end; an error takes all back.

    Changes of one tenant take turns from here to the end: each finds what the one before
    left, and the audit trail is in their order. Inside another one it is part of that. Do
    slow work (hashing, fetching, making keys) before.
    """
    async with ctx.deployment.store.begin() as store:
        inside = store.inside(ctx.tenant.tenant_id)
        # The head of the trail before any other row: whoever waits for it holds nothing.
        await inside.audit.claim()
        yield replace(ctx, deployment=replace(ctx.deployment, store=store), store=inside)
