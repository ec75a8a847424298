"""A client's secrets one by one: another beside those that count, the old ones ended later."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from consentry.crypto import secrets
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.client_rights import check_rights
from consentry.operations.client_secrets import SEAL_PURPOSE, check_secret, live, needs_plain_secret
from consentry.operations.clients import get_client, stored_client
from consentry.operations.errors import NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.client import ClientSecret
from consentry.tenancy.context import TenantContext, as_client

MAX_LIVE: Final = 10
MAX_LABEL: Final = 100
LENT_FOR: Final = timedelta(seconds=60)
"""How long a secret counts that is only lent (see `trials`)."""


async def list_secrets(ctx: TenantContext, client_id: str) -> Sequence[ClientSecret]:
    """The secrets that count now, newest first. Raises NotFound, Forbidden."""
    return live(await get_client(ctx, client_id), ctx.now())


async def add_secret(
    ctx: TenantContext, client_id: str, *, label: str = "", expires_at: datetime | None = None
) -> tuple[ClientSecret, str]:
    """One more secret, and its text to show this once; the others go on counting.

    Raises NotFound, Forbidden, or Refused that names the key.
    """
    await require(ctx, "clients.write", client_id)
    if len(label) > MAX_LABEL or not label.isprintable():
        raise Refused("label", f"must be at most {MAX_LABEL} characters that can be shown")
    if expires_at is not None and expires_at <= ctx.now():
        raise Refused("expires_at", "must be in the future")
    text = secrets.new_secret()
    async with changing(ctx) as inner:
        stored = await stored_client(inner, client_id)
        metadata = as_client(stored).metadata
        check_rights(inner, metadata, metadata)
        check_secret(metadata, text)
        if len(live(stored, ctx.now())) >= MAX_LIVE:
            raise Refused("", f"a client has at most {MAX_LIVE} secrets; end one first")
        sealed = needs_plain_secret(metadata)
        made = ClientSecret(
            tenant_id=ctx.tenant.tenant_id,
            client_id=client_id,
            secret_id=uuid4(),
            label=label,
            digest=secrets.digest(text),
            sealed=ctx.keys.seal(SEAL_PURPOSE, text.encode()) if sealed else None,
            created_at=ctx.now(),
            expires_at=expires_at,
        )
        shown = made.model_copy()
        await inner.store.clients.add_secret(made)
        detail = {"secret_id": str(shown.secret_id), "label": label}
        await record(inner, "secret.create", target=("client", client_id), detail=detail)
    ctx.deployment.clients.drop((ctx.serial, client_id))
    return shown, text


def newest(found: Sequence[ClientSecret]) -> ClientSecret | None:
    """The one that a rotation keeps, of secrets newest first: never one that is only lent."""
    lasting = (
        one for one in found if one.expires_at is None or one.expires_at - one.created_at > LENT_FOR
    )
    return next(lasting, None)


async def finish_rotation(ctx: TenantContext, client_id: str) -> int:
    """Every secret but the `newest` ends now. How many ended. Raises NotFound, Forbidden."""
    await require(ctx, "clients.write", client_id)
    async with changing(ctx) as inner:
        found = live(await stored_client(inner, client_id), ctx.now())
        kept = newest(found)
        if kept is None:
            raise NotFound("secret", client_id)
        await inner.store.clients.end_secrets(client_id, except_id=kept.secret_id, at=ctx.now())
        detail = {"kept": str(kept.secret_id), "ended": len(found) - 1}
        await record(inner, "secret.finish_rotation", target=("client", client_id), detail=detail)
    ctx.deployment.clients.drop((ctx.serial, client_id))
    return len(found) - 1


async def revoke_secret(ctx: TenantContext, client_id: str, secret_id: UUID) -> None:
    """One secret ends now. Raises NotFound, Forbidden."""
    await require(ctx, "clients.write", client_id)
    async with changing(ctx) as inner:
        if not await inner.store.endings.secret(client_id, secret_id, ctx.now()):
            raise NotFound("secret", str(secret_id))
        detail = {"secret_id": str(secret_id)}
        await record(inner, "secret.revoke", target=("client", client_id), detail=detail)
    ctx.deployment.clients.drop((ctx.serial, client_id))
