"""`consentry backup`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp
from consentry.cli.session import command_line, on_deployment
from consentry.cli.words import command

if TYPE_CHECKING:
    from consentry.operations.backups.form import Held


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "backup", backup, "write every row to a file, while all goes on")
    parser.add_argument("--tenant", metavar="SLUG", help="of this tenant only")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="where to, - for standard output; a name in .gz is compressed",
    )


def backup(asked: argparse.Namespace) -> int:
    """Write a backup, readable by its owner only, and print how much it holds."""
    from consentry.cli.backup_file import STANDARD, written
    from consentry.operations.backups.making import back_up

    with written(asked.output) as write:
        made = on_deployment(
            lambda found: back_up(found, write, asked.tenant, actor=command_line())
        )
    if asked.output != STANDARD:
        show(asked, described(made), f"{asked.output}: {in_words(made)}")
    return 0


def described(held: "Held") -> dict[str, Any]:
    """What a backup holds, as JSON."""
    header = held.header
    return {
        "created_at": stamp(header.created_at),
        "migration": header.migration,
        "tenant": header.tenant,
        "rows": held.rows,
    }


def in_words(held: "Held") -> str:
    """What a backup holds, for people."""
    tenants = held.rows["tenant"]
    return f"{held.total} rows, {tenants} tenant{'' if tenants == 1 else 's'}"
