"""`consentry request`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.authorization import read_id
from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.operations.requests import AppRequest
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "request", "requests of a client that are on record")
    parser = command(verb, "list", list_them, "the newest first", tenant=True)
    parser.add_argument("--client", required=True, metavar="ID", help="the client")
    parser.add_argument("--outcome", choices=("refused", "served"), help="only these")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    parser = command(verb, "show", show_one, "one, and why it was refused", tenant=True)
    named(parser, "ID", "the id its answer carried, `X-Request-Id`")
    parser.add_argument("--client", required=True, metavar="ID", help="the client")


def list_them(asked: argparse.Namespace) -> int:
    """Print the newest requests of a client."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.requests import requests_page

        page = await requests_page(ctx, asked.client, outcome=asked.outcome, limit=asked.limit)
        return [_described(one) for one in page.items]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, ("at", "endpoint", "outcome", "result", "id")))
    return 0


def show_one(asked: argparse.Namespace) -> int:
    """Print one, with the rule it was refused by."""
    id = read_id(asked.id)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.requests import request_of

        return _described(await request_of(ctx, asked.client, id))

    found = on_tenant(asked.tenant, work, atomic=False)
    show(asked, found, pairs(found))
    return 0


def _described(one: "AppRequest") -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": one.request_id.hex,
        "at": stamp(one.created_at),
        "endpoint": one.endpoint,
        "outcome": one.outcome,
        "result": one.result,
    }
    if one.refusal is not None:
        members |= {
            "rule": one.refusal.rule,
            "received": one.refusal.received,
            "registered": one.refusal.registered,
        }
    return members
