"""A server, the application that sends people to it, and a browser for them."""

import pathlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from conftest import beside, copied
from journeys.application import CLIENT_SECRET, Application, running_application
from support.person import PASSWORD
from support.server import Server, serving

PLACES = {"sqlite": "on_sqlite", "postgresql": "on_postgresql"}
PEOPLE = ("ann", "max", "eve", "ida")


def manifest(application: Application) -> dict[str, list[Any]]:
    """The application, and people beside Jane."""
    people = [
        {"username": name, "email": f"{name}@example.com", "password": PASSWORD,
         "claims": {"name": f"{name.title()} Doe"}}
        for name in PEOPLE
    ]  # fmt: skip
    frame = {
        "client_id": "frame",
        "client_secret": CLIENT_SECRET,
        "client_name": "Photo frame",
        "protocols": ["oauth1"],
        "redirect_uris": [application.callback, "oob"],
        "scope": "photos.read photos.print",
    }
    client = {
        "client_id": "shop",
        "client_secret": CLIENT_SECRET,
        "client_name": "Photo shop",
        "redirect_uris": [application.callback, application.moving],
        "post_logout_redirect_uris": [application.bye, application.moving],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid profile photos.read",
        "token_endpoint_auth_method": "client_secret_basic",
    }
    return {"users": people, "clients": [client, frame]}


@pytest.fixture(scope="session")
async def application() -> AsyncIterator[Application]:
    """The application at its two origins."""
    async with running_application() as running:
        yield running


@pytest.fixture(scope="session")
def on_sqlite(
    application: Application,
    sqlite_template: pathlib.Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """One process, one file."""
    home = tmp_path_factory.mktemp("journeys-sqlite")
    shutil.copy(sqlite_template, home / "consentry.db")
    server = Server(f"sqlite:///{home}/consentry.db", home)
    server.apply(manifest(application))
    with serving(server):
        yield server


@pytest.fixture(scope="session")
async def on_postgresql(
    application: Application,
    postgres_url: str,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Server]:
    """Two workers."""
    home = tmp_path_factory.mktemp("journeys-postgresql")
    async with copied(postgres_url, template) as name:
        server = Server(beside(postgres_url, name), home, workers=2)
        server.apply(manifest(application))
        with serving(server):
            yield server


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param == "with scripts")


@pytest.fixture
async def window(chromium: Browser, scripts: bool) -> AsyncIterator[BrowserContext]:
    """A browser of one person, which must have nothing to complain about."""
    context = await chromium.new_context(java_script_enabled=scripts)
    trouble: list[str] = []
    context.on("page", complaints_into(trouble))
    yield context
    await context.close()
    assert trouble == []


def complaints_into(trouble: list[str]) -> Callable[[Page], None]:
    """For each new page: errors of its scripts, refusals of its policy, what did not load."""

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "console",
            lambda said: trouble.append(f"{said.text} {said.location}") if _matters(said) else None,
        )

    return watch


def _matters(said: Any) -> bool:
    # A page that says what was wrong has a status that says so too.
    is_own_status = "status of 400" in said.text and "/static/" not in said.location["url"]
    return said.type in ("error", "warning") and not is_own_status


@pytest.fixture
async def page(window: BrowserContext) -> Page:
    """A tab."""
    return await window.new_page()
