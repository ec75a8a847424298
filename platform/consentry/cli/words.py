"""Parsers of the commands, and what their options share."""

import argparse
from collections.abc import Callable
from typing import Any

Do = Callable[[argparse.Namespace], int]


def command(
    to: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    do: Do,
    help: str,
    *,
    tenant: bool = False,
) -> argparse.ArgumentParser:
    """A parser for one command, with --json and, if asked for, the --tenant it needs."""
    parser = to.add_parser(name, help=help, description=_sentence(help), allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print JSON")
    if tenant:
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the tenant")
    parser.set_defaults(do=do)
    return parser


def verbs(
    to: "argparse._SubParsersAction[argparse.ArgumentParser]", noun: str, help: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """Where the verbs of a noun are added."""
    parser = to.add_parser(noun, help=help, description=_sentence(help), allow_abbrev=False)
    return parser.add_subparsers(metavar="VERB", required=True)


def named(parser: argparse.ArgumentParser, name: str, help: str) -> Any:
    """One positional word."""
    return parser.add_argument(name.lower(), metavar=name, help=help)


def whose(parser: argparse.ArgumentParser, operators: str) -> None:
    """One of --tenant SLUG and --operators, which is what that text says."""
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--tenant", metavar="SLUG", help="the tenant")
    chosen.add_argument("--operators", action="store_true", help=operators)


def pairs_to_set(parser: argparse.ArgumentParser, *, at_least: str = "+") -> None:
    """Words of the form KEY=VALUE, in `pairs`."""
    parser.add_argument("pairs", nargs=at_least, metavar="KEY=VALUE", help="what changes")


def keys_to_reset(parser: argparse.ArgumentParser) -> None:
    """Names of keys, in `keys`."""
    parser.add_argument("keys", nargs="+", metavar="KEY", help="what gets its default back")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
