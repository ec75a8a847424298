"""What a job says of one run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """rows: how many it dealt with. detail: more, in plain JSON types, nothing secret.

    problem: what it could not do, though it did the rest; the run then counts as failed.
    """

    rows: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
