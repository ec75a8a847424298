"""`--set KEY=VALUE`: client metadata from words."""

import re
from collections.abc import Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from consentry.cli.errors import Failed
from consentry.operations.yaml_text import YamlError, read
from consentry.spec.client_metadata import ClientMetadata

# A comma may stand in a URI; one that parts two is followed by a scheme.
_BETWEEN_URIS = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.\-]*:)")


def metadata_of(assignments: Sequence[str]) -> dict[str, Any]:
    """Metadata by name. Lists are YAML, `[a, b]`, or plain, `a,b`; a repeated key adds to one.

    Raises Failed for a word that is no assignment, or a value that cannot be read.
    """
    found: dict[str, Any] = {}
    for assignment in assignments:
        key, sign, text = assignment.partition("=")
        key = key.strip()
        if not sign or not key:
            raise Failed(f"--set {assignment.partition('=')[0]!a}: write KEY=VALUE")
        value = _value(key, text)
        if isinstance(value, list) and isinstance(found.get(key), list):
            found[key] += value
        elif key in found:
            raise Failed(f"--set {key}: given twice")
        else:
            found[key] = value
    return found


def _value(key: str, text: str) -> Any:
    kind = _kind(key)
    if kind == "tuple" and not text.startswith("["):
        parts = _BETWEEN_URIS.split(text) if key.endswith("_uris") else text.split(",")
        return [part.strip() for part in parts if part.strip()]
    if kind == "str" and not (text.startswith('"') and text.endswith('"')):
        return text
    try:
        return read(text).value
    except YamlError as error:
        raise Failed(f"--set {key}: {error.reason}") from None


def _kind(key: str) -> str:
    """tuple for a list, str for text, else bool, int or dict, by the metadata's own type."""
    field = ClientMetadata.model_fields.get(key)
    for one in _alternatives(field.annotation) if field else ():
        name = getattr(get_origin(one) or one, "__name__", "")
        if name in ("tuple", "bool", "int", "dict"):
            return str(name)
    return "str"


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [one for part in get_args(annotation) for one in _alternatives(part)]
    if hasattr(annotation, "__metadata__"):
        return _alternatives(get_args(annotation)[0])
    return [annotation]
