"""All roles and API scopes against all permissions, and developers against other people's apps."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from consentry.operations.client_secrets import rotate_secret
from consentry.operations.clients import (
    create_client,
    delete_client,
    disable_client,
    get_client,
    update_client,
)
from consentry.operations.domains import add_domain
from consentry.operations.errors import Forbidden, NotFound, Refused
from consentry.operations.keys import list_keys, revoke_key, rotate_key
from consentry.operations.leaving import delete_tenant
from consentry.operations.members import apps_of, people_of, remove_member, set_member
from consentry.operations.permissions import API_SCOPES, PERMISSIONS, ROLES, reach, require
from consentry.operations.tenants import create_tenant, update_tenant
from consentry.operations.users import create_user, get_user, set_password
from consentry.spec.scope import Scope
from consentry.tenancy.actor import NOBODY, OPERATORS, SYSTEM, Actor
from consentry.tenancy.context import TenantContext, TenantInfo
from operations.people import acting, client_with, person

CODE = {"redirect_uris": ["https://a.example/cb"]}
TOS = "https://a.example/tos"
TENANTS = {"tenants.read", "tenants.write"}
OWN = {"clients.read", "clients.write", "refusals.read", "usage.read"}
FAMILIES = {one.partition(".")[0] for one in PERMISSIONS}

# What each role may do, written out once more: (everywhere, for own apps).
EXPECTED: dict[str, tuple[set[str], set[str]]] = {
    "operator": (set(PERMISSIONS), set()),
    "admin": (set(PERMISSIONS) - TENANTS, set()),
    "developer": ({"scopes.read"}, OWN),
    "": (set(), set()),
}


def reached(ctx: TenantContext) -> tuple[set[str], set[str]]:
    """Permissions the context has everywhere, and for own apps alone."""
    found = {name: reach(ctx, name) for name in PERMISSIONS}
    return tuple({n for n, far in found.items() if far == one} for one in ("all", "own"))  # type: ignore[return-value]


def at_operators(ctx: TenantContext) -> TenantContext:
    info: TenantInfo = replace(ctx.tenant, tenant_id=OPERATORS)
    return replace(ctx, tenant=info)


@pytest.mark.parametrize("role", EXPECTED)
def test_each_role_may_do_what_its_table_says(ctx: TenantContext, role: str) -> None:
    if role == "operator":
        actor = Actor("operator", str(uuid4()), roles=frozenset({role}))
    else:
        actor = Actor("user", str(uuid4()), roles=frozenset({role} if role else ()))
    assert reached(ctx.acting(actor)) == EXPECTED[role]


def test_who_is_admin_and_developer_may_do_what_either_may(ctx: TenantContext) -> None:
    both = acting(ctx, uuid4(), "jane", "admin", "developer")
    assert reached(both) == EXPECTED["admin"]


def test_the_program_may_do_all_and_an_unknown_person_nothing(ctx: TenantContext) -> None:
    assert reached(ctx.acting(SYSTEM)) == (set(PERMISSIONS), set())
    assert reached(ctx.acting(NOBODY)) == (set(), set())
    # A role of the base host means nothing at a tenant.
    assert reached(acting(ctx, uuid4(), "eve", "operator", "root")) == (set(), set())


@pytest.mark.parametrize("scope", API_SCOPES)
def test_a_clients_own_token_may_do_what_its_scopes_say_and_no_more(
    ctx: TenantContext, scope: str
) -> None:
    name = scope.removeprefix("consentry:")
    meant = {one for one in PERMISSIONS if one == name or one.startswith(f"{name}.")}
    assert meant
    assert reached(client_with(ctx, scope)) == (meant - TENANTS, set())
    assert reached(client_with(at_operators(ctx), scope)) == (meant, set())


@pytest.mark.parametrize("scope", API_SCOPES)
@pytest.mark.parametrize("role", ["admin", "developer"])
def test_a_persons_token_may_do_what_scopes_and_roles_both_allow(
    ctx: TenantContext, scope: str, role: str
) -> None:
    name = scope.removeprefix("consentry:")
    meant = {one for one in PERMISSIONS if one == name or one.startswith(f"{name}.")}
    everywhere, own = reached(acting(ctx, uuid4(), "jane", role, scopes=f"openid {scope}"))
    assert everywhere == meant & EXPECTED[role][0]
    assert own == meant & EXPECTED[role][1]


@pytest.mark.parametrize("scopes", ["", "openid photos.read", "consentry:", "consentry:client"])
def test_a_token_without_a_scope_of_ours_may_do_nothing(ctx: TenantContext, scopes: str) -> None:
    assert reached(client_with(ctx, scopes)) == (set(), set())
    assert reached(acting(ctx, uuid4(), "jane", "admin", scopes=scopes)) == (set(), set())
    operator = Actor("operator", scopes=Scope.parse(scopes))
    assert reached(ctx.acting(operator)) == (set(), set())


def test_tables_and_scopes_name_permissions_that_there_are(ctx: TenantContext) -> None:
    assert {name for role in ROLES.values() for name in role} <= set(PERMISSIONS)
    assert set(API_SCOPES) == {f"consentry:{one}" for one in {*PERMISSIONS, *FAMILIES}}
    with pytest.raises(ValueError, match="no permission"):
        reach(ctx, "clients.wirte")


async def test_what_reaches_own_apps_alone_is_no_right_to_the_whole_tenant(
    ctx: TenantContext,
) -> None:
    dev = await person(ctx, "dev", "developer")
    for name in OWN:
        with pytest.raises(Forbidden, match=name):
            await require(dev, name)


# Developers and their apps


async def test_a_developer_sees_and_changes_their_own_app_and_nobody_elses(
    ctx: TenantContext,
) -> None:
    """THREATS 37: what others have looks like no id at all."""
    one, other = await person(ctx, "one", "developer"), await person(ctx, "other", "developer")
    _, secret = await create_client(one, "app", CODE)
    assert secret is not None
    assert (await get_client(one, "app")).row.client_id == "app"
    await update_client(one, "app", {**CODE, "client_name": "App"})
    await rotate_secret(one, "app")
    attempts = (
        lambda id: get_client(other, id),
        lambda id: update_client(other, id, CODE),
        lambda id: rotate_secret(other, id),
        lambda id: disable_client(other, id),
        lambda id: delete_client(other, id),
        lambda id: people_of(other, id),
        lambda id: set_member(other, id, "other"),
        lambda id: remove_member(other, id, UUID(one.actor.id)),
    )
    for attempt in attempts:
        for id in ("app", "nobodys", "x" * 300):
            with pytest.raises(NotFound, match="no client"):
                await attempt(id)
    await disable_client(one, "app")
    await delete_client(one, "app")


async def test_an_end_user_is_refused_whatever_the_id(ctx: TenantContext) -> None:
    await create_client(ctx, "app", CODE)
    user = await person(ctx, "user")
    for call in (
        get_client(user, "app"),
        get_client(user, "nobodys"),
        create_client(user, "mine", CODE),
        delete_client(user, "app"),
        get_user(user, "user"),
        set_password(user, "user", "a password of some length"),
        create_user(user, "friend"),
        list_keys(user),
        rotate_key(user, "ES256"),
        revoke_key(user, "nobodys"),
        update_tenant(user, name="Mine"),
        add_domain(user, "id.example"),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_an_administrator_does_nothing_to_other_tenants(ctx: TenantContext) -> None:
    admin = await person(ctx, "admin", "admin")
    with pytest.raises(Forbidden):
        await create_tenant(ctx.deployment, "letters", actor=admin.actor)
    with pytest.raises(Forbidden):
        await delete_tenant(ctx.deployment, "photos", actor=admin.actor)
    with pytest.raises(Forbidden):
        await add_domain(admin, "id.example")
    await create_tenant(ctx.deployment, "letters", actor=Actor("operator", str(uuid4())))


async def test_members_change_an_app_and_owners_choose_its_people(ctx: TenantContext) -> None:
    ann, bob = await person(ctx, "ann", "developer"), await person(ctx, "bob", "developer")
    ann_id, bob_id = UUID(ann.actor.id), UUID(bob.actor.id)
    await create_client(ann, "app", CODE)
    with pytest.raises(Refused, match="last owner"):
        await remove_member(ann, "app", ann_id)
    with pytest.raises(Refused, match="last owner"):
        await set_member(ann, "app", "ann", "member")
    await set_member(ann, "app", "bob@example.com")
    await update_client(bob, "app", {**CODE, "client_name": "Bob's"})
    for call in (set_member(bob, "app", "bob", "owner"), delete_client(bob, "app"),
                 remove_member(bob, "app", ann_id)):  # fmt: skip
        with pytest.raises(Forbidden, match="owners"):
            await call
    assert [(one.user.username, one.member.role) for one in await people_of(bob, "app")] == [
        ("ann", "owner"),
        ("bob", "member"),
    ]
    await set_member(ann, "app", "bob", "owner")
    await remove_member(ann, "app", ann_id)
    assert [one.client_id for one in await apps_of(bob, bob_id)] == ["app"]
    assert list(await apps_of(ann, ann_id)) == []
    with pytest.raises(Forbidden):
        await apps_of(ann, bob_id)
    with pytest.raises(NotFound):
        await get_client(ann, "app")


async def test_who_manages_no_apps_cannot_be_invited_and_who_is_here_is_not_told(
    ctx: TenantContext,
) -> None:
    """THREATS 48"""
    ann = await person(ctx, "ann", "developer")
    await person(ctx, "joe")
    await create_client(ann, "app", CODE)
    said = set()
    for name in ("joe", "joe@example.com", "nobody", "x" * 400):
        with pytest.raises(Refused) as refused:
            await set_member(ann, "app", name)
        said.add(str(refused.value))
    assert said == {"user: is no developer here"}
    with pytest.raises(Refused, match="role"):
        await set_member(ann, "app", "ann", "king")


# What only administrators give


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scope", "openid consentry:clients"),
        ("scope", "consentry:users.read"),
        ("skip_consent", True),
        ("may_introspect", "all"),
    ],
)
async def test_a_developer_gives_their_app_no_privilege_but_keeps_what_it_was_given(
    ctx: TenantContext, key: str, value: object
) -> None:
    """THREATS 29"""
    dev, admin = await person(ctx, "dev", "developer"), await person(ctx, "admin", "admin")
    await create_client(dev, "app", CODE)
    for call in (create_client(dev, "new", {**CODE, key: value}),
                 update_client(dev, "app", {**CODE, key: value})):  # fmt: skip
        with pytest.raises(Refused, match=f"{key}: .*administrator"):
            await call
    await update_client(admin, "app", {**CODE, key: value})
    kept = await update_client(dev, "app", {**CODE, key: value, "client_name": "App"})
    assert kept.name == "App"
    await update_client(dev, "app", CODE)
    with pytest.raises(Refused, match="administrator"):
        await update_client(dev, "app", {**CODE, key: value})


async def test_a_developers_app_does_not_begin_to_act_on_its_own(ctx: TenantContext) -> None:
    """THREATS 29: for people it does what they may; with a token of its own, all it may."""
    dev, admin = await person(ctx, "dev", "developer"), await person(ctx, "admin", "admin")
    await create_client(dev, "app", CODE)
    given = {**CODE, "scope": "consentry:clients"}
    alone = {**given, "grant_types": ["authorization_code", "client_credentials"]}
    await update_client(admin, "app", given)
    with pytest.raises(Refused, match=r"grant_types: client_credentials .*administrator"):
        await update_client(dev, "app", alone)
    await update_client(admin, "app", alone)
    await update_client(dev, "app", {**alone, "client_name": "App"})
    await update_client(dev, "app", {**alone, "scope": ""})


async def test_no_token_reaches_further_through_a_client_it_changes(ctx: TenantContext) -> None:
    """A scope for clients is none for users, also not by way of a client that has one."""
    await create_client(ctx, "mighty", {**CODE, "scope": "consentry:users"})
    admin, _ = await person(ctx, "admin", "admin"), await person(ctx, "dev", "developer")
    narrow = acting(ctx, UUID(admin.actor.id), "admin", "admin", scopes="consentry:clients")
    for one in (narrow, client_with(ctx, "consentry:clients consentry:users")):
        for call in (
            create_client(one, "new", {**CODE, "scope": "consentry:users"}),
            update_client(one, "mighty", {**CODE, "scope": "consentry:users", "tos_uri": TOS}),
            rotate_secret(one, "mighty"),
            set_member(one, "mighty", "dev"),
        ):
            with pytest.raises(Refused, match="scope: consentry:users is an administrator's"):
                await call
    await rotate_secret(admin, "mighty")
    await set_member(admin, "mighty", "dev")
    with pytest.raises(Refused, match="consentry:tenants"):
        await create_client(admin, "new", {**CODE, "scope": "consentry:tenants"})
    with pytest.raises(Refused, match="not declared"):
        await create_client(admin, "new", {**CODE, "scope": "consentry:all"})


async def test_no_client_is_registered_under_the_id_of_a_person(ctx: TenantContext) -> None:
    """RFC 9700 §4.15: a token of its own would say `sub` of them."""
    jane, dev = await person(ctx, "jane"), await person(ctx, "dev", "developer")
    for name in (jane.actor.id, jane.actor.id.upper()):
        with pytest.raises(Refused, match="client_id: is the id of something else"):
            await create_client(dev, name, CODE)
    await create_client(dev, str(uuid4()), CODE)
