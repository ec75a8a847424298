"""`KEY=VALUE`: client metadata and other things from words."""

import re
from collections.abc import Callable, Collection, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from consentry.cli.errors import Failed
from consentry.operations.yaml_text import YamlError, read
from consentry.spec.client_metadata import ClientMetadata

# A comma may stand in a URI; one that parts two is followed by a scheme.
_BETWEEN_URIS = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.\-]*:)")


def metadata_of(assignments: Sequence[str], where: str = "--set ") -> dict[str, Any]:
    """Client metadata by name. where: what stands before an assignment when one is wrong.

    Raises Failed for a word that is no assignment, or a value that cannot be read.
    """
    return assigned(assignments, kind_in(ClientMetadata), where)


def assigned(
    assignments: Sequence[str], kind_of: Callable[[str], str], where: str = ""
) -> dict[str, Any]:
    """Values by key. Lists are YAML, `[a, b]`, or plain, `a,b`; a repeated key adds to one.

    kind_of: `str` for text, which is taken as it stands, `tuple` for a list; anything else is
    read as YAML. Raises Failed.
    """
    found: dict[str, Any] = {}
    for assignment in assignments:
        key, sign, text = assignment.partition("=")
        key = key.strip()
        if not sign or not key:
            raise Failed(f"{where}{assignment.partition('=')[0]!a}: write KEY=VALUE")
        try:
            value = _value(kind_of(key), key, text)
        except YamlError as error:
            raise Failed(f"{where}{key}: {error.reason}") from None
        if isinstance(value, list) and isinstance(found.get(key), list):
            found[key] += value
        elif key in found:
            raise Failed(f"{where}{key}: given twice")
        else:
            found[key] = value
    return found


def known_keys(keys: Sequence[str], known: Collection[str]) -> dict[str, None]:
    """Null for each key, which puts its default back. Raises Failed for one that there is not."""
    for key in keys:
        if key not in known:
            raise Failed(f"{key}: unknown key")
    return dict.fromkeys(keys)


def kind_in(model: type[BaseModel]) -> Callable[[str], str]:
    """tuple for a list, str for text, else bool, int or dict, by the model's own types."""

    def kind_of(key: str) -> str:
        field = model.model_fields.get(key)
        for one in _alternatives(field.annotation) if field else ():
            name = getattr(get_origin(one) or one, "__name__", "")
            if name in ("tuple", "bool", "int", "dict"):
                return str(name)
        return "str"

    return kind_of


def _value(kind: str, key: str, text: str) -> Any:
    if kind == "tuple" and not text.startswith("["):
        parts = _BETWEEN_URIS.split(text) if key.endswith("_uris") else text.split(",")
        return [part.strip() for part in parts if part.strip()]
    if kind == "str" and not (text.startswith('"') and text.endswith('"')):
        return text
    return read(text).value


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [one for part in get_args(annotation) for one in _alternatives(part)]
    if hasattr(annotation, "__metadata__"):
        return _alternatives(get_args(annotation)[0])
    return [annotation]
