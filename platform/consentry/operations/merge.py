"""How what is given changes what is stored."""

from collections.abc import Mapping
from typing import Any


def merged(stored: Mapping[str, Any], given: Mapping[str, Any], *, prune: bool) -> dict[str, Any]:
    """What holds afterwards: an omitted key stays, null puts its default back.

    prune: an omitted key goes back to its default too.
    """
    kept = {} if prune else {key: value for key, value in stored.items() if key not in given}
    return kept | {key: value for key, value in given.items() if value is not None}


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names whose value differs, by name."""
    return tuple(
        sorted(
            key
            for key in before.keys() | after.keys()
            if key not in before or key not in after or before[key] != after[key]
        )
    )
