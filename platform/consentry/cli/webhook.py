"""`consentry webhook`."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from consentry.cli.authorization import read_id
from consentry.cli.errors import Failed
from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.times import read_time
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.operations.webhooks import Wanted
    from consentry.records.outbox import Effect
    from consentry.records.webhook import Webhook
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "webhook", "addresses that are called for events")
    parser = command(verb, "create", create, "have an address called", tenant=True)
    _wanted(parser, required=True)
    command(verb, "list", list_all, "every webhook", tenant=True)
    parser = _of_one(verb, "set", change, "change what is given")
    _wanted(parser)
    parser.add_argument("--all-events", action="store_true", help="call it for all")
    for name, do, text in (
        ("show", _done_by("get_webhook"), "one webhook"),
        ("disable", _done_by("disable_webhook"), "call it no more until enabled"),
        ("enable", _done_by("enable_webhook"), "call it again"),
        ("delete", delete, "remove it"),
        ("test", test, "call it once with an event of the type webhook.test"),
    ):
        _of_one(verb, name, do, text)
    parser = _of_one(verb, "rotate-secret", rotate_secret, "sign by a new secret, shown this once")
    _number(parser, "--overlap", 86_400, "SECONDS", "how long the secret before signs, too (86400)")
    parser = _of_one(verb, "deliveries", list_deliveries, "how its calls went, the newest first")
    _number(parser, "--limit", 50, "N", "at most so many (50)")
    parser = _of_one(verb, "replay", replay, "make calls again that are over")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--delivery", metavar="ID", help="this one, however it ended")
    which.add_argument("--since", metavar="TIME", help="all since then that came to nothing")


def _of_one(
    verb: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    do: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = command(verb, name, do, text, tenant=True)
    named(parser, "ID", "its id, as `webhook list` shows it")
    return parser


def _number(
    parser: argparse.ArgumentParser, option: str, default: int, metavar: str, text: str
) -> None:
    parser.add_argument(option, type=int, default=default, metavar=metavar, help=text)


def _wanted(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--url", required=required, metavar="URL", help="https")
    parser.add_argument("--description", metavar="TEXT", help="for people")
    parser.add_argument(
        "--event", action="append", metavar="TYPE",
        help="such as client.create or client.*, may be repeated (all)",
    )  # fmt: skip


def create(asked: argparse.Namespace) -> int:
    """Make a webhook; prints its secret this once."""

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.webhooks import create_webhook

        row, secret = await create_webhook(ctx, _given(asked))
        return {**_described(row), "secret": secret}

    made = on_tenant(asked.tenant, work)
    text = f"webhook {made['id']} made\nsecret (shown this once): {made['secret']}"
    show(asked, made, text)
    return 0


def _given(asked: argparse.Namespace) -> "Wanted":
    from consentry.operations.webhooks import Wanted

    events = asked.event
    if getattr(asked, "all_events", False):
        if events:
            raise Failed("--event and --all-events do not go together")
        events = []
    return Wanted(asked.url, asked.description, events)


def list_all(asked: argparse.Namespace) -> int:
    """Print every webhook, the oldest first."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.webhooks import list_webhooks

        return [_described(row) for row in await list_webhooks(ctx)]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, ("id", "url", "events", "disabled", "description")))
    return 0


def change(asked: argparse.Namespace) -> int:
    """Change what is given."""

    async def work(ctx: "TenantContext", id: UUID) -> "Webhook":
        from consentry.operations.webhooks import update_webhook

        return await update_webhook(ctx, id, _given(asked))

    return _shown(asked, work)


def _done_by(name: str) -> Callable[[argparse.Namespace], int]:
    """A command that does one operation to one webhook, and prints it."""

    def do(asked: argparse.Namespace) -> int:
        async def work(ctx: "TenantContext", id: UUID) -> "Webhook":
            from consentry.operations import webhooks

            found: Webhook = await getattr(webhooks, name)(ctx, id)
            return found

        return _shown(asked, work)

    return do


def delete(asked: argparse.Namespace) -> int:
    """Remove it."""

    async def work(ctx: "TenantContext", id: UUID) -> None:
        from consentry.operations.webhooks import delete_webhook

        await delete_webhook(ctx, id)

    _on_one(asked, work)
    show(asked, {"id": asked.id, "deleted": True}, f"webhook {asked.id} is deleted")
    return 0


def test(asked: argparse.Namespace) -> int:
    """Have it called; `deliveries` tells how that went."""

    async def work(ctx: "TenantContext", id: UUID) -> UUID:
        from consentry.operations.webhooks import send_test

        return await send_test(ctx, id)

    begun = str(_on_one(asked, work))
    show(asked, {"delivery": begun}, f"delivery {begun} is on its way")
    return 0


def rotate_secret(asked: argparse.Namespace) -> int:
    """Print a new secret this once."""

    async def work(ctx: "TenantContext", id: UUID) -> str:
        from consentry.operations.webhooks import rotate_webhook_secret

        return await rotate_webhook_secret(ctx, id, asked.overlap)

    secret = _on_one(asked, work)
    show(asked, {"id": asked.id, "secret": secret}, f"secret (shown this once): {secret}")
    return 0


def list_deliveries(asked: argparse.Namespace) -> int:
    """Print how its calls went; with --json also what was sent."""

    async def work(ctx: "TenantContext", id: UUID) -> list[dict[str, Any]]:
        from consentry.operations.webhook_deliveries import deliveries_page

        page = await deliveries_page(ctx, id, limit=asked.limit)
        return [_delivery(row) for row in page.items]

    rows = _on_one(asked, work)
    show(asked, rows, table(rows, ("at", "type", "state", "attempts", "outcome", "next", "id")))
    return 0


def replay(asked: argparse.Namespace) -> int:
    """Make one call again, or all that came to nothing since a time."""
    since = read_time("--since", asked.since)
    delivery = read_id(asked.delivery) if asked.delivery else None

    async def work(ctx: "TenantContext", id: UUID) -> int:
        from consentry.operations import webhook_deliveries

        if delivery is not None:
            await webhook_deliveries.replay(ctx, id, delivery)
            return 1
        return await webhook_deliveries.replay_failed(ctx, id, since) if since else 0

    count = _on_one(asked, work)
    show(asked, {"replayed": count}, f"{count} to be made again")
    return 0


def _on_one(
    asked: argparse.Namespace, work: Callable[["TenantContext", UUID], Awaitable[Any]]
) -> Any:
    id = read_id(asked.id)
    return on_tenant(asked.tenant, lambda ctx: work(ctx, id))


def _shown(
    asked: argparse.Namespace, work: Callable[["TenantContext", UUID], Awaitable["Webhook"]]
) -> int:
    found = _described(_on_one(asked, work))
    show(asked, found, pairs(found))
    return 0


def _described(row: "Webhook") -> dict[str, Any]:
    return {
        "id": str(row.webhook_id),
        "url": row.url,
        "description": row.description,
        "events": row.events.split() or ["all"],
        "disabled": row.disabled_at is not None,
        "disabled_reason": row.disabled_reason,
        "created_at": stamp(row.created_at),
        "changed_at": stamp(row.changed_at),
        "former_secret_until": stamp(row.former_until),
    }


def _delivery(row: "Effect") -> dict[str, Any]:
    return {
        "id": str(row.effect_id),
        "at": stamp(row.created_at),
        "type": row.payload["type"],
        "state": row.state,
        "attempts": row.attempts,
        "outcome": row.outcome,
        "next": stamp(row.due_at) if row.state == "waiting" else None,
        "body": row.payload,
    }
