"""`consentry api`."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from consentry.cli.output import show, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, keys_to_reset, named, pairs_to_set, verbs

if TYPE_CHECKING:
    from consentry.records.tenant import Api
    from consentry.tenancy.context import TenantContext

KINDS: Final = {
    "name": "str",
    "scopes": "tuple",
    "access_token_format": "str",
    "access_token_lifetime": "int",
    "resource_servers": "tuple",
}
"""What may be said of an API, and how it is written."""


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "api", "APIs that tokens are for (RFC 8707)")
    command(verb, "list", list_them, "every declared API", tenant=True)
    parser = command(verb, "set", declare, "declare one, or change some keys", tenant=True)
    named(parser, "IDENTIFIER", "its resource URI")
    pairs_to_set(parser, at_least="*")
    parser = command(verb, "reset", reset, "put defaults back", tenant=True)
    named(parser, "IDENTIFIER", "its resource URI")
    keys_to_reset(parser)
    parser = command(verb, "remove", remove, "take one back", tenant=True)
    named(parser, "IDENTIFIER", "its resource URI")


def list_them(asked: argparse.Namespace) -> int:
    """Print every declared API by identifier."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.declared import list_apis

        return [_described(one) for one in await list_apis(ctx)]

    rows = on_tenant(asked.tenant, work)
    columns = ("identifier", "name", "scopes", "access_token_format", "access_token_lifetime")
    show(asked, rows, table(rows, columns))
    return 0


def declare(asked: argparse.Namespace) -> int:
    """Declare an API, or change some of its keys."""
    from consentry.cli.assignments import assigned, known_keys

    given = assigned(asked.pairs, lambda key: KINDS.get(key, "str"))
    known_keys([*given], KINDS)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.declared import create_api, list_apis, update_api

        is_there = any(one.identifier == asked.identifier for one in await list_apis(ctx))
        save = update_api if is_there else create_api
        return _described(await save(ctx, asked.identifier, given))

    return _declared(asked, on_tenant(asked.tenant, work))


def reset(asked: argparse.Namespace) -> int:
    """Put defaults back."""
    from consentry.cli.assignments import known_keys

    given = known_keys(asked.keys, KINDS)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.declared import update_api

        return _described(await update_api(ctx, asked.identifier, given))

    return _declared(asked, on_tenant(asked.tenant, work))


def _declared(asked: argparse.Namespace, made: Mapping[str, Any]) -> int:
    show(asked, made, f"API {made['identifier']} is declared")
    return 0


def remove(asked: argparse.Namespace) -> int:
    """Take an API back."""
    from consentry.operations.declared import delete_api

    on_tenant(asked.tenant, lambda ctx: delete_api(ctx, asked.identifier))
    gone = {"identifier": asked.identifier, "deleted": True}
    show(asked, gone, f"API {asked.identifier} is taken back")
    return 0


def _described(api: "Api") -> dict[str, Any]:
    return {
        "identifier": api.identifier,
        "name": api.name,
        "scopes": api.scopes.split(),
        "access_token_format": api.access_token_format,
        "access_token_lifetime": api.access_token_lifetime,
        "resource_servers": api.resource_servers.split(),
    }
