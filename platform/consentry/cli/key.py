"""`consentry key`."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import command_line, on_deployment, on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "key", "signing keys of a tenant, and data keys of all")
    command(verb, "list", list_all, "signing keys with their state", tenant=True)
    parser = command(verb, "rotate", rotate, "sign with new keys", tenant=True)
    parser.add_argument("--alg", metavar="A", help="this algorithm only (all of the policy)")
    parser.add_argument(
        "--ahead",
        type=int,
        default=0,
        metavar="SECONDS",
        help="publish now, sign with it so much later (0)",
    )
    parser = command(verb, "revoke", revoke, "take out one that others may have", tenant=True)
    named(parser, "KID", "its kid, as `list` prints it")
    command(verb, "rewrap", rewrap, "wrap data keys by the newest CONSENTRY_SECRET_KEY")


def list_all(asked: argparse.Namespace) -> int:
    """Print signing keys; a tenant that has signed nothing yet has none."""
    rows = on_tenant(asked.tenant, _rows)
    columns = ("kid", "alg", "state", "created_at", "active_at", "retiring_at")
    show(asked, rows, table(rows, columns))
    return 0


def rotate(asked: argparse.Namespace) -> int:
    """Make new keys; the old ones stay published until what they signed has expired."""
    from consentry.operations.keys import rotate_key

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        algs = (asked.alg,) if asked.alg else ctx.policy.signing_algs
        kids = {await rotate_key(ctx, alg, asked.ahead) for alg in algs}
        return [row for row in await _rows(ctx) if row["kid"] in kids]

    rows = on_tenant(asked.tenant, work, atomic=False)
    text = "\n".join(f"{row['alg']} {row['kid']} signs from {row['active_at']}" for row in rows)
    show(asked, rows, text)
    return 0


def revoke(asked: argparse.Namespace) -> int:
    """Nothing it signed counts any more; if it was to sign, a new key does."""
    from consentry.operations.keys import revoke_key

    kid = on_tenant(asked.tenant, lambda ctx: revoke_key(ctx, asked.kid), atomic=False)
    text = f"revoked {asked.kid}" + (f", {kid} signs now" if kid else "")
    show(asked, {"revoked": asked.kid, "signs": kid}, text)
    return 0


def rewrap(asked: argparse.Namespace) -> int:
    """Wrap every tenant's keys by the first root key."""
    from consentry.operations.keys import rewrap as rewrap_all

    done = on_deployment(lambda found: rewrap_all(found, actor=command_line()))
    text = f"{done.keys} keys wrapped anew, {done.current} were current, {done.tenants} tenants"
    show(asked, asdict(done), text)
    return 0


async def _rows(ctx: "TenantContext") -> list[dict[str, Any]]:
    from consentry.operations.keys import list_keys

    now = ctx.now()
    return [
        {
            "kid": key.row.kid,
            "alg": key.row.alg,
            "state": key.state(now),
            "created_at": stamp(key.row.created_at),
            "active_at": stamp(key.row.active_at),
            "retiring_at": stamp(key.row.retiring_at),
        }
        for key in await list_keys(ctx)
    ]
