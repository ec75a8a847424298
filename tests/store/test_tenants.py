"""Tenants, what is configured for them, and news of it."""

import contextlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from consentry.records.tenant import Api
from consentry.store.ports import Duplicate
from consentry.store.sql import tables
from consentry.store.sql.engine import make_engine
from consentry.store.sql.store import SqlStore, SqlTenantStore
from store.rows import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    Place,
    client_use,
    domain_claim,
    done_effect,
    event,
    imported_token,
    kept_answer,
    member,
    place,
    refusal,
    secret,
    session_client,
    signing_key,
    success,
    tenant,
    tenant_key,
    usage,
    webhook,
)

THE_DEPLOYMENTS = {"job", "process"}
"""Tables whose rows are no tenant's."""


async def test_a_tenant_comes_back_as_saved(store: SqlStore) -> None:
    row = tenant(settings={"access_token_lifetime": 60, "accent": None})
    await store.tenants.save(row)
    for found in (
        await store.tenants.get(row.tenant_id),
        await store.tenants.by_slug("photos"),
    ):
        assert found is not None
        changing = {"changed_at"}
        assert found.model_dump(exclude=changing) == row.model_dump(exclude=changing)
        assert found.changed_at > datetime.now(UTC) - timedelta(minutes=5)
    assert await store.tenants.get(uuid4()) is None
    assert await store.tenants.by_slug("PHOTOS") is None


async def test_a_slug_is_taken_once(store: SqlStore) -> None:
    await store.tenants.save(tenant())
    with pytest.raises(Duplicate, match="slug"):
        await store.tenants.save(tenant())


async def test_saving_again_changes_the_tenant(store: SqlStore) -> None:
    row = tenant()
    await store.tenants.save(row)
    row.slug, row.disabled_at = "pictures", NOW
    await store.tenants.save(row)
    assert await store.tenants.by_slug("photos") is None
    found = await store.tenants.by_slug("pictures")
    assert found is not None
    assert (found.tenant_id, found.disabled_at) == (row.tenant_id, NOW)


async def test_tenants_are_listed_by_slug(store: SqlStore) -> None:
    for slug in ("c", "a", "b"):
        await store.tenants.save(tenant(slug))
    assert [one.slug for one in await store.tenants.page(limit=2)] == ["a", "b"]
    assert [one.slug for one in await store.tenants.page(after="b")] == ["c"]


async def test_a_domain_belongs_to_one_tenant(here: Place, elsewhere: Place) -> None:
    """THREATS 35"""
    await here.inside.configuration.add_domain("login.example.com", NOW)
    await here.inside.configuration.add_domain("login.example.com", NOW)
    with pytest.raises(Duplicate, match="host"):
        await elsewhere.inside.configuration.add_domain("login.example.com", NOW)
    found = await here.store.tenants.by_domain("login.example.com")
    assert found is not None
    assert found.tenant_id == here.tenant.tenant_id
    await elsewhere.inside.configuration.remove_domain("login.example.com")
    assert [one.host for one in await here.inside.configuration.domains()] == ["login.example.com"]
    await here.inside.configuration.remove_domain("login.example.com")
    assert await here.store.tenants.by_domain("login.example.com") is None
    await elsewhere.inside.configuration.add_domain("login.example.com", NOW)


async def test_scopes_are_a_tenants_own(here: Place, elsewhere: Place) -> None:
    own = here.inside.configuration
    await own.save_scope("photos.write", "Change your photos")
    await own.save_scope("photos.read", "See")
    await own.save_scope("photos.read", "See your photos")
    assert [(one.name, one.description) for one in await own.scopes()] == [
        ("photos.read", "See your photos"),
        ("photos.write", "Change your photos"),
    ]
    await elsewhere.inside.configuration.remove_scope("photos.read")
    await own.remove_scope("photos.write")
    assert [one.name for one in await own.scopes()] == ["photos.read"]
    assert await elsewhere.inside.configuration.scopes() == []


async def test_apis_are_a_tenants_own(here: Place, elsewhere: Place) -> None:
    own, made = here.inside.configuration, api("https://api.example.com/")
    await own.save_api(made)
    await own.save_api(api("https://a.example.com/"))
    await own.save_api(api("https://a.example.com/", name="A", access_token_lifetime=60))
    assert [one.name for one in await own.apis()] == ["A", ""]
    assert (await own.apis())[1].model_dump() == made.model_dump()
    await elsewhere.inside.configuration.remove_api("https://a.example.com/")
    await own.remove_api("https://api.example.com/")
    assert [one.identifier for one in await own.apis()] == ["https://a.example.com/"]
    assert await elsewhere.inside.configuration.apis() == []


def api(identifier: str, **changed: object) -> Api:
    """A protected resource."""
    return Api.model_validate({"tenant_id": uuid4(), "identifier": identifier, **changed})


async def test_a_deleted_tenant_leaves_no_row_in_any_table(here: Place, elsewhere: Place) -> None:
    store = here.store
    assert isinstance(store, SqlStore)
    for one in (here, elsewhere):
        await fill(one)
    before = await counted(store, elsewhere.tenant.tenant_id)
    assert set(before.values()) == {1}, "every table needs a row, or this shows nothing"
    assert await counted(store, here.tenant.tenant_id) == before
    await store.tenants.delete(here.tenant.tenant_id)
    assert set((await counted(store, here.tenant.tenant_id)).values()) == {0}
    assert await counted(store, elsewhere.tenant.tenant_id) == before


async def fill(place: Place) -> None:
    """A row in every table."""
    inside, slug = place.inside, place.tenant.slug
    await inside.configuration.add_domain(f"{slug}.example.com", NOW)
    await inside.configuration.save_scope("photos.read", "See your photos")
    await inside.configuration.save_api(api("https://api.example.com/"))
    await inside.clients.add_secret(secret())
    await inside.clients.used([client_use()])
    await place.noted(session_client(place.user.user_id))
    await inside.consents.grant(place.user.user_id, "printer", "", "openid", NOW)
    await place.redeemed()
    await inside.authorizations.revoke_token("a1", NOW + HOUR)
    await inside.imported_tokens.add([], [imported_token()])
    await inside.keys.add_tenant_key(tenant_key())
    await inside.keys.add_signing_key(signing_key("one"))
    await inside.nonces.spend("jti", "a1", NOW + HOUR)
    await inside.throttles.take("jane", count=1, period_s=60, now=NOW)
    await inside.refusals.add([refusal()])
    await inside.successes.add([success()])
    await inside.audit.append([event()])
    await inside.members.save(member(place.user.user_id))
    await inside.answers.save(kept_answer())
    await inside.claims.save(domain_claim())
    await inside.outbox.add([done_effect()])
    tenant_id = place.tenant.tenant_id
    assert isinstance(inside, SqlTenantStore)
    for row in (usage(tenant_id=tenant_id), webhook(tenant_id=tenant_id)):
        await inside._work.save(row)


async def counted(store: SqlStore, tenant_id: UUID) -> dict[str, int]:
    """How many rows of the tenant each table has."""
    engine = make_engine(store.url, 1)
    found = {}
    try:
        async with engine.connect() as connection:
            for name, table in tables.metadata.tables.items():
                if name in THE_DEPLOYMENTS:
                    continue
                query = sa.select(sa.func.count()).where(table.c.tenant_id == tenant_id)
                found[name] = (await connection.execute(query)).scalar_one()
    finally:
        await engine.dispose()
    return found


async def test_changed_tenants_are_found_oldest_first(store: SqlStore) -> None:
    start = datetime.now(UTC)
    one, two = await place(store, "one"), await place(store, "two")
    found = [id for id, _ in await store.tenants.changed_since(start)]
    assert found == [one.tenant.tenant_id, two.tenant.tenant_id]
    await one.inside.configuration.save_scope("a", "")
    found = [id for id, _ in await store.tenants.changed_since(start)]
    assert found == [two.tenant.tenant_id, one.tenant.tenant_id]
    *_, (last, at) = await store.tenants.changed_since(start)
    assert await store.tenants.changed_since(at) == [(last, at)]
    assert await store.tenants.changed_since(datetime.now(UTC) + MINUTE) == []


async def test_a_claim_is_of_one_tenant_and_ends(here: Place, elsewhere: Place) -> None:
    await here.inside.claims.save(domain_claim())
    await elsewhere.inside.claims.save(domain_claim(token="other"))
    assert [one.token for one in await here.inside.claims.all(NOW)] == ["t"]
    assert await here.inside.claims.all(NOW + 7 * DAY) == []
    await here.inside.claims.save(domain_claim(token="new"))
    await elsewhere.inside.claims.remove("id.example.com")
    assert [one.token for one in await here.inside.claims.all(NOW)] == ["new"]


# Several methods in one transaction


async def test_what_begins_together_is_stored_together(
    store: SqlStore, neighbour: SqlStore
) -> None:
    row = tenant()
    async with store.begin() as joined:
        await joined.tenants.save(row)
        await joined.inside(row.tenant_id).configuration.save_scope("a", "")
        assert await joined.tenants.by_slug("photos") is not None
        if "memdb" not in store.url:  # in memory, a reader waits for the writer
            assert await neighbour.tenants.by_slug("photos") is None
    assert await neighbour.tenants.by_slug("photos") is not None
    assert len(await neighbour.inside(row.tenant_id).configuration.scopes()) == 1


async def test_an_error_takes_everything_back(store: SqlStore) -> None:
    row = tenant()
    with pytest.raises(LookupError):
        async with store.begin() as joined:
            await joined.tenants.save(row)
            await joined.inside(row.tenant_id).configuration.save_scope("a", "")
            raise LookupError
    assert await store.tenants.by_slug("photos") is None
    assert await store.inside(row.tenant_id).configuration.scopes() == []


async def test_a_duplicate_is_reported_and_takes_everything_back(here: Place) -> None:
    with pytest.raises(Duplicate, match="slug"):
        async with here.store.begin() as joined:
            await joined.inside(here.tenant.tenant_id).configuration.save_scope("a", "")
            await joined.tenants.save(tenant())
    assert await here.inside.configuration.scopes() == []


async def test_a_duplicate_that_is_dealt_with_leaves_the_rest_as_it_is(here: Place) -> None:
    async with here.store.begin() as joined:
        inside = joined.inside(here.tenant.tenant_id)
        assert await inside.keys.add_signing_key(signing_key("one"))
        assert not await inside.keys.add_signing_key(signing_key("two"))
        with contextlib.suppress(Duplicate):
            await joined.tenants.save(tenant())
        await inside.configuration.save_scope("a", "")
    assert [key.kid for key in await here.inside.keys.signing_keys()] == ["one"]
    assert len(await here.inside.configuration.scopes()) == 1


async def test_what_was_read_in_a_transaction_is_read_again(here: Place) -> None:
    here.user.password_hash = "old"
    await here.inside.users.save(here.user)
    async with here.store.begin() as joined:
        inside = joined.inside(here.tenant.tenant_id)
        assert await inside.users.get(here.user.user_id) is not None
        await inside.users.rehash(here.user.user_id, "old", "new")
        found = await inside.users.get(here.user.user_id)
        assert found is not None
        assert found.password_hash == "new"


async def test_a_row_read_in_a_transaction_is_not_saved_by_being_changed(here: Place) -> None:
    async with here.store.begin() as joined:
        found = await joined.inside(here.tenant.tenant_id).users.get(here.user.user_id)
        assert found is not None
        found.roles = "admin"
    found = await here.inside.users.get(here.user.user_id)
    assert found is not None
    assert found.roles == ""


async def test_a_protocol_transition_refuses_to_be_part_of_a_transaction(here: Place) -> None:
    """It commits on its own, so on SQLite it would wait for what waits for it."""
    id = await here.redeemed()
    async with here.store.begin() as joined:
        with pytest.raises(RuntimeError, match="outside of begin"):
            await joined.inside(here.tenant.tenant_id).authorizations.revoke(id, NOW)
    assert not await here.is_revoked(id)
