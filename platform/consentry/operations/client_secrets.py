"""Secrets of clients: which clients have one, in what form it is kept, how it is replaced."""

import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from consentry.crypto import secrets
from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.client_rights import check_rights
from consentry.operations.errors import NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.client import ClientSecret
from consentry.spec.client_metadata import ClientMetadata
from consentry.store.ports import StoredClient
from consentry.tenancy.context import TenantContext, as_client

SEAL_PURPOSE: Final = "client-secret"
MIN_SECRET: Final = 16
MAX_SECRET: Final = 512
NO_SECRET: Final = UUID(int=0)
# RFC 6749 appendix A.2: *VSCHAR.
_VSCHARS = re.compile(r"[\x20-\x7e]*")


def uses_secret(metadata: ClientMetadata) -> bool:
    """Whether the client proves itself by a shared secret, in either protocol."""
    if "oauth2" in metadata.protocols and metadata.token_endpoint_auth_method.startswith(
        "client_secret_"
    ):
        return True
    return "oauth1" in metadata.protocols and any(
        not method.startswith("RSA-") for method in metadata.oauth1_signature_methods
    )


def needs_plain_secret(metadata: ClientMetadata) -> bool:
    """Whether the protocol needs the secret back (RFC 5849 §3.4.2, OIDC Core §9)."""
    by_jwt = metadata.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105
    return uses_secret(metadata) and (by_jwt or "oauth1" in metadata.protocols)


def check_secret(metadata: ClientMetadata, secret: str) -> None:
    """Raises Refused unless the client may have this secret."""
    if not uses_secret(metadata):
        method = metadata.token_endpoint_auth_method
        raise Refused("client_secret", f"a client that authenticates by {method} has none")
    if not MIN_SECRET <= len(secret) <= MAX_SECRET:
        raise Refused("client_secret", f"must have {MIN_SECRET} to {MAX_SECRET} characters")
    if not _VSCHARS.fullmatch(secret):
        raise Refused("client_secret", "must be printable ASCII (RFC 6749 A.2)")


def live(stored: StoredClient, now: datetime) -> list[ClientSecret]:
    """The secrets that count now, newest first."""
    return [one for one in stored.secrets if one.expires_at is None or one.expires_at > now]


def is_kept(
    ctx: TenantContext, metadata: ClientMetadata, stored: StoredClient, secret: str
) -> bool:
    """Whether the client has this secret already, in the form its protocols need."""
    needs_plain = needs_plain_secret(metadata)
    return any(
        secrets.matches(secret, one.digest) and (one.sealed is not None or not needs_plain)
        for one in live(stored, ctx.now())
    )


async def set_secret(
    ctx: TenantContext, client_id: str, metadata: ClientMetadata, secret: str, overlap_s: int = 0
) -> None:
    """Give the client this secret in a transaction that records by itself; the others end
    after `overlap_s` seconds. Raises Refused."""
    check_secret(metadata, secret)
    now = ctx.now()
    sealed = ctx.keys.seal(SEAL_PURPOSE, secret.encode()) if needs_plain_secret(metadata) else None
    made = ClientSecret(
        tenant_id=ctx.tenant.tenant_id,
        client_id=client_id,
        secret_id=uuid4(),
        digest=secrets.digest(secret),
        sealed=sealed,
        created_at=now,
    )
    secret_id = made.secret_id
    await ctx.store.clients.add_secret(made)
    await ctx.store.clients.end_secrets(
        client_id, except_id=secret_id, at=now + timedelta(seconds=overlap_s)
    )
    ctx.deployment.clients.drop((ctx.serial, client_id))


async def end_secrets(ctx: TenantContext, client_id: str) -> None:
    """Every secret of the client ends now, in a transaction that records by itself."""
    await ctx.store.clients.end_secrets(client_id, except_id=NO_SECRET, at=ctx.now())
    ctx.deployment.clients.drop((ctx.serial, client_id))


async def rotate_secret(ctx: TenantContext, client_id: str, overlap_s: int = 0) -> str:
    """New client secret, shown this once; the old ones end after `overlap_s` seconds.

    Raises NotFound, Forbidden, or Refused for a client that has no secret.
    """
    await require(ctx, "clients.write", client_id)
    if overlap_s < 0:
        raise Refused("overlap", "must not be negative")
    secret = secrets.new_secret()
    async with changing(ctx) as inner:
        stored = await inner.store.clients.get(client_id)
        if stored is None:
            raise NotFound("client", client_id)
        metadata = as_client(stored).metadata
        check_rights(ctx, metadata, metadata)
        await set_secret(inner, client_id, metadata, secret, overlap_s)
        detail = {"overlap": overlap_s}
        await record(inner, "secret.rotate", target=("client", client_id), detail=detail)
    ctx.deployment.clients.drop((ctx.serial, client_id))
    return secret
