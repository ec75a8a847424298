"""What is refused before a row of a backup counts; each time by one line, with nothing changed."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from consentry.crypto.root import RootKeys
from consentry.operations.backups.form import Trailer
from consentry.operations.backups.making import back_up
from consentry.operations.backups.restoring import restore
from consentry.operations.domains import add_domain
from consentry.operations.errors import Conflict, Forbidden, NotFound, Refused
from consentry.operations.leaving import delete_tenant, dismiss_tenant
from consentry.operations.tenants import create_tenant, get_tenant
from consentry.operations.users import create_user
from consentry.store.sql.store import SqlStore
from consentry.tenancy.actor import OPERATORS, Actor
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.operators import open_operators
from operations.deployed import deployed
from operations.test_backup import backup, rows
from store.rows import user

Lines = list[bytes]
ROOT = "the root key of the tests has 32 characters or more"
NEWER = "a newer root key that has 32 characters or more"


@pytest.fixture
async def lines(deployment: Deployment) -> Lines:
    """A whole backup of two tenants, photos with a host of its own and a person."""
    ctx = await open_tenant(deployment, await create_tenant(deployment, "photos"))
    await add_domain(ctx, "id.photos.example")
    await create_user(ctx, "jane")
    await create_tenant(deployment, "letters")
    return await backup(deployment)


async def put(
    deployment: Deployment, lines: Lines, slug: str | None = None, **options: Any
) -> dict[str, int]:
    """Restore; rows by table."""
    return (await restore(deployment, lambda: iter(lines), slug, **options)).rows


async def slugs(deployment: Deployment) -> list[str]:
    return [tenant.slug for tenant in await deployment.store.tenants.page()]


def changed(text: bytes, **members: Any) -> bytes:
    """A line with other members."""
    return orjson.dumps(orjson.loads(text) | members) + b"\n"


def sealed(lines: Lines, **wrong: Any) -> Lines:
    """Lines sealed anew by the right key; wrong: members of the seal that are then changed."""
    counts = {name: len(found) for name, found in rows([*lines, b""]).items()}
    trailer = Trailer(counts, hashlib.sha256(b"".join(lines)).digest())
    return [*lines, changed(trailer.to_line(RootKeys.parse(ROOT)), **wrong)]


def without_jane(lines: Lines) -> Lines:
    return [text for text in lines if b'"jane"' not in text]


WRONG: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "nothing": (lambda _: [], "not a backup"),
    "another file": (lambda _: [b"tenants: []\n"], "not a backup"),
    "another document": (lambda _: [b'{"kind": "manifest"}\n'], "not a backup"),
    "a later form": (lambda all: [changed(all[0], format=2), *all[1:]], "has format 2, not 1"),
    "a header that says too little": (
        lambda all: [changed(all[0], created_at=None), *all[1:]],
        "its header cannot be read",
    ),
    "another migration": (
        lambda all: sealed([changed(all[0], migration="0001"), *all[1:-1]]),
        "is of migration 0001, .* restore it by the release that made it",
    ),
    "an unknown root key": (
        lambda all: sealed([changed(all[0], root_keys=["00ff"]), *all[1:-1]]),
        "CONSENTRY_SECRET_KEY: is not the root key of the backup",
    ),
    "cut between lines": (lambda all: all[:-1], "is cut"),
    "cut within a row": (lambda all: [*all[:2], all[2][:-9]], "is cut"),
    "cut within the seal": (lambda all: [*all[:-1], all[-1][:-1]], "is cut"),
    "an unreadable line": (lambda all: [*all[:2], b"\x00\n", *all[2:]], "line 3 cannot be read"),
    "a row of no table": (lambda all: [all[0], all[2], *all[1:]], "line 2 cannot be read"),
    "another value": (
        lambda all: [text.replace(b"jane", b"mary") for text in all],
        "not as it was sealed",
    ),
    "a row less": (without_jane, "not as it was sealed"),
    "a digest made anew": (
        lambda all: [*(kept := without_jane(all[:-1])), changed(
            sealed(kept)[-1], seal=orjson.loads(all[-1])["seal"])],
        "not as it was sealed",
    ),
    "another digest": (lambda all: sealed(all[:-1], sha256="00"), "not as it was sealed"),
    "other counts": (lambda all: sealed(all[:-1], rows={}), "not as it was sealed"),
    "no seal": (lambda all: sealed(all[:-1], seal=None), "not as it was sealed"),
    "more behind the seal": (lambda all: [*all, b"\n"], "goes on after its end"),
}  # fmt: skip


def test_a_seal_made_by_these_tests_is_right(lines: Lines) -> None:
    """So that what follows fails for its own reason."""
    made = [orjson.loads(one[-1]) for one in (sealed(lines[:-1]), lines)]
    assert [one["rows"] for one in made] == [made[0]["rows"]] * 2
    assert [one["sha256"] for one in made] == [made[0]["sha256"]] * 2


async def test_a_file_that_is_not_as_it_was_sealed_is_refused(lines: Lines) -> None:
    async with deployed() as empty:
        for name, (wrong, reason) in WRONG.items():
            with pytest.raises(Refused, match=reason):
                await put(empty, wrong(lines))
            assert await slugs(empty) == [], name
        assert (await put(empty, sealed(lines[:-1])))["tenant"] == 2


async def test_old_root_keys_beside_the_new_one_are_enough(lines: Lines) -> None:
    async with deployed() as empty:
        with pytest.raises(Refused, match="CONSENTRY_SECRET_KEY"):
            await put(replace(empty, root_keys=RootKeys.parse(NEWER)), lines)
        both = replace(empty, root_keys=RootKeys.parse(f"{NEWER},{ROOT}"))
        await put(both, lines)
        await open_tenant(both, await get_tenant(both.store, "photos"))
        # Sealed by the new one; most rows inside still hang on the old one.
        again = await backup(both)
    async with deployed() as empty:
        for one in (ROOT, NEWER):
            with pytest.raises(Refused, match="CONSENTRY_SECRET_KEY"):
                await put(replace(empty, root_keys=RootKeys.parse(one)), again)


async def test_a_database_with_tenants_takes_no_whole_backup(lines: Lines) -> None:
    async with deployed() as used:
        await create_tenant(used, "films")
        with pytest.raises(Conflict, match="has tenants"):
            await put(used, lines)
        assert await slugs(used) == ["films"]


async def test_operators_are_those_of_the_whole_backup(
    lines: Lines, deployment: Deployment
) -> None:
    await create_user(await open_operators(deployment), "olga")
    whole = await backup(deployment)
    async with deployed() as used:
        await create_user(await open_operators(used), "otto")
        await put(used, whole)
        people = await used.store.inside(OPERATORS).users.page()
        assert [one.username for one in people] == ["olga"]
        [done] = await used.store.inside(OPERATORS).audit.page(limit=1)
        assert (done.action, done.target_kind) == ("backup.restore", "deployment")


async def test_one_tenant_comes_back_beside_others(lines: Lines, deployment: Deployment) -> None:
    """From a backup of all, and from one of its own; what the others have stays."""
    own = await backup(deployment, "photos")
    others = rows(await backup(deployment, "letters"))
    for found, slug in ((lines, "photos"), (own, None), (own, "photos")):
        await delete_tenant(deployment, "photos")
        made = await put(deployment, found, slug)
        assert (made["tenant"], made["end_user"], made["domain"]) == (1, 1, 1)
        assert rows(await backup(deployment, "letters")) == others
        tenant = await get_tenant(deployment.store, "photos")
        for tenant_id in (tenant.tenant_id, OPERATORS):
            [done] = await deployment.store.inside(tenant_id).audit.page(limit=1)
            assert (done.action, done.target_id) == ("backup.restore", "photos")


async def test_what_a_deleted_tenant_left_behind_is_in_nobodys_way(
    lines: Lines, deployment: Deployment
) -> None:
    tenant = await get_tenant(deployment.store, "photos")
    await delete_tenant(deployment, "photos")
    left = deployment.store.inside(tenant.tenant_id)
    await left.users.save(user("jane"))
    assert (await put(deployment, lines, "photos"))["end_user"] == 1


async def test_a_tenant_that_was_to_leave_stays(deployment: Deployment) -> None:
    await create_tenant(deployment, "photos")
    await dismiss_tenant(deployment, "photos", grace=600)
    lines = await backup(deployment)
    await delete_tenant(deployment, "photos")
    await put(deployment, lines, "photos")
    assert (await get_tenant(deployment.store, "photos")).delete_at is None


async def test_what_is_in_the_way_of_one_tenant_is_named(
    lines: Lines, deployment: Deployment
) -> None:
    with pytest.raises(Conflict, match="there is a tenant photos already"):
        await put(deployment, lines, "photos")
    with pytest.raises(Refused, match="holds no tenant 'films'"):
        await put(deployment, lines, "films")
    with pytest.raises(Refused, match="holds no tenant 'films'"):
        await put(deployment, await backup(deployment, "photos"), "films")
    tenant = await get_tenant(deployment.store, "photos")
    await deployment.store.tenants.save(tenant.model_copy(update={"slug": "pictures"}))
    with pytest.raises(Conflict, match="there already, as pictures"):
        await put(deployment, lines, "photos")
    await delete_tenant(deployment, "pictures")
    letters = await open_tenant(deployment, await get_tenant(deployment.store, "letters"))
    await add_domain(letters, "id.photos.example")
    with pytest.raises(Conflict, match=r"id\.photos\.example belongs to the tenant letters"):
        await put(deployment, lines, "photos")
    assert await slugs(deployment) == ["letters"]


async def test_a_dry_run_checks_everything_and_changes_nothing(lines: Lines) -> None:
    async with deployed() as empty:
        assert (await put(empty, lines, dry_run=True))["tenant"] == 2
        assert await slugs(empty) == []
        with pytest.raises(Refused, match="cut"):
            await put(empty, lines[:-1], dry_run=True)


async def test_who_runs_no_deployment_may_do_neither(deployment: Deployment, lines: Lines) -> None:
    somebody = Actor("user", id="u1", roles=frozenset({"admin"}))
    with pytest.raises(Forbidden):
        await back_up(deployment, lines.append, actor=somebody)
    with pytest.raises(Forbidden):
        await put(deployment, lines, actor=somebody)


async def test_a_tenant_that_is_not_there_has_no_backup(deployment: Deployment) -> None:
    with pytest.raises(NotFound, match="films"):
        await backup(deployment, "films")


async def test_a_database_at_another_migration_is_left_alone(
    sqlite_database: str, lines: Lines
) -> None:
    """Its tables may have columns that this release does not know."""
    async with deployed(sqlite_database) as later:
        assert isinstance(later.store, SqlStore)
        async with later.store._work.session() as session:
            await session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        for work in (backup(later), put(later, lines)):
            with pytest.raises(Refused, match="is at migration 9999, this release at"):
                await work


async def test_a_file_that_is_altered_between_its_two_readings_is_not_restored(
    deployment: Deployment, lines: Lines
) -> None:
    other = [text.replace(b'"jane"', b'"mary"') for text in lines]
    await delete_tenant(deployment, "photos")
    readings = iter((lines, other))
    with pytest.raises(Refused, match="altered while it was read"):
        await restore(deployment, lambda: iter(next(readings)), "photos")
    assert await slugs(deployment) == ["letters"]
