"""`consentry consent`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, verbs

if TYPE_CHECKING:
    from consentry.operations.consents import ConnectedApp
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "consent", "what people let apps do")
    parser = command(verb, "list", list_them, "the apps that may act for a user", tenant=True)
    parser.add_argument("--user", required=True, metavar="U", help="the user")
    parser = command(verb, "withdraw", withdraw, "take an app, or one scope, back", tenant=True)
    parser.add_argument("--user", required=True, metavar="U", help="the user")
    parser.add_argument("--client", required=True, metavar="ID", help="the app")
    parser.add_argument("--scope", metavar="NAME", help="this scope alone")


def list_them(asked: argparse.Namespace) -> int:
    """Print the apps that may act for a user."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.user_consents import consents_of
        from consentry.operations.users import get_user

        user = await get_user(ctx, asked.user)
        return [_described(one) for one in await consents_of(ctx, user.user_id)]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, ("client_id", "scope", "protocols", "since", "last_used_at")))
    return 0


def withdraw(asked: argparse.Namespace) -> int:
    """Take an app, or one scope of it, back for a user."""

    async def work(ctx: "TenantContext") -> int:
        from consentry.operations.user_consents import withdraw_for
        from consentry.operations.users import get_user

        user = await get_user(ctx, asked.user)
        return await withdraw_for(ctx, user.user_id, asked.client, asked.scope)

    changed = on_tenant(asked.tenant, work, atomic=False)
    show(asked, {"changed": changed}, f"withdrawn; {changed} authorizations ended or narrowed")
    return 0


def _described(one: "ConnectedApp") -> dict[str, Any]:
    return {
        "client_id": one.client.client_id,
        "scope": str(one.scope),
        "protocols": list(one.protocols),
        "since": stamp(one.since),
        "last_used_at": stamp(one.last_used),
    }
