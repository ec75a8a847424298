"""`consentry export`."""

import argparse
import sys

from consentry.cli.output import show
from consentry.cli.session import on_deployment
from consentry.cli.words import command


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "export", export, "print tenants as a manifest, secrets left out")
    parser.add_argument("--tenant", metavar="SLUG", help="this tenant only")


def export(asked: argparse.Namespace) -> int:
    """Print what `apply` reads."""
    from consentry.operations.export import export as export_tenants
    from consentry.operations.yaml_text import write

    made = on_deployment(lambda found: export_tenants(found, asked.tenant))
    if asked.json:
        show(asked, made, "")
    else:
        sys.stdout.write(write(made))
    return 0
