"""The platform itself, with an API of each token format, shared by a file's tests."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from resource_library.api import JWT_API, OPAQUE_API
from resource_library.issuer import Issuer
from support.world import World, running_world


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    yield made
    await made.http.aclose()


@pytest.fixture(scope="module")
async def world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A platform with two APIs, and `photo-api`, the client they are."""
    path = tmp_path_factory.mktemp("resource") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with running_world(f"sqlite:///{path}") as made:
        await made.add_client("photo-api")
        for identifier, form in ((JWT_API, "jwt"), (OPAQUE_API, "opaque")):
            await made.add_api(identifier, access_token_format=form, resource_servers="photo-api")
        yield made


@pytest.fixture
async def platform_http(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A way to the platform, as an API has one."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(world.app)) as client:
        yield client
