"""`consentry restore`."""

import argparse

from consentry.cli.backup import described, in_words
from consentry.cli.output import show, stamp
from consentry.cli.session import command_line, on_deployment
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "restore", restore, "put a backup back, whole or one tenant of it")
    parser.add_argument(
        "-f", "--file", required=True, help="what `backup` wrote, - for standard input"
    )
    parser.add_argument("--tenant", metavar="SLUG", help="this tenant of a backup of all")
    parser.add_argument(
        "--dry-run", action="store_true", help="check all, print the counts, change nothing"
    )


def restore(asked: argparse.Namespace) -> int:
    """Put back everything, or nothing and the reason."""
    from consentry.cli.backup_file import read
    from consentry.operations.backups.restoring import restore as put_back

    with read(asked.file) as lines:
        found = on_deployment(
            lambda deployment: put_back(
                deployment, lines, asked.tenant, dry_run=asked.dry_run, actor=command_line()
            )
        )
    made = f"{in_words(found)}, as they were at {stamp(found.header.created_at)}"
    told = f"dry run, nothing was changed: {made}" if asked.dry_run else f"restored: {made}"
    show(asked, {"dry_run": asked.dry_run, **described(found)}, told)
    return 0
