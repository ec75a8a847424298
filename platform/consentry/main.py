"""The roof: reads the settings, picks the store and mounts the doors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from consentry import __version__, metrics, tracing
from consentry.api import health
from consentry.api import routes as api
from consentry.crypto.root import RootKeys
from consentry.interaction import routes as interaction
from consentry.oauth1 import routes as oauth1
from consentry.oauth2 import routes as oauth2
from consentry.operations.operators import first_operator
from consentry.operations.starting import schema_fits
from consentry.settings import Settings
from consentry.spec.oauth1.signatures import Verify
from consentry.store.ports import Store, Unavailable
from consentry.store.sql.store import SqlStore
from consentry.store.throttling import ThrottlesOf, in_database
from consentry.telemetry import configure_logging, get_logger
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.mailer import Mailer
from consentry.tenancy.registry import TenantRegistry
from consentry.tenancy.signature_methods import check_method, known_methods
from consentry.web.assets import static_route
from consentry.web.fetch import Fetcher
from consentry.web.guard import Guard
from consentry.web.hosts import Hosts, not_found
from consentry.web.mailing import make_mailer
from consentry.web.pages import add_pages
from consentry.web.routing import Endpoint, Paths
from consentry.web.traced import Traced
from consentry.web.txt_records import txt_records
from consentry_admin import account, console, operator, portal, theme
from consentry_admin import tenant as administration
from consentry_workers import embedded

TENANT_ENDPOINTS = {
    **oauth2.ENDPOINTS,
    **oauth1.ENDPOINTS,
    **api.ENDPOINTS,
    **interaction.ENDPOINTS,
    **account.ENDPOINTS,
    **portal.ENDPOINTS,
    **administration.ENDPOINTS,
    **theme.ENDPOINTS,
}


def base_endpoints(settings: Settings, store: Store) -> dict[str, Endpoint]:
    """The addresses of the base host."""
    return {
        "/": Endpoint("home", {"GET": console.home(settings)}),
        "/healthz": Endpoint("healthz", {"GET": health.healthz}),
        "/readyz": Endpoint("readyz", {"GET": health.readyz(store)}),
        "/metrics": Endpoint("metrics", {"GET": health.show_metrics}),
        **interaction.BASE_ENDPOINTS,
        **theme.ENDPOINTS,
        **operator.ENDPOINTS,
    }


def system_clock() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_deployment(
    settings: Settings,
    clock: Callable[[], datetime] = system_clock,
    signature_methods: Mapping[str, Verify] | None = None,
    throttles_of: ThrottlesOf = in_database,
) -> AsyncIterator[Deployment]:
    """Everything a process needs, closed again at the end.

    signature_methods: of one's own, by name, besides those the settings name. Raises
    ValueError, with one clear line, for one that cannot be used, and without a usable
    CONSENTRY_SECRET_KEY. throttles_of: where attempts are counted.
    """
    if settings.secret_key is None:
        raise ValueError("CONSENTRY_SECRET_KEY is not set (at least 32 random characters)")
    methods = known_methods(settings.oauth1_signature_methods, signature_methods)
    store = _store(settings, throttles_of)
    metrics.watch_pool(lambda: store.connections()[0], lambda: store.connections()[1])
    fetcher = Fetcher(allow_private=settings.fetch_private_addresses)
    threads = ThreadPoolExecutor(settings.password_threads, thread_name_prefix="consentry")
    try:
        yield Deployment(
            settings=settings,
            store=store,
            root_keys=RootKeys.parse(settings.secret_key.get_secret_value()),
            clock=clock,
            fetcher=fetcher,
            txt_records=txt_records,
            threads=threads,
            mailer=_mailer(settings),
            signature_methods=methods,
        )
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        await fetcher.aclose()
        await store.close()


def _mailer(settings: Settings) -> Mailer | None:
    return None if settings.mail_url is None else make_mailer(settings.mail_url.get_secret_value())


def _store(settings: Settings, throttles_of: ThrottlesOf) -> SqlStore:
    return SqlStore(
        settings.database_url,
        pool_size=settings.database_pool,
        refusal_lifetime=settings.refusal_lifetime,
        refusals_kept=settings.refusals_kept,
        audit_lifetime=settings.audit_lifetime,
        throttles_of=throttles_of,
    )


def throttling(settings: Settings) -> AbstractAsyncContextManager[ThrottlesOf]:
    """Where a serving process counts attempts: in the configured Redis, else in the database."""
    if settings.redis_url is None:
        return nullcontext(in_database)
    # Late: most deployments have no Redis, and its client costs them time and memory.
    from consentry.store.redis.throttles import redis_throttles

    return redis_throttles(settings.redis_url.get_secret_value())


async def prepare(deployment: Deployment) -> None:
    """Make the first operator, if one is asked for and the database is ready for it.

    The log says so where the database is at another migration, or away.

    Raises operations.errors.Refused for a CONSENTRY_OPERATOR_PASSWORD that cannot be one.
    """
    try:
        if await schema_fits(deployment.store):
            await first_operator(deployment)
    except Unavailable as error:
        get_logger().warning("not_prepared", reason=str(error))


def create_app() -> ASGIApp:
    """The ASGI application of one process, by the settings of the environment."""
    settings = Settings()
    configure_logging(settings.log_level)
    return Application(settings)


class Application:
    """All doors behind the guard; the lifespan opens and closes the deployment."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = system_clock) -> None:
        self._settings, self._clock = settings, clock
        self._signature_methods: dict[str, Verify] = {}
        self._app: ASGIApp | None = None
        self._stack = AsyncExitStack()

    def register_signature_method(self, name: str, verify: Verify) -> None:
        """Add a signature method of one's own for OAuth 1 (RFC 5849 §3.4), before the start.

        verify: given the signed request and the secrets, answers True or False, or an
        awaitable of it; anything else is an error. Clients name it in their
        `oauth1_signature_methods`. Raises ValueError for the name of a standard method.
        """
        check_method(name, verify, "register_signature_method")
        self._signature_methods[name] = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._app is None:
            raise RuntimeError("the application was not started")
        else:
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except Exception as error:
            get_logger().error("start_failed", reason=f"{type(error).__name__}: {error}")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> Deployment:
        """Open the deployment and build the doors; `stop` undoes it."""
        async with AsyncExitStack() as opening:
            if tracing.start(__version__):
                opening.push_async_callback(asyncio.to_thread, tracing.stop)
            throttles_of = await opening.enter_async_context(throttling(self._settings))
            deployment = await opening.enter_async_context(
                open_deployment(self._settings, self._clock, self._signature_methods, throttles_of)
            )
            self.registry = registry = TenantRegistry(deployment)
            await prepare(deployment)
            await opening.enter_async_context(background(registry.follow()))
            await opening.enter_async_context(embedded.running(deployment))
            self._app = build(deployment, registry)
            self._stack = opening.pop_all()
        database = "sqlite" if self._settings.is_sqlite else "postgresql"
        metrics.started(version=__version__, database=database)
        return deployment

    async def stop(self) -> None:
        """Finish the background work and close everything."""
        await self._stack.aclose()


def build(deployment: Deployment, registry: TenantRegistry) -> ASGIApp:
    """Every door behind host and guard."""
    settings = deployment.settings
    add_pages("consentry_admin")
    tenant = Paths({**TENANT_ENDPOINTS, **api.RESOURCES}, not_found)
    base_paths = base_endpoints(settings, deployment.store)
    base = Paths({**base_paths, **api.BASE_RESOURCES}, not_found)
    static = static_route()

    def with_static(paths: Paths) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"].startswith("/static/"):
                await Router([static])(scope, receive, send)
            else:
                await paths(scope, receive, send)

        return app

    hosts = Hosts(settings, registry, tenant=with_static(tenant), base=with_static(base))
    guard = Guard(
        hosts,
        https=settings.https,
        access_log=settings.access_log,
        body_timeout_s=settings.request_timeout,
    )
    return Traced(guard, trusted=settings.trusted_proxies) if tracing.is_on() else guard


@asynccontextmanager
async def background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """A task that runs while inside."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
