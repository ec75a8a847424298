"""What an import did."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

CLIENTS: Final = ("created", "present", "left_out")
PEOPLE: Final = ("matched", "created", "unknown", "disabled")
TOKENS: Final = (
    "access",
    "refresh",
    "oauth1",
    "present",
    "expired",
    "revoked",
    "without_person",
    "without_client",
)


@dataclass(slots=True)
class Report:
    """Counts by what became of each, and notes on what is left for people to do.

    tokens: the first three were imported, by kind; the rest were not.
    """

    scopes: list[str] = field(default_factory=list)
    clients: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        imported = sum(self.tokens[kind] for kind in ("access", "refresh", "oauth1"))
        return bool(self.scopes or self.clients["created"] or self.people["created"] or imported)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, every count there."""
        return {
            "changed": self.changed,
            "scopes": self.scopes,
            "clients": {name: self.clients[name] for name in CLIENTS},
            "people": {name: self.people[name] for name in PEOPLE},
            "tokens": {name: self.tokens[name] for name in TOKENS},
            "notes": self.notes,
        }
