"""`consentry apply`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from consentry.cli.errors import Failed
from consentry.cli.output import show
from consentry.cli.session import command_line, on_deployment
from consentry.cli.words import command

if TYPE_CHECKING:
    from consentry.operations.plan import Plan


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(nouns, "apply", apply, "bring tenants to what a manifest says")
    parser.add_argument("-f", "--file", required=True, help="the manifest, - for standard input")
    parser.add_argument("--dry-run", action="store_true", help="print the plan, change nothing")
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove and reset what the file omits of the tenants it names",
    )


def apply(asked: argparse.Namespace) -> int:
    """Apply a manifest in one transaction and print what changed."""
    from consentry.operations.apply import apply as apply_manifest
    from consentry.operations.manifest import Manifest

    name = "<stdin>" if asked.file == "-" else asked.file
    manifest = Manifest.parse(_text(asked.file, name), name)
    plan = on_deployment(
        lambda found: apply_manifest(
            found,
            manifest,
            dry_run=asked.dry_run,
            prune=asked.prune,
            actor=command_line(),
        )
    )
    show(asked, {"dry_run": asked.dry_run, **plan.to_dict()}, _as_text(plan, asked.dry_run))
    return 0


def _text(file: str, name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise Failed(f"{name}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Failed(f"{name}:{line}: is not UTF-8") from None


def _as_text(plan: "Plan", dry_run: bool) -> str:
    if not plan.changes:
        return "nothing to change"
    actions = (("create", "created"), ("update", "updated"), ("delete", "deleted"))
    counts = ", ".join(f"{plan.count(action)} {word}" for action, word in actions)  # type: ignore[arg-type]
    lines = [str(change) for change in plan.changes]
    lines += [f"! {note}" for note in plan.notes]
    return "\n".join([*lines, f"dry run, nothing was changed: {counts}" if dry_run else counts])
