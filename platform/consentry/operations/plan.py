"""What applying a manifest changes, or would change."""

from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["create", "update", "delete"]
Kind = Literal["tenant", "domain", "api", "scope", "user", "client"]
_SIGNS = {"create": "+", "update": "~", "delete": "-"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes; `keys` are names alone, never values."""

    action: Action
    kind: Kind
    tenant: str
    name: str
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.tenant if self.kind == "tenant" else f"{self.tenant}/{self.name}"
        keys = f": {', '.join(self.keys)}" if self.keys else ""
        return f"{_SIGNS[self.action]} {self.kind} {where}{keys}"


@dataclass(slots=True)
class Plan:
    """Changes in the order they are made, and notes on what is left for people to do."""

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, action: Action) -> int:
        """How many changes are of this kind."""
        return sum(change.action == action for change in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "changed": bool(self.changes),
            "changes": [
                {
                    "action": one.action,
                    "kind": one.kind,
                    "tenant": one.tenant,
                    "name": one.name,
                    "keys": list(one.keys),
                }
                for one in self.changes
            ],
            "notes": self.notes,
        }
