"""Answers kept for requests that may come again, by who asked and the key they chose.

Sealed under the tenant's data key: an answer may hold a secret that is shown once.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

from consentry.operations.errors import Refused
from consentry.records.idempotency import KeptAnswer
from consentry.tenancy.context import TenantContext

PURPOSE: Final = "kept-answer"
LIFETIME: Final = timedelta(days=1)


async def kept_answer(ctx: TenantContext, key: str, request: bytes) -> bytes | None:
    """What was kept for this very request; None if nothing is, or no longer.

    Call it inside `changing`, where whoever comes second finds it. Raises Refused for a key
    that was sent with another request.
    """
    found = await ctx.store.answers.get(_place(ctx, key))
    if found is None or found.expires_at <= ctx.now():
        return None
    if found.request != sha256(request).hexdigest():
        raise Refused("", "this key was sent with another request")
    return ctx.keys.unseal(PURPOSE, found.sealed)


async def keep_answer(ctx: TenantContext, key: str, request: bytes, answer: bytes) -> None:
    """Keep an answer for a day; in the transaction that did the work."""
    await ctx.store.answers.save(
        KeptAnswer(
            tenant_id=ctx.tenant.tenant_id,
            key=_place(ctx, key),
            request=sha256(request).hexdigest(),
            sealed=ctx.keys.seal(PURPOSE, answer),
            expires_at=ctx.now() + LIFETIME,
        )
    )


def _place(ctx: TenantContext, key: str) -> str:
    return sha256("\0".join((ctx.actor.kind, ctx.actor.id, key)).encode()).hexdigest()
