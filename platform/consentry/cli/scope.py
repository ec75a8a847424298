"""`consentry scope`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "scope", "scopes a tenant declares")
    command(verb, "list", list_them, "every declared scope", tenant=True)
    parser = command(verb, "set", declare, "declare one, or say anew what it means", tenant=True)
    named(parser, "NAME", "the scope-token")
    parser.add_argument(
        "--description", default="", metavar="TEXT", help="what people read about it"
    )
    parser = command(verb, "remove", remove, "take one back", tenant=True)
    named(parser, "NAME", "the scope-token")


def list_them(asked: argparse.Namespace) -> int:
    """Print every declared scope by name."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.declared import list_scopes

        rows = await list_scopes(ctx)
        return [{"name": one.name, "description": one.description} for one in rows]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("name", "description")))
    return 0


def declare(asked: argparse.Namespace) -> int:
    """Declare a scope, or change what people read about it."""

    async def work(ctx: "TenantContext") -> None:
        from consentry.operations.declared import create_scope, list_scopes, update_scope

        is_there = any(one.name == asked.name for one in await list_scopes(ctx))
        await (update_scope if is_there else create_scope)(ctx, asked.name, asked.description)

    on_tenant(asked.tenant, work)
    made = {"name": asked.name, "description": asked.description}
    show(asked, made, f"scope {asked.name} is declared")
    return 0


def remove(asked: argparse.Namespace) -> int:
    """Take a scope back."""
    from consentry.operations.declared import delete_scope

    on_tenant(asked.tenant, lambda ctx: delete_scope(ctx, asked.name))
    show(asked, {"name": asked.name, "deleted": True}, f"scope {asked.name} is taken back")
    return 0
