"""What follows from the chart's values: the settings its schema lets through, and their page.

`python3 dev.py chart` writes both anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from consentry.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/consentry"
SCHEMA, PAGE = CHART / "values.schema.json", ROOT / "docs/helm.md"
HEADING = "\n## Values\n"
# Secret, or set by the chart itself.
NOT_A_VALUE = {
    "base_url", "database_url", "mail_url", "metrics", "operator_password", "redis_url",
    "secret_key",
}  # fmt: skip
_KEPT = ("enum", "maximum", "minimum", "type")
Json = dict[str, Any]


def settings_schema() -> Json:
    """What `settings` of the chart may hold: each setting of a process, by its type."""
    known = Settings.model_json_schema()["properties"]
    return {
        name: {"description": field["description"], **_type(field)}
        for name, field in sorted(known.items())
        if name not in NOT_A_VALUE
    }


def _type(field: Json) -> Json:
    if field.get("type") in ("integer", "boolean") or "enum" in field:
        return {key: field[key] for key in _KEPT if key in field}
    # Limits, networks and names are text in an environment.
    return {"type": "string"}


def schema() -> Json:
    """The schema of the chart's values, as it should be."""
    found: Json = json.loads(SCHEMA.read_text())
    found["properties"]["settings"]["properties"] = settings_schema()
    return found


class Value(NamedTuple):
    """One value: its path with dots, its schema, what it is unless it is given."""

    path: str
    schema: Json
    default: Any


def values(one: Json, default: Any, path: str) -> Iterator[Value]:
    """The values below a path, in the order of the schema."""
    if path == "settings" or one.get("additionalProperties") is not False:
        yield Value(path, one, default)
        inside = one.get("items", {}).get("properties", {})
        if one.get("items", {}).get("additionalProperties") is False:
            for name, each in inside.items():
                yield from values(each, None, f"{path}[].{name}")
        return
    for name, each in one["properties"].items():
        yield from values(each, default and default[name], f"{path}.{name}")


def all_values() -> dict[str, list[Value]]:
    """The values of each room; those that stand alone are in the room with no name."""
    given = yaml.safe_load((CHART / "values.yaml").read_text())
    rooms: dict[str, list[Value]] = {"": []}
    for name, one in schema()["properties"].items():
        if name == "global":
            continue
        found = list(values(one, given[name], name))
        if len(found) == 1:
            rooms[""] += found
        else:
            rooms[name] = found
    return rooms


def table() -> str:
    """Every value with its default and meaning, a section for each room of them."""
    text = ""
    for room, found in all_values().items():
        if room:
            meaning = schema()["properties"][room]["description"]
            text += f"\n### {room}\n\n{meaning[0].upper()}{meaning[1:]}.\n"
        text += "\n| value | default | may be | meaning |\n|---|---|---|---|\n"
        text += "".join(map(_row, found))
    return text


def _row(value: Value) -> str:
    meaning = value.schema["description"]
    default = "" if value.default is None else f"`{json.dumps(value.default)}`"
    cells = (f"`{value.path}`", default, _kind(value.schema), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _kind(one: Json) -> str:
    """What a value may be, in a word or two."""
    if "enum" in one:
        return ", ".join(f"`{each}`" for each in one["enum"])
    if "oneOf" in one:
        return " or ".join(each["type"] for each in one["oneOf"])
    if "$ref" in one:
        return {"quantity": "quantity", "resources": "requests, limits"}[one["$ref"].split("/")[-1]]
    low, high = one.get("minimum"), one.get("maximum")
    if low is None:
        return str(one["type"])
    return f"{one['type']}, {low} to {high}" if high is not None else f"{one['type']} from {low}"


def page() -> str:
    """The page of the values: what was written by hand, and the table anew."""
    return PAGE.read_text().partition(HEADING)[0] + HEADING + table()


def main() -> None:
    """Write schema and page."""
    SCHEMA.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
