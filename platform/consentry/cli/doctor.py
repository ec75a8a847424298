"""`consentry doctor`."""

import argparse

from consentry.cli.output import show
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command(
        nouns, "doctor", doctor, "check database, Redis, keys, clock and the work in the background"
    )


def doctor(asked: argparse.Namespace) -> int:
    """Print every check; 1 when one fails, warnings are 0."""
    import asyncio

    from consentry.cli.checks import all_checks
    from consentry.cli.errors import Failed
    from consentry.cli.session import read_settings

    found = asyncio.run(all_checks(read_settings()))
    show(asked, [one.to_dict() for one in found], "\n".join(map(str, found)))
    failed = [one.name for one in found if one.status == "fail"]
    if failed:
        raise Failed(f"doctor: {', '.join(failed)} failed")
    return 0
