"""`consentry client set` and `reset`."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from consentry.cli import client_secrets
from consentry.cli.output import show, stamp
from consentry.cli.session import on_tenant
from consentry.cli.words import command, keys_to_reset, named, pairs_to_set

if TYPE_CHECKING:
    from consentry.store.ports import StoredClient
    from consentry.tenancy.context import TenantContext


def add_to(verb: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = command(verb, "set", change, "change its metadata", tenant=True)
    named(parser, "ID", "the client_id")
    pairs_to_set(parser)
    parser = command(verb, "reset", reset, "put defaults of its metadata back", tenant=True)
    named(parser, "ID", "the client_id")
    keys_to_reset(parser)


def change(asked: argparse.Namespace) -> int:
    """Change metadata; what is not named stays."""
    from consentry.cli.assignments import metadata_of

    return _given(asked, metadata_of(asked.pairs, ""))


def reset(asked: argparse.Namespace) -> int:
    """Put defaults back."""
    from consentry.cli.assignments import known_keys
    from consentry.spec.client_metadata import ClientMetadata

    return _given(asked, known_keys(asked.keys, ClientMetadata.model_fields))


def _given(asked: argparse.Namespace, given: Mapping[str, Any]) -> int:
    async def work(ctx: "TenantContext") -> "StoredClient":
        from consentry.operations.clients import get_client, update_client
        from consentry.operations.merge import merged

        before = (await get_client(ctx, asked.id)).row.metadata_
        await update_client(ctx, asked.id, merged(before, given, prune=False))
        return await get_client(ctx, asked.id)

    made = described(on_tenant(asked.tenant, work))
    show(asked, made, f"client {asked.id} is changed")
    return 0


def described(stored: "StoredClient") -> dict[str, Any]:
    """A client with its metadata, and its secrets without their text."""
    row = stored.row
    return {
        "client_id": row.client_id,
        **row.metadata_,
        "disabled": row.disabled_at is not None,
        "created_at": stamp(row.created_at),
        "changed_at": stamp(row.changed_at),
        "secrets": [client_secrets.described(one) for one in stored.secrets],
    }
