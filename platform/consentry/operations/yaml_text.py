"""YAML of manifests: read with the line of every key, written so that it reads back the same.

The types of YAML 1.2's core schema, which are those of JSON: `no` and `1990-01-01` are text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import yaml

from consentry.operations.errors import place

MAX_DEPTH: Final = 32
_NULL, _BOOL = "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_STR = "tag:yaml.org,2002:str"
_CORE: Final = (
    (_NULL, re.compile(r"(?:~|null|Null|NULL|)"), ["~", "n", "N", ""]),
    (_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)"), list("tTfF")),
    (_INT, re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})"), list("-+0123456789")),
    (
        _FLOAT,
        re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"),
        list("-+0123456789"),
    ),
)


class YamlError(ValueError):
    """Text that is not YAML of the plain kind. `line` counts from 1; `path` is a key path."""

    def __init__(self, line: int, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.line, self.reason, self.path = line, reason, path


@dataclass(frozen=True, slots=True)
class Document:
    """value: plain JSON types. lines: of every key path, such as `tenants[0].slug`, from 1."""

    value: Any
    lines: dict[str, int]

    def line(self, path: str) -> int:
        """The line of a key path, or of the nearest thing around it."""
        while path not in self.lines and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


class _Dumper(yaml.SafeDumper):
    """Quotes also what only YAML 1.1 takes for something else than text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: list(rules) for first, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: Any) -> bool:
        """Equal parts are written out each time: we read no aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand deeper than their key."""
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # Other styles fold line breaks, of which YAML has more than one.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar(_STR, text, style=style)


_Dumper.add_representer(str, _text)
for _tag, _rule, _first in _CORE:
    _whole = re.compile(rf"{_rule.pattern}\Z")
    _Loader.add_implicit_resolver(_tag, _whole, _first)
    _Dumper.add_implicit_resolver(_tag, _whole, _first)


def read(text: str) -> Document:
    """The one document of a YAML text.

    Raises YamlError for bad syntax, a repeated key, an alias, a tag, or nesting past 32;
    its message holds nothing of the text but keys.
    """
    try:
        loader = _Loader(text)
        try:
            return _Reader(loader).document()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The end of the text counts as a line of its own there.
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        raise YamlError(line, error.problem or "is not YAML") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
        raise YamlError(line, "has a character that YAML does not allow") from None
    except yaml.YAMLError:
        raise YamlError(1, "is not YAML") from None


def write(value: Any) -> str:
    """YAML of plain JSON types, keys in the order given."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )


class _Reader:
    """Reads events: the library's own tree of nodes has no bound on its depth."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._lines: dict[str, int] = {}

    def document(self) -> Document:
        """The one document, null when there is none."""
        self._loader.get_event()
        event, value = self._loader.get_event(), None
        if isinstance(event, yaml.DocumentStartEvent):
            value = self._value(self._loader.get_event(), ())
            self._loader.get_event()
            event = self._loader.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlError(_line(event), "a second document begins; one is read")
        return Document(value, self._lines)

    def _value(self, event: yaml.Event, steps: tuple[str | int, ...]) -> Any:
        line, path = _line(event), place(steps)
        self._lines.setdefault(path, line)
        if len(steps) > MAX_DEPTH:
            raise YamlError(line, f"is nested deeper than {MAX_DEPTH}", path)
        if isinstance(event, yaml.AliasEvent):
            raise YamlError(line, "aliases are not read; write the value again", path)
        if isinstance(event, yaml.MappingStartEvent) and event.tag is None:
            return self._mapping(steps)
        if isinstance(event, yaml.SequenceStartEvent) and event.tag is None:
            return self._sequence(steps)
        if isinstance(event, yaml.ScalarEvent) and event.tag is None:
            return _SCALARS[self._tag(event)](event.value)
        raise YamlError(line, "has a tag; only plain values are read", path)

    def _tag(self, event: yaml.ScalarEvent) -> str:
        return str(self._loader.resolve(yaml.ScalarNode, event.value, event.implicit))

    def _sequence(self, steps: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._loader.get_event(), yaml.SequenceEndEvent):
            found.append(self._value(event, (*steps, len(found))))
        return found

    def _mapping(self, steps: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._loader.get_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise YamlError(_line(event), "a key must be text", place(steps))
            inner = (*steps, str(event.value))
            if event.value in found:
                raise YamlError(_line(event), "is there twice", place(inner))
            self._lines[place(inner)] = _line(event)
            found[event.value] = self._value(self._loader.get_event(), inner)
        return found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    _NULL: lambda text: None,
    _BOOL: lambda text: text.lower() == "true",
    _INT: int,
    _FLOAT: float,
    _STR: str,
}
