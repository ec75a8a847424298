"""`consentry client secret`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.authorization import read_id
from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.times import read_time
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.records.client import ClientSecret
    from consentry.tenancy.context import TenantContext


def add_to(verbs_of_client: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(verbs_of_client, "secret", "secrets of a client, one by one")
    parser = command(verb, "list", list_them, "those that count, newest first", tenant=True)
    named(parser, "ID", "the client_id")
    parser = command(verb, "add", add, "one more, shown this once; the others stay", tenant=True)
    named(parser, "ID", "the client_id")
    parser.add_argument("--label", default="", metavar="TEXT", help="to tell it from the others")
    parser.add_argument(
        "--expires", metavar="TIME", help="when it ends by itself, such as 2026-01-31T12:00Z"
    )
    parser = command(verb, "finish", finish, "end every one but the newest", tenant=True)
    named(parser, "ID", "the client_id")
    parser = command(verb, "remove", remove, "end one", tenant=True)
    named(parser, "ID", "the client_id")
    named(parser, "SECRET_ID", "its id, as `list` prints it")


def list_them(asked: argparse.Namespace) -> int:
    """Print the secrets that count, without their text: nobody has it any more."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.secret_rotation import list_secrets

        return [described(one) for one in await list_secrets(ctx, asked.id)]

    rows = on_tenant(asked.tenant, work)
    columns = ("secret_id", "label", "created_at", "expires_at", "last_used_at")
    show(asked, rows, table(rows, columns))
    return 0


def add(asked: argparse.Namespace) -> int:
    """Print one more secret."""
    expires_at = read_time("--expires", asked.expires)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.secret_rotation import add_secret

        row, text = await add_secret(ctx, asked.id, label=asked.label, expires_at=expires_at)
        return {**described(row), "client_secret": text}

    made = on_tenant(asked.tenant, work)
    show(asked, made, f"{pairs(made)}\n(the client_secret is shown this once)")
    return 0


def finish(asked: argparse.Namespace) -> int:
    """End every secret but the newest."""
    from consentry.operations.secret_rotation import finish_rotation

    ended = on_tenant(asked.tenant, lambda ctx: finish_rotation(ctx, asked.id))
    show(asked, {"client_id": asked.id, "ended": ended}, f"{ended} ended; the newest counts on")
    return 0


def remove(asked: argparse.Namespace) -> int:
    """End one secret."""
    from consentry.operations.secret_rotation import revoke_secret

    secret_id = read_id(asked.secret_id)
    on_tenant(asked.tenant, lambda ctx: revoke_secret(ctx, asked.id, secret_id))
    show(asked, {"secret_id": str(secret_id), "deleted": True}, f"secret {secret_id} has ended")
    return 0


def described(row: "ClientSecret") -> dict[str, Any]:
    """A secret without its text."""
    return {
        "secret_id": str(row.secret_id),
        "label": row.label,
        "created_at": stamp(row.created_at),
        "expires_at": stamp(row.expires_at),
        "last_used_at": stamp(row.last_used_at),
    }
