"""`consentry settings`."""

import argparse
import os

from consentry.cli.output import show, table
from consentry.cli.session import read_settings
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command(nouns, "settings", settings, "every setting, its value, source and meaning")


def settings(asked: argparse.Namespace) -> int:
    """Print the settings; secrets are masked."""
    environment = {name.upper() for name in os.environ}
    rows = read_settings().described()
    for row in rows:
        if row["source"] == "set":
            row["source"] = "environment" if row["name"] in environment else ".env"
    show(asked, rows, table(rows, ("name", "value", "source", "default", "meaning")))
    return 0
