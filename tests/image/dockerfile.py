"""A Dockerfile read into its instructions, as a builder reads it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name, its `--flags`, and what follows, continued lines joined."""

    name: str
    flags: Mapping[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """What follows, in words: of the JSON form (a list), else as a shell splits it."""
        if self.is_exec:
            return [str(word) for word in json.loads(self._command())]
        return shlex.split(self.text)

    @property
    def is_exec(self) -> bool:
        """Whether a command is given as a list, so that no shell stands before it."""
        return self._command().startswith("[")

    @property
    def pairs(self) -> dict[str, str]:
        """The `NAME=value` words of ENV, ARG and LABEL; a name alone has no value."""
        halves = (word.partition("=") for word in self.words)
        return {name: value for name, _, value in halves}

    def _command(self) -> str:
        return self.text.removeprefix("CMD ") if self.name == "HEALTHCHECK" else self.text


@dataclass
class Stage:
    """What one FROM begins."""

    base: str
    name: str
    body: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        """The instructions of one name."""
        return [each for each in self.body if each.name == name]

    def last(self, name: str) -> Instruction | None:
        """The one that counts, of those that replace one another."""
        return next(iter(reversed(self.all(name))), None)


def stages(text: str, given: Mapping[str, str] | None = None) -> list[Stage]:
    """The stages in order; `${NAME}` is replaced where an ARG says what it is.

    given: build arguments that replace the defaults.
    """
    found: list[Stage] = []
    arguments: dict[str, str] = {}
    for instruction in _instructions(text):
        filled = _filled(instruction, arguments)
        if filled.name == "ARG":
            arguments |= {**filled.pairs, **_chosen(filled.pairs, given or {})}
        if filled.name == "FROM":
            words: list[Any] = [*filled.words, "", ""]
            found.append(Stage(words[0], words[2] or str(len(found))))
        elif found:
            found[-1].body.append(filled)
    return found


def _chosen(pairs: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in pairs if name in given}


def _filled(instruction: Instruction, arguments: Mapping[str, str]) -> Instruction:
    if instruction.name == "RUN":
        return instruction
    text = _VARIABLE.sub(lambda found: arguments.get(found[1], found[0]), instruction.text)
    return Instruction(instruction.name, instruction.flags, text)


def _instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [_parsed(line) for line in joined.splitlines()]


def _parsed(line: str) -> Instruction:
    name, _, rest = line.strip().partition(" ")
    flags: dict[str, str] = {}
    while (rest := rest.strip()).startswith("--"):
        flag, _, rest = rest.partition(" ")
        key, _, value = flag.partition("=")
        flags[key] = value
    return Instruction(name.upper(), flags, rest)
