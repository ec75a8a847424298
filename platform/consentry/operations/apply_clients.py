"""The step of `apply` for clients."""

from consentry.operations import client_secrets
from consentry.operations.apply_run import Run
from consentry.operations.clients import (
    as_stored,
    check_changed_sector,
    check_client_id,
    checked_metadata,
    each_client,
    make_client,
    replace_metadata,
    set_disabled,
)
from consentry.operations.manifest import ClientEntry, TenantEntry
from consentry.operations.merge import changed_keys, merged
from consentry.operations.sectors import check_sector
from consentry.spec.client_metadata import ClientMetadata
from consentry.store.ports import StoredClient
from consentry.tenancy.context import TenantContext


async def clients(run: Run, ctx: TenantContext, number: int, entry: TenantEntry) -> None:
    """Bring clients to what is asked; pruning removes those not named."""
    if run.prune:
        named = {one.client_id for one in entry.clients or ()}
        found = [one.row.client_id async for one in each_client(ctx)]
        for client_id in (one for one in found if one not in named):
            await ctx.store.clients.delete(client_id)
            run.changed("delete", "client", entry.slug, client_id)
    for place, one in enumerate(entry.clients or ()):
        with run.manifest.at(f"tenants[{number}].clients[{place}]"):
            check_client_id(one.client_id)
            stored = await ctx.store.clients.get(one.client_id)
            if stored is None:
                await _create(run, ctx, one)
            else:
                await _update(run, ctx, one, stored)


async def _create(run: Run, ctx: TenantContext, entry: ClientEntry) -> None:
    parsed = checked_metadata(ctx, merged({}, entry.metadata, prune=True))
    await check_sector(ctx, parsed)
    client, secret = await make_client(
        ctx, entry.client_id, parsed, entry.client_secret, generates_secret=False
    )
    if entry.disabled:
        await set_disabled(ctx, entry.client_id, disabled=True)
    run.changed("create", "client", ctx.tenant.slug, entry.client_id)
    if secret is None and client_secrets.uses_secret(client.metadata):
        _note_missing_secret(run, ctx, entry.client_id)


async def _update(run: Run, ctx: TenantContext, entry: ClientEntry, stored: StoredClient) -> None:
    before = dict(stored.row.metadata_)
    parsed = checked_metadata(ctx, merged(before, entry.metadata, prune=run.prune))
    keys = changed_keys(before, as_stored(parsed))
    if keys:
        await check_changed_sector(ctx, stored, parsed)
        await replace_metadata(ctx, stored, parsed)
    if "disabled" in entry.model_fields_set and await set_disabled(
        ctx, entry.client_id, disabled=bool(entry.disabled)
    ):
        keys = (*keys, "disabled")
    if "client_secret" in entry.model_fields_set:
        if await _secret_changed(ctx, entry, parsed, stored):
            keys = (*keys, "client_secret")
    elif keys and _lacks_secret(ctx, parsed, stored):
        _note_missing_secret(run, ctx, entry.client_id)
    if keys:
        run.changed("update", "client", ctx.tenant.slug, entry.client_id, keys)


async def _secret_changed(
    ctx: TenantContext, entry: ClientEntry, metadata: ClientMetadata, stored: StoredClient
) -> bool:
    if entry.client_secret is None:
        if client_secrets.live(stored, ctx.now()):
            await client_secrets.end_secrets(ctx, entry.client_id)
            return True
        return False
    client_secrets.check_secret(metadata, entry.client_secret)
    if client_secrets.is_kept(ctx, metadata, stored, entry.client_secret):
        return False
    await client_secrets.set_secret(ctx, entry.client_id, metadata, entry.client_secret)
    return True


def _lacks_secret(ctx: TenantContext, metadata: ClientMetadata, stored: StoredClient) -> bool:
    """Whether no live secret is kept in the form the client's protocols need."""
    if not client_secrets.uses_secret(metadata):
        return False
    needs_plain = client_secrets.needs_plain_secret(metadata)
    return not any(
        one.sealed is not None or not needs_plain for one in client_secrets.live(stored, ctx.now())
    )


def _note_missing_secret(run: Run, ctx: TenantContext, client_id: str) -> None:
    slug = ctx.tenant.slug
    run.plan.notes.append(
        f"client {slug}/{client_id} has no usable secret: "
        f"consentry client rotate-secret {client_id} --tenant {slug}"
    )
