"""`docs/cli.md` names every command."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from consentry.cli.entry import command_parser

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text()


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[str]]]:
    """Each command with its long options."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from commands(inner)
            return
    options = [text for one in parser._actions for text in one.option_strings if text[:2] == "--"]
    yield parser.prog, [text for text in options if text not in ("--help", "--json", "--file")]


def test_every_command_and_option_is_on_the_page() -> None:
    for prog, options in commands(command_parser()):
        noun, verb = prog.split()[1], prog.split()[-1]
        assert f"consentry {noun}" in PAGE and verb in PAGE, prog
        assert all(option in PAGE for option in options), prog


def test_every_command_takes_json() -> None:
    assert all("--json" in inner._option_string_actions for inner in _leaves(command_parser()))


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _leaves(inner)
            return
    yield parser
