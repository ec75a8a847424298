"""What a command works with: settings, the deployment, one tenant of it."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from consentry.cli.errors import Failed

if TYPE_CHECKING:
    from pydantic import ValidationError

    from consentry.settings import Settings
    from consentry.tenancy.actor import Actor
    from consentry.tenancy.context import TenantContext
    from consentry.tenancy.deployment import Deployment

Result = TypeVar("Result")


def read_settings() -> "Settings":
    """The process's settings. Raises Failed with one clear line."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from consentry.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        raise Failed(_bad_setting(error)) from None
    except (SettingsError, UnicodeDecodeError) as error:
        raise Failed(f"the settings cannot be read: {error}") from None


def _bad_setting(error: "ValidationError") -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = f"CONSENTRY_{str(first['loc'][0]).upper()}" if first["loc"] else "settings"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{name}: {reason[:1].lower()}{reason[1:]}"


@asynccontextmanager
async def deployment() -> AsyncIterator["Deployment"]:
    """The deployment, its schema at head. Raises Failed with one clear line."""
    from consentry.main import open_deployment

    settings = read_settings()
    check_secret_key(settings)
    check_signature_methods(settings)
    async with open_deployment(settings) as opened:
        await check_schema(opened)
        yield opened


def check_secret_key(settings: "Settings") -> None:
    """Raises Failed without a usable CONSENTRY_SECRET_KEY."""
    from consentry.crypto.root import RootKeys

    if settings.secret_key is None:
        raise Failed("CONSENTRY_SECRET_KEY: is not set (at least 32 random characters)")
    try:
        RootKeys.parse(settings.secret_key.get_secret_value())
    except ValueError as error:
        raise Failed(str(error)) from None


def check_signature_methods(settings: "Settings") -> None:
    """Raises Failed for a CONSENTRY_OAUTH1_SIGNATURE_METHODS that cannot be used."""
    from consentry.tenancy.signature_methods import known_methods

    try:
        known_methods(settings.oauth1_signature_methods)
    except ValueError as error:
        raise Failed(str(error)) from None


async def check_schema(opened: "Deployment") -> None:
    """Raises Failed unless the database is at a migration that this release can use."""
    require_schema(await opened.store.schema_revision())


def require_schema(found: str | None) -> None:
    """Raises Failed for a migration that this release cannot use."""
    from consentry_migrations import HEAD, serves

    if serves(found):
        return
    if found is not None and found > HEAD:
        raise Failed(f"the database is at migration {found}: this release, {HEAD}, is too old")
    state = "is empty" if found is None else f"is at migration {found}, not {HEAD}"
    raise Failed(f"the database {state}: run `consentry migrate`")


def on_deployment(work: "Callable[[Deployment], Awaitable[Result]]") -> Result:
    """Run some work on the deployment."""

    async def opened() -> Result:
        async with deployment() as found:
            return await work(found)

    return _run(opened())


def on_tenant(
    slug: str, work: "Callable[[TenantContext], Awaitable[Result]]", *, atomic: bool = True
) -> Result:
    """Run some work inside a tenant. atomic: in one transaction, which ends with the work."""

    async def opened() -> Result:
        from consentry.operations.tenants import get_tenant
        from consentry.tenancy.context import open_tenant

        async with deployment() as found:
            if not atomic:
                row = await get_tenant(found.store, slug)
                return await work((await open_tenant(found, row)).acting(command_line()))
            async with found.store.begin() as store:
                row = await get_tenant(store, slug)
                ctx = await open_tenant(found, row, store=store)
                return await work(ctx.acting(command_line()))

    return _run(opened())


def on_operators(work: "Callable[[TenantContext], Awaitable[Result]]") -> Result:
    """Run some work inside the base host, whose people are the operators."""

    async def opened() -> Result:
        from consentry.tenancy.operators import open_operators

        async with deployment() as found:
            return await work((await open_operators(found)).acting(command_line()))

    return _run(opened())


def command_line() -> "Actor":
    """Who types: the audit trail has the name they have at this machine."""
    from consentry.tenancy.actor import Actor

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return Actor("system", id=name, name="command line")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)
