"""Registered clients: made, changed, disabled, removed."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import ValidationError

from consentry.crypto.secrets import new_secret
from consentry.operations import client_secrets
from consentry.operations.audit import differences, record
from consentry.operations.changing import changing
from consentry.operations.client_rights import check_rights
from consentry.operations.errors import Conflict, Forbidden, NotFound, Refused, refusal
from consentry.operations.members import add_founder, require_owner
from consentry.operations.permissions import API_SCOPES, reach, require
from consentry.operations.rows import with_changes
from consentry.operations.sectors import check_sector
from consentry.operations.signature_methods import check_signature_methods
from consentry.records.client import Client, ClientRow
from consentry.spec.client_metadata import ClientMetadata
from consentry.store.ports import Duplicate, StoredClient
from consentry.tenancy.context import TenantContext, as_client

MAX_CLIENT_ID: Final = 255
PAGE: Final = 500
# RFC 6749 appendix A.1 allows the space too; our lists of clients are parted by it.
_CLIENT_ID = re.compile(r"[\x21-\x7e]+")


async def create_client(
    ctx: TenantContext,
    client_id: str | None,
    metadata: Mapping[str, Any],
    secret: str | None = None,
    *,
    generates_secret: bool = True,
) -> tuple[Client, str | None]:
    """Register a client; with it the secret to show this once, if it has one.

    client_id: made up when None. secret: made up when None, unless `generates_secret` is
    False. A person who registers it is its owner. Raises Forbidden, Refused that names the
    key, or Conflict when the id is taken.
    """
    if reach(ctx, "clients.write") is None:
        raise Forbidden("clients.write")
    parsed = checked_metadata(ctx, metadata)
    await check_sector(ctx, parsed)
    async with changing(ctx) as inner:
        made = await make_client(
            inner, client_id, parsed, secret, generates_secret=generates_secret
        )
        name = made[0].client_id
        await add_founder(inner, name)
        detail = {"changed": differences({}, as_stored(parsed))}
        await record(inner, "client.create", target=("client", name), detail=detail)
    return made


async def make_client(
    ctx: TenantContext,
    client_id: str | None,
    parsed: ClientMetadata,
    secret: str | None = None,
    *,
    generates_secret: bool = True,
) -> tuple[Client, str | None]:
    """The same in a transaction that records by itself, its sector checked. Raises Refused."""
    client_id = str(uuid4()) if client_id is None else client_id
    check_client_id(client_id)
    await _check_nobodys(ctx, client_id)
    check_rights(ctx, parsed)
    if secret is None and generates_secret and client_secrets.uses_secret(parsed):
        secret = new_secret()
    if secret is not None:
        client_secrets.check_secret(parsed, secret)
    if await ctx.store.clients.get(client_id) is not None:
        raise Conflict("client_id", f"there is a client {client_id} already")
    now = ctx.now()
    try:
        await ctx.store.clients.save(
            ClientRow(
                tenant_id=ctx.tenant.tenant_id,
                client_id=client_id,
                metadata_=as_stored(parsed),
                created_at=now,
                changed_at=now,
            )
        )
    except Duplicate as error:
        raise Conflict("client_id", f"there is a client {client_id} already") from error
    if secret is not None:
        await client_secrets.set_secret(ctx, client_id, parsed, secret)
    return as_client(await stored_client(ctx, client_id)), secret


async def update_client(ctx: TenantContext, client_id: str, metadata: Mapping[str, Any]) -> Client:
    """Replace a client's metadata as a whole; what is left out goes back to its default.

    Raises NotFound, Forbidden, or Refused that names the key. Its secrets stay, unless it no
    longer uses any.
    """
    await require(ctx, "clients.write", client_id)
    parsed = checked_metadata(ctx, metadata)
    await check_changed_sector(ctx, await stored_client(ctx, client_id), parsed)
    async with changing(ctx) as inner:
        stored = await stored_client(inner, client_id)
        changed = differences(stored.row.metadata_, as_stored(parsed))
        if changed:
            stored = await replace_metadata(inner, stored, parsed)
            target = ("client", client_id)
            await record(inner, "client.update", target=target, detail={"changed": changed})
    ctx.deployment.clients.drop((ctx.serial, client_id))
    return as_client(stored)


async def replace_metadata(
    ctx: TenantContext, stored: StoredClient, parsed: ClientMetadata
) -> StoredClient:
    """The same in a transaction that records by itself. Raises Refused."""
    check_rights(ctx, parsed, ClientMetadata.model_validate(stored.row.metadata_))
    changed = with_changes(stored.row, metadata_=as_stored(parsed), changed_at=ctx.now())
    client_id = changed.client_id
    await _save(ctx, changed)
    if client_secrets.live(stored, ctx.now()) and not client_secrets.uses_secret(parsed):
        await client_secrets.end_secrets(ctx, client_id)
    return await stored_client(ctx, client_id)


async def check_changed_sector(
    ctx: TenantContext, stored: StoredClient, parsed: ClientMetadata
) -> None:
    """Look at the document of a sector that is new, or has new addresses. Raises Refused."""
    if _sector(parsed) != _sector(ClientMetadata.model_validate(stored.row.metadata_)):
        await check_sector(ctx, parsed)


def _sector(metadata: ClientMetadata) -> tuple[object, ...]:
    return metadata.sector_identifier_uri, metadata.redirect_uris


async def get_client(ctx: TenantContext, client_id: str) -> StoredClient:
    """A client as stored. Raises NotFound, also for other people's; Forbidden."""
    await require(ctx, "clients.read", client_id)
    return await stored_client(ctx, client_id)


async def stored_client(ctx: TenantContext, client_id: str) -> StoredClient:
    """A client as stored, whoever asks. Raises NotFound."""
    found = await ctx.store.clients.get(client_id)
    if found is None:
        raise NotFound("client", client_id)
    return found


async def each_client(ctx: TenantContext) -> AsyncIterator[StoredClient]:
    """Every client by id, read page by page. Raises Forbidden."""
    await require(ctx, "clients.read")
    page = await ctx.store.clients.page(limit=PAGE)
    while page:
        for stored in page:
            yield stored
        page = await ctx.store.clients.page(after=page[-1].row.client_id, limit=PAGE)


async def disable_client(ctx: TenantContext, client_id: str) -> None:
    """It can do nothing, and its tokens count no more, until enabled.

    Raises NotFound, Forbidden.
    """
    await _switch(ctx, client_id, disabled=True)


async def enable_client(ctx: TenantContext, client_id: str) -> None:
    """It may act again. Raises NotFound, Forbidden."""
    await _switch(ctx, client_id, disabled=False)


async def _switch(ctx: TenantContext, client_id: str, *, disabled: bool) -> None:
    await require(ctx, "clients.write", client_id)
    async with changing(ctx) as inner:
        if await set_disabled(inner, client_id, disabled=disabled):
            action = "client.disable" if disabled else "client.enable"
            await record(inner, action, target=("client", client_id))
    ctx.deployment.clients.drop((ctx.serial, client_id))


async def set_disabled(ctx: TenantContext, client_id: str, *, disabled: bool) -> bool:
    """Disable or enable in a transaction that records by itself; whether it changed anything.

    Raises NotFound.
    """
    row = (await stored_client(ctx, client_id)).row
    if (row.disabled_at is not None) == disabled:
        return False
    now = ctx.now()
    await _save(ctx, with_changes(row, disabled_at=now if disabled else None, changed_at=now))
    return True


async def delete_client(ctx: TenantContext, client_id: str) -> None:
    """Remove it with its secrets, consents and authorizations. Raises NotFound, Forbidden."""
    await require_owner(ctx, client_id)
    async with changing(ctx) as inner:
        if not await inner.store.clients.delete(client_id):
            raise NotFound("client", client_id)
        await record(inner, "client.delete", target=("client", client_id))
    ctx.deployment.clients.drop((ctx.serial, client_id))


def check_client_id(client_id: str) -> None:
    """Raises Refused unless this can name a client."""
    if not _CLIENT_ID.fullmatch(client_id) or len(client_id) > MAX_CLIENT_ID:
        raise Refused(
            "client_id", f"must be 1 to {MAX_CLIENT_ID} printable ASCII characters, no space"
        )


async def _check_nobodys(ctx: TenantContext, client_id: str) -> None:
    """Raises Refused for a person's id: a client's own token says its id as `sub` (RFC 9700
    §4.15)."""
    try:
        user_id = UUID(client_id)
    except ValueError:
        return
    if await ctx.store.users.get(user_id) is not None:
        raise Refused("client_id", "is the id of something else")


def checked_metadata(ctx: TenantContext, given: Mapping[str, Any]) -> ClientMetadata:
    """Metadata that is right by itself and for this tenant. Raises Refused that names the key."""
    try:
        parsed = ClientMetadata.model_validate(dict(given))
    except ValidationError as error:
        raise refusal(error) from None
    for name in parsed.scope_set:
        if not ctx.declares(name) and name not in API_SCOPES:
            raise Refused("scope", f"{name} is not declared by the tenant")
    check_signature_methods(ctx.deployment, parsed.oauth1_signature_methods)
    return parsed


def as_stored(metadata: ClientMetadata) -> dict[str, Any]:
    """What was set, in plain JSON."""
    return metadata.model_dump(mode="json", exclude_unset=True)


async def _save(ctx: TenantContext, row: ClientRow) -> None:
    client_id = row.client_id
    await ctx.store.clients.save(row)
    ctx.deployment.clients.drop((ctx.serial, client_id))
