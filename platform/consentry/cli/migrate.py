"""`consentry migrate`."""

import argparse
import asyncio
import sys

from consentry.cli.output import show
from consentry.cli.session import read_settings, require_schema
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command(nouns, "migrate", migrate, "bring the database to the newest schema; safe to repeat")


def migrate(asked: argparse.Namespace) -> int:
    """Bring the schema to head; waits for another process that is doing the same.

    Leaves a later release's schema as it is, and fails if this release does not fit it.
    """
    from consentry.store.sql.migrate import migrate as to_head
    from consentry_migrations import HEAD

    settings = read_settings()
    timeout_s = settings.migration_lock_timeout
    found = asyncio.run(to_head(settings.database_url, lock_timeout_s=timeout_s, told=_tell))
    require_schema(found)
    later = "" if found == HEAD else ", of a later release"
    show(asked, {"revision": found}, f"the schema is at {found}{later}")
    return 0


def _tell(line: str) -> None:
    print(f"consentry: {line}", file=sys.stderr, flush=True)
