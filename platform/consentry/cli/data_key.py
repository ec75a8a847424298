"""`consentry data-key`."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_operators, on_tenant
from consentry.cli.words import command, verbs, whose

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext

Result = TypeVar("Result")
COLUMNS = ("version", "state", "created_at", "active_at")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "data-key", "keys that seal what a tenant stores and issues")
    parsers = (
        command(verb, "list", list_all, "those that are held, the newest first"),
        command(verb, "rotate", rotate, "publish a new one, which seals soon"),
        parser := command(verb, "drop", drop, "take out an old one, whatever hangs on it"),
    )
    for one in parsers:
        whose(one, "the base host's, where operators sign in")
    parser.add_argument("version", metavar="VERSION", type=int, help="as `list` has it")


def list_all(asked: argparse.Namespace) -> int:
    """Print data keys."""
    rows = _inside(asked, _rows)
    show(asked, rows, table(rows, COLUMNS))
    return 0


def rotate(asked: argparse.Namespace) -> int:
    """Publish a new one."""
    from consentry.operations.data_keys import rotate_data_key

    version = _inside(asked, rotate_data_key)
    text = f"version {version} is published; it seals after some minutes, by the job data-keys"
    show(asked, {"version": version}, text)
    return 0


def drop(asked: argparse.Namespace) -> int:
    """Take out one that seals no more."""

    async def work(ctx: "TenantContext") -> None:
        from consentry.operations.data_keys import drop_data_key

        await drop_data_key(ctx, asked.version)

    _inside(asked, work)
    text = f"version {asked.version} is dropped: what hung on it counts no more"
    show(asked, {"version": asked.version}, text)
    return 0


def _inside(
    asked: argparse.Namespace, work: "Callable[[TenantContext], Awaitable[Result]]"
) -> Result:
    """Run some work inside the tenant, or the base host, that was named."""
    return on_operators(work) if asked.operators else on_tenant(asked.tenant, work, atomic=False)


async def _rows(ctx: "TenantContext") -> list[dict[str, Any]]:
    from consentry.operations.data_keys import list_data_keys

    return [
        {
            "version": key.version,
            "state": key.state,
            "created_at": stamp(key.created_at),
            "active_at": stamp(key.active_at),
        }
        for key in await list_data_keys(ctx)
    ]
