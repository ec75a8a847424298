"""Each change and the record of it: one transaction, one chain, no secret."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.crypto.passwords import hash_password
from consentry.crypto.root import RootKeys
from consentry.operations.apply import apply
from consentry.operations.audit import audit_page, described, differences, own_activity, record
from consentry.operations.audit_chain import Broken, verify
from consentry.operations.audit_export import csv_lines, json_lines
from consentry.operations.changing import changing
from consentry.operations.client_secrets import rotate_secret
from consentry.operations.clients import (
    create_client,
    delete_client,
    disable_client,
    enable_client,
    update_client,
)
from consentry.operations.domains import add_domain, remove_domain
from consentry.operations.errors import Conflict, Forbidden, NotFound, OperationError, Refused
from consentry.operations.keys import revoke_key, rewrap, rotate_key
from consentry.operations.leaving import delete_tenant
from consentry.operations.manifest import Manifest
from consentry.operations.members import remove_member, set_member
from consentry.operations.tenants import (
    create_tenant,
    disable_tenant,
    enable_tenant,
    update_tenant,
)
from consentry.operations.users import (
    create_user,
    delete_user,
    disable_user,
    enable_user,
    set_password,
)
from consentry.records.audit import AuditRow, digest_of
from consentry.store.sql.engine import make_engine
from consentry.store.sql.store import SqlStore
from consentry.store.trail import Audit, AuditFilter
from consentry.tenancy.actor import OPERATORS, SYSTEM, Actor
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from operations.deployed import deployed
from operations.people import person
from support.patience import NEVER_S
from support.sweeping import swept

CODE = {"redirect_uris": ["https://a.example/cb"]}
PASSWORD = "correct horse battery staple"
CHOSEN = "a-secret-chosen-for-this-very-client"
MANIFEST = f"""
tenants:
  - slug: photos
    name: Photographs
    domains: [id.example]
    settings: {{access_token_lifetime: 60}}
    scopes: [{{name: photos.read, description: See}}]
    apis: [{{identifier: 'https://api.example'}}]
    users: [{{username: ann, password: {PASSWORD}}}]
    clients: [{{client_id: made, client_secret: {CHOSEN}, redirect_uris: ['https://a.example/cb']}}]
  - slug: letters
    disabled: true
"""


@pytest.fixture
async def photos(anywhere: Deployment) -> TenantContext:
    """The tenant photos on either database."""
    return await open_tenant(anywhere, await create_tenant(anywhere, "photos"))


async def trail(ctx: TenantContext) -> list[AuditRow]:
    """All events of a tenant, oldest first, after its chain was verified."""
    await verify(ctx.store.audit)
    return await ctx.store.audit.onward()


async def actions(ctx: TenantContext) -> list[str]:
    return [row.action for row in await trail(ctx)]


async def everything(ctx: TenantContext) -> list[str]:
    """Do all there is to do; the secrets that were used or made."""
    _, made = await create_client(ctx, "app", CODE)
    await create_client(ctx, "own", CODE, CHOSEN)
    await update_client(ctx, "app", {**CODE, "client_name": "App"})
    rotated = await rotate_secret(ctx, "app", 60)
    await disable_client(ctx, "app")
    await enable_client(ctx, "app")
    phc = hash_password("another good password")
    user = await create_user(ctx, "ann", password=PASSWORD, roles=["developer"])
    await create_user(ctx, "bob", password_hash=phc, claims={"name": "Bob"})
    await set_member(ctx, "app", "ann", "owner")
    await remove_member(ctx, "app", user.user_id)
    await set_password(ctx, "ann", PASSWORD + "!")
    await disable_user(ctx, "ann")
    await enable_user(ctx, "ann")
    await delete_user(ctx, "bob")
    await update_tenant(ctx, name="Photos", settings={"access_token_lifetime": 90})
    await add_domain(ctx, "photos.example")
    await remove_domain(ctx, "photos.example")
    await rotate_key(ctx, "ES256")
    await disable_tenant(ctx.deployment, "photos")
    await enable_tenant(ctx.deployment, "photos")
    await delete_client(ctx, "app")
    await apply(ctx.deployment, Manifest.parse(MANIFEST, "demo.yaml"))
    ann = await ctx.store.users.by_identifier("ann")
    assert ann is not None and ann.password_hash is not None and made is not None
    return [made, rotated, CHOSEN, PASSWORD, phc, ann.password_hash]


ALL = [
    "tenant.create", "client.create", "client.create", "client.update", "secret.rotate",
    "client.disable", "client.enable", "user.create", "user.create", "member.set",
    "member.remove", "user.password", "user.disable", "user.enable", "user.delete",
    "tenant.update", "domain.create", "domain.delete", "key.rotate", "tenant.disable",
    "tenant.enable", "client.delete", "tenant.update", "domain.create", "scope.create",
    "api.create", "user.update", "client.create",
]  # fmt: skip


async def test_every_change_is_recorded_once_and_no_record_holds_a_secret(
    ctx: TenantContext,
) -> None:
    """THREATS 54"""
    secrets = await everything(ctx)
    rows = await trail(ctx)
    assert [row.action for row in rows] == ALL
    operators = ctx.deployment.store.inside(OPERATORS)
    theirs = await operators.audit.onward()
    assert [(row.action, row.target_id) for row in theirs] == [
        ("tenant.create", "photos"),
        ("tenant.disable", "photos"),
        ("tenant.enable", "photos"),
        ("tenant.create", "letters"),
    ]
    written = json.dumps([described(row) for row in [*rows, *theirs]])
    for secret in secrets:
        assert secret not in written
    assert "$argon2" not in written


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=40),
    label=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12),
)
async def test_no_record_of_a_client_holds_its_secret_whatever_it_is(
    ctx: TenantContext, secret: str, label: str
) -> None:
    """THREATS 54"""
    client, shown = await create_client(ctx, None, {**CODE, "client_name": label}, secret)
    new = await rotate_secret(ctx, client.client_id)
    target = AuditFilter(target=("client", client.client_id))
    rows = await ctx.store.audit.page(target)
    assert shown == secret
    assert len(rows) == 2
    for row in rows:
        for value in (secret, new):
            assert value not in _texts(row.detail)
            assert value not in (row.actor_name, row.actor_id)


def _texts(value: Any) -> list[str]:
    """Every text in plain JSON types, names included."""
    if isinstance(value, dict):
        return [*value, *(text for one in value.values() for text in _texts(one))]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


async def test_a_record_tells_who_what_whom_and_from_where(ctx: TenantContext) -> None:
    await create_client(ctx, "app", CODE)
    actor = Actor(
        "user", "3f0e8c1e-0000-4000-8000-000000000000", "ann", frozenset({"admin"}),
        address="203.0.113.9", request_id="a1b2",
    )  # fmt: skip
    await update_client(ctx.acting(actor), "app", {**CODE, "client_name": "App"})
    row = (await trail(ctx))[-1]
    assert (row.actor_kind, row.actor_id, row.actor_name) == ("user", actor.id, "ann")
    assert (row.address, row.request_id) == ("203.0.113.9", "a1b2")
    assert (row.action, row.target_kind, row.target_id) == ("client.update", "client", "app")
    assert row.detail == {"changed": {"client_name": {"from": None, "to": "App"}}}
    assert row.at > datetime.now(UTC) - timedelta(minutes=1)


async def test_what_changes_nothing_is_no_event(ctx: TenantContext) -> None:
    await create_client(ctx, "app", CODE)
    before = await actions(ctx)
    await update_client(ctx, "app", CODE)
    await enable_client(ctx, "app")
    await enable_tenant(ctx.deployment, "photos")
    await update_tenant(ctx, name="photos", settings={})
    await apply(ctx.deployment, Manifest.parse("tenants: [{slug: photos}]", "demo.yaml"))
    assert await actions(ctx) == before


async def test_a_dry_run_leaves_no_event(ctx: TenantContext) -> None:
    await apply(ctx.deployment, Manifest.parse(MANIFEST, "demo.yaml"), dry_run=True)
    assert await actions(ctx) == ["tenant.create"]


async def test_a_refused_change_leaves_no_event(photos: TenantContext) -> None:
    await create_client(photos, "app", CODE)
    await create_user(photos, "ann")
    before = await actions(photos)
    for call in (
        create_client(photos, "app", CODE),
        create_client(photos, "b", {"redirect_uris": ["javascript:x"]}),
        update_client(photos, "app", {**CODE, "scope": "not.declared"}),
        delete_client(photos, "nobodys"),
        create_user(photos, "ANN"),
        set_password(photos, "ann", "short"),
        delete_user(photos, "nobody"),
        rotate_key(photos, "HS256"),
        revoke_key(photos, "nobodys"),
        rotate_secret(photos, "app", -1),
        update_tenant(photos, settings={"issuer_host": "elsewhere.example"}),
        add_domain(photos, "localhost"),
        set_member(photos, "app", "ann"),
        create_tenant(photos.deployment, "photos"),
        delete_tenant(photos.deployment, "letters"),
    ):
        with pytest.raises((Refused, Conflict, NotFound)):
            await call
    assert await actions(photos) == before
    assert await photos.deployment.store.inside(OPERATORS).audit.head() is not None


async def test_a_change_that_fails_late_leaves_neither_itself_nor_an_event(
    photos: TenantContext,
) -> None:
    with pytest.raises(LookupError):
        async with changing(photos) as inner:
            await create_client(inner, "app", CODE)
            await record(inner, "client.create")
            raise LookupError
    assert await photos.store.clients.get("app") is None
    assert await actions(photos) == ["tenant.create"]


async def test_a_record_that_fails_leaves_no_change(photos: TenantContext) -> None:
    nothing = cast(dict[str, Any], {"at": object()})
    with pytest.raises(TypeError):
        async with changing(photos) as inner:
            await inner.store.configuration.save_scope("photos.read", "See")
            await record(inner, "scope.create", detail=nothing)
    assert await photos.store.configuration.scopes() == []
    assert await actions(photos) == ["tenant.create"]


async def test_a_change_inside_another_is_part_of_it(photos: TenantContext) -> None:
    async with changing(photos) as outer:
        with pytest.raises(Refused):
            await create_client(outer, "bad id", CODE)
        await create_client(outer, "app", CODE)
        await create_user(outer, "ann")
    assert await actions(photos) == ["tenant.create", "client.create", "user.create"]


async def test_twenty_changes_at_once_make_one_chain(photos: TenantContext) -> None:
    neighbour = SqlStore(cast(SqlStore, photos.deployment.store).url)
    other = await open_tenant(
        replace(photos.deployment, store=neighbour), await row_of(photos.deployment)
    )
    try:
        await asyncio.gather(
            *(create_client((photos, other)[n % 2], f"app{n}", CODE) for n in range(20))
        )
    finally:
        await neighbour.close()
    rows = await trail(photos)
    assert sorted(row.target_id for row in rows[1:]) == sorted(f"app{n}" for n in range(20))
    assert [row.seq for row in rows] == list(range(1, 22))


async def row_of(deployment: Deployment) -> Any:
    found = await deployment.store.tenants.by_slug("photos")
    assert found is not None
    return found


async def test_changes_and_manifests_at_once_do_not_lock_each_other_out(
    anywhere: Deployment,
) -> None:
    """Whoever changes a tenant begins with its trail; what is the operators' comes last."""
    here = [await open_tenant(anywhere, await create_tenant(anywhere, slug)) for slug in ("a", "b")]
    both = "tenants: [{slug: b, name: B%d}, {slug: a, name: A%d}, {slug: new%d}]"
    work: list[Any] = []
    for n in range(4):
        text = both % (n, n, n)
        work += [apply(anywhere, Manifest.parse(text, "demo.yaml"))]
        work += [create_client(ctx, f"app{n}", CODE) for ctx in here]
        work += [create_tenant(anywhere, f"other{n}")]
    await asyncio.gather(*work)
    for ctx in here:
        assert (await actions(ctx)).count("client.create") == 4
    operators = anywhere.store.inside(OPERATORS).audit
    assert (await verify(operators)).events == 10


async def test_two_tenants_do_not_wait_for_each_other(pg_emptied: str) -> None:
    async with deployed(pg_emptied) as deployment:
        one = await open_tenant(deployment, await create_tenant(deployment, "one"))
        two = await open_tenant(deployment, await create_tenant(deployment, "two"))
        async with changing(one) as inner:
            await create_client(inner, "app", CODE)
            async with asyncio.timeout(NEVER_S):
                await create_client(two, "app", CODE)
            waiting = asyncio.create_task(create_client(one, "late", CODE))
            done, _ = await asyncio.wait([waiting], timeout=0.1)
            assert not done
        await waiting
        assert await actions(one) == ["tenant.create", "client.create", "client.create"]


async def test_the_operators_trail_outlives_a_tenant(photos: TenantContext) -> None:
    operator = Actor("operator", "7b", "olga")
    await delete_tenant(photos.deployment, "photos", actor=operator)
    assert await photos.store.audit.onward() == []
    last = (await photos.deployment.store.inside(OPERATORS).audit.page(limit=1))[0]
    assert (last.action, last.target_id, last.actor_name) == ("tenant.delete", "photos", "olga")
    with pytest.raises(NotFound):
        await disable_tenant(photos.deployment, "photos")


async def test_wrapping_keys_anew_is_an_event_of_each_tenant_it_changed(
    ctx: TenantContext,
) -> None:
    new = "another root key of the tests that is long enough"
    old = "the root key of the tests has 32 characters or more"
    after = replace(ctx.deployment, root_keys=RootKeys.parse(f"{new},{old}"))
    await rewrap(after)
    await rewrap(after)
    [row] = [row for row in await trail(ctx) if row.action == "key.rewrap"]
    assert row.detail == {"keys": 2}


# Whether the chain is as it was written


@pytest.fixture
async def five(photos: TenantContext) -> TenantContext:
    """Events of five changes."""
    for n in range(4):
        await create_client(photos, f"app{n}", CODE)
    return photos


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit SET actor_name = 'eve' WHERE seq = 3", 3),
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", 2),
        ("UPDATE audit SET at = '2020-01-01 00:00:00+00' WHERE seq = 4", 4),
        ("UPDATE audit SET address = '::1' WHERE seq = 5", 5),
        ("UPDATE audit SET digest = previous WHERE seq = 2", 2),
        ("UPDATE audit SET request_id = 'x' WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit_head", 1),
        ("UPDATE audit_head SET seq = 4", 5),
        ("UPDATE audit_head SET swept_seq = 2", 1),
        ("UPDATE audit SET seq = 12 - seq WHERE seq IN (1, 5)", 1),
    ],
)
async def test_whatever_was_altered_removed_or_moved_is_found(
    five: TenantContext, statement: str, seq: int
) -> None:
    assert (await verify(five.store.audit)).events == 5
    assert await at_database(five, statement)
    with pytest.raises(Broken) as broken:
        await verify(five.store.audit)
    assert broken.value.seq == seq


async def test_two_events_that_changed_places_are_found(five: TenantContext) -> None:
    for step in ("SET seq = 99 WHERE seq = 2", "SET seq = 2 WHERE seq = 3"):
        assert (await at_database(five, f"UPDATE audit {step}")) == 1
    await at_database(five, "UPDATE audit SET seq = 3 WHERE seq = 99")
    with pytest.raises(Broken) as broken:
        await verify(five.store.audit)
    assert broken.value.seq == 2


async def at_database(ctx: TenantContext, statement: str) -> int:
    """What somebody who is at the database can do; how many rows it reached."""
    engine = make_engine(cast(SqlStore, ctx.deployment.store).url, 1)
    where = " AND" if " WHERE " in statement else " WHERE"
    bound = sa.text(f"{statement}{where} tenant_id = :tenant").bindparams(
        sa.bindparam("tenant", ctx.tenant.tenant_id, sa.Uuid())
    )
    try:
        async with engine.begin() as connection:
            return (await connection.execute(bound)).rowcount
    finally:
        await engine.dispose()


async def test_a_chain_written_anew_is_found_by_what_was_noted_before(
    five: TenantContext,
) -> None:
    noted = await verify(five.store.audit)
    assert (noted.events, noted.first, noted.last) == (5, 1, 5)
    await create_client(five, "more", CODE)
    later = await verify(five.store.audit, (noted.last, noted.digest))
    assert later.last == 6
    with pytest.raises(Broken, match="noted"):
        await verify(five.store.audit, (4, noted.digest))
    with pytest.raises(Refused, match="not in the trail"):
        await verify(five.store.audit, (7, noted.digest))


async def test_a_trail_is_whole_without_what_was_swept(ctx: TenantContext) -> None:
    later = replace(ctx.deployment, clock=lambda: datetime.now(UTC) + timedelta(days=300))
    for n in range(3):
        await create_client(ctx, f"old{n}", CODE)
    new = replace(ctx, deployment=later)
    await create_client(new, "new", CODE)
    gone = await swept(ctx.deployment.store, datetime.now(UTC) + timedelta(days=500), batch=100)
    assert gone["audit"] == 4 + 1  # the operators' too
    found = await verify(ctx.store.audit)
    assert (found.events, found.first, found.last) == (1, 5, 5)


async def test_an_empty_trail_is_whole(ctx: TenantContext) -> None:
    empty = ctx.deployment.store.inside(UUID(int=7)).audit
    assert (await verify(empty)).events == 0


# Who reads it


async def test_the_trail_is_for_administrators_and_everybody_reads_their_own(
    ctx: TenantContext,
) -> None:
    admin, dev = await person(ctx, "admin", "admin"), await person(ctx, "dev", "developer")
    await create_client(dev, "app", CODE)
    assert (await audit_page(admin, limit=1))[0].action == "client.create"
    with pytest.raises(Forbidden):
        await audit_page(dev)
    assert [row.action for row in await own_activity(dev)] == ["client.create"]
    assert await own_activity(admin) == []
    assert await own_activity(ctx) == []
    assert [row.action for row in await audit_page(ctx, AuditFilter(actor_id=dev.actor.id))] == [
        "client.create"
    ]


# Files


async def lines(audit: Audit, write: Any) -> list[str]:
    return [line async for line in write(audit)]


async def test_json_lines_hold_all_that_verifying_them_takes(ctx: TenantContext) -> None:
    await create_client(ctx, "app", {**CODE, "client_name": "Ä=1"})
    rows = [json.loads(line) for line in await lines(ctx.store.audit, json_lines)]
    assert [row["action"] for row in rows] == ["tenant.create", "client.create"]
    again = AuditRow(
        **{**rows[1], "at": datetime.fromisoformat(rows[1]["at"])},
        tenant_id=ctx.tenant.tenant_id,
    )
    assert digest_of(again) == rows[1]["digest"] == (await trail(ctx))[1].digest


async def test_no_cell_of_a_spreadsheet_is_a_formula(ctx: TenantContext) -> None:
    """CWE-1236"""
    eve = ctx.acting(replace(SYSTEM, name="=HYPERLINK(1)", id="@x"))
    await create_client(eve, "-1+1", {**CODE, "client_name": 'a "quoted", name'})
    found = await lines(ctx.store.audit, csv_lines)
    assert found[0].startswith("seq,at,actor_kind,")
    assert "'=HYPERLINK(1)" in found[2] and "'@x" in found[2] and "'-1+1" in found[2]


def test_a_long_value_is_told_by_its_length() -> None:
    changed = differences({"a": 1, "b": 2, "gone": 3}, {"a": 1, "b": "x" * 600})
    assert changed == {
        "b": {"from": 2, "to": "(602 characters)"},
        "gone": {"from": 3, "to": None},
    }


async def test_an_issuers_host_is_not_removed(ctx: TenantContext) -> None:
    await add_domain(ctx, "id.example")
    row = await update_tenant(ctx, settings={"issuer_host": "id.example"})
    again = await open_tenant(ctx.deployment, row)
    with pytest.raises(Refused, match="issuer_host"):
        await remove_domain(again, "id.example")
    with pytest.raises(OperationError, match="no domain"):
        await remove_domain(again, "other.example")
