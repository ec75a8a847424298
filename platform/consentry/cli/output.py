"""What commands print."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def show(asked: argparse.Namespace, data: Any, text: str) -> None:
    """Print `data` as JSON with --json, else the text for people."""
    if asked.json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    elif text:
        print(text)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows under upper-case headings, empty cells as `-`."""
    cells = [[name.upper() for name in columns]]
    cells += [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def pairs(data: Mapping[str, Any]) -> str:
    """One `name: value` a line."""
    width = max(map(len, data), default=0) + 1
    return "\n".join(f"{name + ':':<{width}} {_cell(value)}" for name, value in data.items())


def stamp(at: datetime | None) -> str | None:
    """A time as RFC 3339 in UTC, whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
