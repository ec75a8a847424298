"""Two developers, an administrator and a person who is none; on the wire for Chromium."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import pytest

from consentry.records.user import Login
from portal.developer import Developer
from support.wire import on_the_wire
from support.world import World
from support.worlds import shared_world, sqlite_world

__all__ = ["shared_world", "sqlite_world"]


async def with_people(world: World) -> World:
    """Dora and Max build apps, Ada is administrator; Jane does neither."""
    await world.add_user("dora", roles="developer")
    await world.add_user("max", roles="developer")
    await world.add_user("ada", roles="admin")
    return world


async def login_of(world: World, username: str) -> str:
    """The cookie of a browser that the person is signed in with."""
    cookie, now = token_urlsafe(16), world.clock()
    user = await world.store().users.by_identifier(username)
    assert user is not None
    login = Login(
        tenant_id=user.tenant_id, login_id=sha256(cookie.encode()).hexdigest(),
        user_id=user.user_id, auth_time=now, created_at=now,
        expires_at=now + timedelta(days=90),
    )  # fmt: skip
    await world.store().logins.start(login, replaces=None)
    return cookie


async def signed_in(world: World, username: str) -> Developer:
    """A browser of the person's."""
    browser = world.new_browser(cookies={"consentry_login": await login_of(world, username)})
    return Developer(browser)


@pytest.fixture(scope="module")
async def common(shared_world: World) -> World:
    """One for all tests of a file that leave clock, policy and scopes alone."""
    return await with_people(shared_world)


@pytest.fixture
async def alone(sqlite_world: World) -> World:
    """One of the test's own, which `world` is then."""
    return await with_people(sqlite_world)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """Where the portal is."""
    found: World = request.getfixturevalue("alone" if "alone" in request.fixturenames else "common")
    return found


@pytest.fixture
async def dora(world: World) -> Developer:
    return await signed_in(world, "dora")


@pytest.fixture
async def max_(world: World) -> Developer:
    return await signed_in(world, "max")


@pytest.fixture
async def ada(world: World) -> Developer:
    return await signed_in(world, "ada")


@pytest.fixture(scope="module")
async def site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, str]]:
    """A world on the wire, and the address of its tenant."""
    path = tmp_path_factory.mktemp("portal") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with on_the_wire(f"sqlite:///{path}") as (made, address):
        await with_people(made)
        yield made, address
