"""What the steps of one `apply` share."""

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from consentry.operations.manifest import Manifest
from consentry.operations.plan import Action, Change, Kind, Plan
from consentry.operations.prepare import Ready
from consentry.records.tenant import Tenant
from consentry.store.ports import Store
from consentry.tenancy.deployment import Deployment

Value = TypeVar("Value")


@dataclass
class Run:
    """One attempt: its transaction, and the plan that grows. `tenants` are by slug."""

    deployment: Deployment
    store: Store
    manifest: Manifest
    ready: Ready
    plan: Plan
    prune: bool
    tenants: dict[str, Tenant] = field(default_factory=dict)

    def changed(
        self, action: Action, kind: Kind, tenant: str, name: str, keys: tuple[str, ...] = ()
    ) -> None:
        """Note a change in the plan."""
        self.plan.changes.append(Change(action, kind, tenant, name, keys))

    def wanted(
        self, entry: BaseModel, key: str, given: Value | None, *, stored: Value, default: Value
    ) -> Value:
        """What a key shall be: as given, its default for null, as stored when omitted."""
        if key in entry.model_fields_set:
            return default if given is None else given
        return default if self.prune else stored
