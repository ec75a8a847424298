"""The step of `apply` for the audit trails: one event for each thing that changed."""

from consentry.operations.apply_run import Run
from consentry.operations.audit import append, event, record_for_operators
from consentry.operations.plan import Change
from consentry.tenancy.actor import Actor


async def record_plan(run: Run, actor: Actor) -> None:
    """Note the plan's changes, tenant by tenant; last what the operators' trail is told."""
    now = run.deployment.clock()
    for slug, tenant in sorted(run.tenants.items()):
        events = [
            event(
                actor,
                now,
                f"{change.kind}.{change.action}",
                (change.kind, change.name),
                {"by": "apply", "keys": list(change.keys)},
            )
            for change in run.plan.changes
            if change.tenant == slug
        ]
        if events:
            await append(run.store, tenant.tenant_id, events)
    for change in run.plan.changes:
        action = _for_operators(run, change)
        if action:
            target = ("tenant", change.name)
            await record_for_operators(run.store, actor, now, action, target=target)


def _for_operators(run: Run, change: Change) -> str | None:
    """What happened to a tenant as a whole, if anything did."""
    if change.kind != "tenant":
        return None
    if change.action == "update" and "disabled" in change.keys:
        is_disabled = run.tenants[change.tenant].disabled_at is not None
        return "tenant.disable" if is_disabled else "tenant.enable"
    return "tenant.create" if change.action == "create" else None
