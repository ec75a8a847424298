"""Apply a manifest: bring the named tenants to what the file says, in one transaction."""

from dataclasses import replace

from consentry.operations import apply_clients, apply_tenant, apply_users
from consentry.operations.apply_record import record_plan
from consentry.operations.apply_run import Run
from consentry.operations.errors import Conflict
from consentry.operations.manifest import Manifest, ManifestError
from consentry.operations.permissions import require_operator
from consentry.operations.plan import Plan
from consentry.operations.prepare import Ready, prepare
from consentry.store.ports import Duplicate, Store
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment

ATTEMPTS = 3


class _NotThisTime(Exception):
    """Ends the transaction of a dry run without a trace."""


async def apply(
    deployment: Deployment,
    manifest: Manifest,
    *,
    dry_run: bool = False,
    prune: bool = False,
    actor: Actor = SYSTEM,
) -> Plan:
    """What changed; with `dry_run` what would. Everything changes, or nothing does.

    An omitted key stays as it is, null puts its default back. prune: what the file omits of
    the tenants it names is removed or reset, secrets, passwords and `disabled` excepted.
    Each change is in the tenant's audit trail. Raises Forbidden, or ManifestError with file,
    line and key path.
    """
    require_operator(actor, "tenants.write")
    ready = await prepare(deployment, manifest, prune=prune)
    for attempt in range(ATTEMPTS):
        try:
            return await _once(deployment, manifest, ready, actor, dry_run=dry_run, prune=prune)
        except ManifestError as error:
            # Someone stored a thing of that name since we looked: look again.
            if attempt + 1 == ATTEMPTS or not _lost_a_race(error):
                raise
    raise AssertionError("unreachable")


def _lost_a_race(error: ManifestError) -> bool:
    cause = error.__cause__
    return isinstance(cause, Conflict) and isinstance(cause.__cause__, Duplicate)


async def _once(
    deployment: Deployment,
    manifest: Manifest,
    ready: Ready,
    actor: Actor,
    *,
    dry_run: bool,
    prune: bool,
) -> Plan:
    plan = Plan()
    try:
        async with deployment.store.begin() as store:
            inside = replace(deployment, fetcher=ready, store=store)
            run = Run(inside, store, manifest, ready, plan, prune)
            await _everything(run, store)
            if dry_run or not plan.changes:
                raise _NotThisTime
            await record_plan(run, actor)
    except _NotThisTime:
        pass
    return plan


async def _everything(run: Run, store: Store) -> None:
    entries = list(enumerate(run.manifest.tenants))
    # Every process claims in the same order, so that none waits for the other in a circle.
    for number, entry in sorted(entries, key=lambda one: one[1].slug):
        await apply_tenant.claim(run, number, entry)
    # A host may move from one tenant to another: first all go, then all come.
    for number, entry in entries:
        await apply_tenant.remove_domains(run, number, entry)
    for number, entry in entries:
        await apply_tenant.add_domains(run, number, entry)
        await apply_tenant.scopes(run, number, entry)
        await apply_tenant.apis(run, number, entry)
        ctx = await open_tenant(run.deployment, run.tenants[entry.slug], store=store)
        await apply_users.users(run, ctx, number, entry)
        await apply_clients.clients(run, ctx, number, entry)
