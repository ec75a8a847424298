"""`consentry settings`."""

import argparse

from consentry.cli.output import show, table
from consentry.cli.session import read_settings
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command(nouns, "settings", settings, "every setting, its value, source and meaning")


def settings(asked: argparse.Namespace) -> int:
    """Print the settings; secrets are masked."""
    rows = read_settings().described()
    show(asked, rows, table(rows, ("name", "value", "source", "default", "meaning")))
    return 0
