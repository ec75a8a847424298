"""`consentry logout`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.authorization import read_id
from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.operations.logouts import Logout
    from consentry.tenancy.context import TenantContext

COLUMNS = ("at", "client_id", "state", "attempts", "outcome", "next", "id")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "logout", "clients told that a session ended")
    parser = command(verb, "list", list_them, "the newest first", tenant=True)
    parser.add_argument("--client", metavar="ID", help="only this client")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    parser = command(verb, "again", tell, "tell the client once more", tenant=True)
    named(parser, "ID", "its id, as `list` has it")
    parser.add_argument("--client", required=True, metavar="ID", help="the client")


def list_them(asked: argparse.Namespace) -> int:
    """Print how clients were told."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.logouts import logouts_page

        page = await logouts_page(ctx, asked.client, limit=asked.limit)
        return [_described(one) for one in page.items]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, COLUMNS))
    return 0


def tell(asked: argparse.Namespace) -> int:
    """Have one told once more."""
    id = read_id(asked.id)

    async def work(ctx: "TenantContext") -> None:
        from consentry.operations.logouts import tell_again

        await tell_again(ctx, asked.client, id)

    on_tenant(asked.tenant, work)
    show(asked, {"id": id.hex}, f"{asked.client} is told again")
    return 0


def _described(one: "Logout") -> dict[str, Any]:
    return {
        "id": one.logout_id.hex,
        "at": stamp(one.created_at),
        "client_id": one.client_id,
        "user_id": one.user_id and str(one.user_id),
        "state": one.state,
        "attempts": one.attempts,
        "outcome": one.outcome,
        "next": stamp(one.due_at),
    }
