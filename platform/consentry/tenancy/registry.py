"""Tenants a process keeps ready, found by the host that was asked."""

import asyncio
from uuid import UUID

from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.actor import NOBODY, OPERATORS
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.lru import Lru
from consentry.tenancy.operators import open_operators

UNKNOWN_KEPT = 1_000


class TenantRegistry:
    """Contexts by host, loaded when first asked for and dropped when news of a change comes."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._base_host = deployment.settings.base_host
        self._ready: Lru[str, TenantContext] = Lru(deployment.settings.tenant_cache)
        self._hosts: dict[UUID, tuple[str, ...]] = {}
        self._unknown: Lru[str, bool] = Lru(UNKNOWN_KEPT)
        self._loading: dict[str, asyncio.Task[TenantContext | None]] = {}
        self._epoch = 0
        self._operators: TenantContext | None = None

    async def operators(self) -> TenantContext:
        """The context of the base host. Raises Unavailable."""
        if self._operators is None:
            epoch = self._epoch
            opened = (await open_operators(self._deployment)).acting(NOBODY)
            if epoch != self._epoch:
                return opened
            self._operators = opened
        return self._operators

    def ready(self, host: str) -> TenantContext | None:
        """The context of a host if it is loaded."""
        return self._ready.get(host)

    async def find(self, host: str) -> TenantContext | None:
        """The context of a host, or None for a host of no tenant. Raises Unavailable."""
        if self._unknown.get(host):
            return None
        loading = self._loading.get(host)
        if loading is None:
            loading = self._loading[host] = asyncio.create_task(self._load(host))
            loading.add_done_callback(lambda _: self._loading.pop(host, None))
        # One request going away must not take the others' answer with it.
        return await asyncio.shield(loading)

    async def _load(self, host: str) -> TenantContext | None:
        epoch = self._epoch
        tenants = self._deployment.store.tenants
        slug = self._slug(host)
        row = await (tenants.by_slug(slug) if slug else tenants.by_domain(self._domain(host)))
        if row is None:
            if epoch == self._epoch:
                self._unknown.put(host, True)
            return None
        context = (await open_tenant(self._deployment, row)).acting(NOBODY)
        if epoch == self._epoch:
            self._ready.put(host, context)
            known = self._hosts.get(row.tenant_id, ())
            self._hosts[row.tenant_id] = tuple({*known, host})
            if len(self._hosts) > 2 * self._deployment.settings.tenant_cache:
                self.drop(None)
        return context

    def _slug(self, host: str) -> str | None:
        slug, dot, rest = host.partition(".")
        return slug if dot and rest == self._base_host else None

    def _domain(self, host: str) -> str:
        """A custom domain is kept without a port; it is reached on the base host's."""
        name, colon, port = host.partition(":")
        base_port = self._base_host.partition(":")[2]
        return name if colon and port == base_port else host

    def drop(self, tenant_id: UUID | None) -> None:
        """Forget a tenant's contexts, or everything; hosts that were unknown may be known now."""
        self._epoch += 1
        self._unknown.clear()
        if tenant_id in (None, OPERATORS):
            self._operators = None
        if tenant_id is None:
            self._ready.clear()
            self._hosts.clear()
            self._deployment.clients.clear()
            return
        for host in self._hosts.pop(tenant_id, ()):
            self._ready.drop(host)

    async def follow(self) -> None:
        """Heed news of changes until cancelled."""
        while True:
            try:
                async for tenant_id in self._deployment.store.changes():
                    self.drop(tenant_id)
            except Unavailable:
                self.drop(None)
            except Exception:
                get_logger().exception("lost the news of changes; starting to listen again")
                self.drop(None)
            await asyncio.sleep(0.5)
