"""Tenants that leave: told, taken back, removed piece by piece."""

from datetime import UTC, datetime, timedelta

import pytest

from consentry.operations import leaving
from consentry.operations.errors import Conflict, Forbidden, NotFound, Refused
from consentry.operations.leaving import (
    delete_tenant,
    dismiss_tenant,
    remove_some,
    restore_tenant,
)
from consentry.operations.tenants import create_tenant, disable_tenant, get_tenant
from consentry.records.tenant import Tenant
from consentry.tenancy.actor import OPERATORS, Actor
from consentry.tenancy.deployment import Deployment
from consentry_workers.jobs import remove_tenants

OLGA = Actor("operator", "7b", "olga")
WEEK = timedelta(days=7)


@pytest.fixture
async def photos(anywhere: Deployment) -> Tenant:
    """The tenant photos on either database."""
    return await create_tenant(anywhere, "photos")


async def told(deployment: Deployment) -> list[tuple[str, str, str]]:
    """Action, tenant and actor in the operators' trail, oldest first."""
    rows = await deployment.store.inside(OPERATORS).audit.onward()
    return [(row.action, row.target_id, row.actor_name) for row in rows]


@pytest.mark.parametrize("was_disabled", [False, True])
async def test_who_is_restored_is_as_before(
    anywhere: Deployment, photos: Tenant, was_disabled: bool
) -> None:
    if was_disabled:
        await disable_tenant(anywhere, "photos")
    left = await dismiss_tenant(anywhere, "photos", actor=OLGA)
    assert left.delete_at is not None
    assert WEEK - timedelta(minutes=1) < left.delete_at - datetime.now(UTC) <= WEEK
    assert (await dismiss_tenant(anywhere, "photos")).delete_at == left.delete_at
    stored = await get_tenant(anywhere.store, "photos")
    assert (stored.is_disabled, stored.delete_at) == (True, left.delete_at)
    await remove_tenants(anywhere)
    assert (await restore_tenant(anywhere, "photos", actor=OLGA)).is_disabled is was_disabled
    assert (await get_tenant(anywhere.store, "photos")).is_disabled is was_disabled
    assert (await told(anywhere))[-2:] == [
        ("tenant.dismiss", "photos", "olga"),
        ("tenant.restore", "photos", "olga"),
    ]


async def test_what_may_be_gone_by_now_is_not_restored(
    anywhere: Deployment, photos: Tenant
) -> None:
    await dismiss_tenant(anywhere, "photos", grace=59)
    with pytest.raises(Conflict, match="is being removed"):
        await restore_tenant(anywhere, "photos")
    with pytest.raises(Refused, match="grace"):
        await dismiss_tenant(anywhere, "photos", grace=-1)


async def test_only_operators_send_a_tenant_away(anywhere: Deployment, photos: Tenant) -> None:
    admin = Actor("user", "1", "ann", frozenset({"admin"}))
    for do in (dismiss_tenant, restore_tenant, delete_tenant):
        with pytest.raises(Forbidden):
            await do(anywhere, "photos", actor=admin)
        with pytest.raises(NotFound):
            await do(anywhere, "nobodys")


async def test_the_job_removes_who_is_due_and_nobody_else(
    anywhere: Deployment, photos: Tenant
) -> None:
    for slug, grace in (("letters", 0), ("music", 0), ("films", 3_600)):
        await create_tenant(anywhere, slug)
        await dismiss_tenant(anywhere, slug, grace=grace, actor=OLGA)
    await remove_tenants(anywhere)
    assert [one.slug for one in await anywhere.store.tenants.page()] == ["films", "photos"]
    assert (await told(anywhere))[-2:] == [
        ("tenant.delete", "letters", "system"),
        ("tenant.delete", "music", "system"),
    ]


async def test_a_removal_that_was_cut_short_goes_on(
    anywhere: Deployment, photos: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "BATCH", 1)
    configuration = anywhere.store.inside(photos.tenant_id).configuration
    for name in ("a", "b", "c"):
        await configuration.save_scope(name, "")
    left = await dismiss_tenant(anywhere, "photos", grace=0)
    assert await remove_some(anywhere, left)
    assert [one.name for one in await configuration.scopes()] == ["b", "c"]
    await remove_tenants(anywhere)
    assert await anywhere.store.tenants.page() == []
    assert [action for action, _, _ in await told(anywhere)].count("tenant.delete") == 1


async def test_a_new_tenant_with_the_slug_of_one_that_left_is_another(
    anywhere: Deployment, photos: Tenant
) -> None:
    left = await dismiss_tenant(anywhere, "photos", grace=0)
    await delete_tenant(anywhere, "photos")
    made = await create_tenant(anywhere, "photos")
    assert not await remove_some(anywhere, left)
    assert (await get_tenant(anywhere.store, "photos")).tenant_id == made.tenant_id
