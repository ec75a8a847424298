"""`consentry usage`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, verbs

if TYPE_CHECKING:
    from consentry.operations.usage import Use
    from consentry.tenancy.context import TenantContext

CLIENT = "only of this client"


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "usage", "how clients use a tenant")
    text = "requests, tokens, refusals and speed by day or hour (UTC)"
    parser = command(verb, "show", show_counts, text, tenant=True)
    parser.add_argument("--client", metavar="ID", help=CLIENT)
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--days", type=int, metavar="N", help="so many of the latest days (14)")
    span.add_argument("--hours", type=int, metavar="N", help="so many of the latest hours")
    parser = command(verb, "last", show_last, "when clients last proved themselves", tenant=True)
    parser.add_argument("--client", metavar="ID", help=CLIENT)
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")


def show_counts(asked: argparse.Namespace) -> int:
    """Print counts by day or hour."""

    async def work(ctx: "TenantContext") -> "Use":
        from consentry.operations.usage import use_of

        by, last = ("hour", asked.hours) if asked.hours is not None else ("day", asked.days)
        return await use_of(ctx, asked.client, by=by, last=last)  # type: ignore[arg-type]

    use = on_tenant(asked.tenant, work, atomic=False)
    rows = [
        {
            "at": stamp(one.at),
            "requests": one.requests,
            "tokens": one.tokens,
            "refused": one.refused,
            "p95_ms": one.p95_ms,
            "people": one.people,
        }
        for one in use.stretches
    ]
    data: dict[str, Any] = {
        "by": use.by,
        "stretches": rows,
        "asked": [{"name": name, "count": count} for name, count in use.asked],
        "errors": [{"name": name, "count": count} for name, count in use.errors],
        "tokens": use.tokens,
        "refused": use.refused,
        "p95_ms": use.p95_ms,
    }
    columns = ["at", "requests", "tokens", "refused", "p95_ms"]
    parts = [table(rows, columns if use.by == "hour" else [*columns, "people"])]
    parts += [table(data[key], ("name", "count")) for key in ("asked", "errors") if data[key]]
    show(asked, data, "\n\n".join(parts))
    return 0


def show_last(asked: argparse.Namespace) -> int:
    """Print last uses by client and protocol."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.lists import uses_page

        page = await uses_page(ctx, client_id=asked.client, limit=asked.limit)
        return [
            {
                "client_id": one.client_id,
                "protocol": one.protocol,
                "last_used_at": stamp(one.last_used_at),
            }
            for one in page.items
        ]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, ("client_id", "protocol", "last_used_at")))
    return 0
