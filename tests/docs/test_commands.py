"""Commands that the pages tell people to type are commands, with all that they need."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from consentry.cli.entry import command_parser

DOCS = Path(__file__).parents[2] / "docs"
# `cli.md` writes them as a grammar; `test_cli_page` compares that.
PAGES = sorted(path for path in DOCS.glob("*.md") if path.name != "cli.md")
# What is typed in an hour when nobody looks anything up.
WHOLE = ("disaster.md", "upgrades.md")
NUMBERS = ("VERSION", "N", "SECONDS")
PARSER = command_parser()


def commands(page: Path) -> list[str]:
    """What a page has typed, in spans and in blocks, without pipes and redirections."""
    text = page.read_text()
    found = re.findall(r"(?<!`)`(consentry [^`]+)`(?!`)", text)
    for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL):
        found += re.findall(r"^\s*(?:[A-Z_]+=\S+ )*(consentry .*)$", block, re.MULTILINE)
    return [re.split(r" [|<>#] ?| +#", " ".join(one.split()))[0].strip() for one in found]


def refusal(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the parser has against it; nothing if it would run."""
    words = ["1" if word in NUMBERS else word for word in shlex.split(command)[1:]]
    try:
        PARSER.parse_args(words)
    except SystemExit as stop:
        return capsys.readouterr().err.strip().splitlines()[-1] if stop.code else ""
    return ""


def is_a_name(command: str) -> bool:
    """Whether it is spoken of by its name alone, which asks nobody to type it."""
    words, parser = command.split()[1:], PARSER
    for word in words:
        inner = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        if not inner or word not in inner[0].choices:
            return False
        parser = inner[0].choices[word]
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_has_typed_is_a_command(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands(page):
        said = refusal(command, capsys)
        assert not said or "required" in said or "expected one argument" in said, said
        if page.name in WHOLE:
            assert not said or is_a_name(command), f"{command}: {said}"
