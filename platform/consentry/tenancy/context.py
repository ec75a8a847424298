"""What every step of a request is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import cast
from uuid import UUID

from starlette.requests import HTTPConnection

from consentry.crypto.ring import DataKeys
from consentry.records.client import Client
from consentry.records.policy import Policy
from consentry.records.tenant import Api, Tenant
from consentry.records.webhook import Subscription, subscriptions
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.scope import OFFLINE_ACCESS, OIDC_CLAIM_SCOPES, OPENID
from consentry.store.ports import Store, StoredClient, TenantStore
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.data_keys import data_keys, unwrapped
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.own_scopes import OWN_SCOPES
from consentry.tenancy.signing_ring import SigningRing

STANDARD_SCOPES = frozenset({OPENID, OFFLINE_ACCESS, *OIDC_CLAIM_SCOPES})
_serials = count()
_policies: dict[str, Policy] = {}


@dataclass(frozen=True, slots=True)
class TenantInfo:
    """A tenant's name, place and rules. `hosts` are all it answers on, its issuer's first."""

    tenant_id: UUID
    slug: str
    name: str
    issuer: str
    hosts: tuple[str, ...]
    policy: Policy
    is_disabled: bool


@dataclass(eq=False, slots=True)
class TenantContext:
    """One tenant as a request finds it: made once, kept until its configuration changes.

    has_imported_tokens: whether tokens that are not ours are worth a look. webhooks: those that
    are told what happens.
    """

    deployment: Deployment
    tenant: TenantInfo
    store: TenantStore
    keys: DataKeys
    subject_key: bytes = field(repr=False)
    scopes: Mapping[str, str]
    apis: Mapping[str, Api]
    has_imported_tokens: bool = False
    webhooks: tuple[Subscription, ...] = ()
    serial: int = field(default_factory=lambda: next(_serials))
    signing_ring: SigningRing | None = None
    rendered: dict[str, bytes] = field(default_factory=dict)
    actor: Actor = SYSTEM

    @classmethod
    def of(cls, request: HTTPConnection) -> "TenantContext":
        """The context of the tenant whose host was asked."""
        return cast("TenantContext", request.scope["consentry.tenant"])

    @property
    def policy(self) -> Policy:
        """The tenant's settings."""
        return self.tenant.policy

    @property
    def issuer(self) -> str:
        """Issuer identifier (RFC 8414 §2), without a trailing slash."""
        return self.tenant.issuer

    def acting(self, actor: Actor) -> "TenantContext":
        """The same context on behalf of somebody."""
        return replace(self, actor=actor)

    def now(self) -> datetime:
        """The deployment's clock, aware UTC."""
        return self.deployment.clock()

    def declares(self, name: str) -> bool:
        """Whether a scope-token means something here."""
        return name in self.scopes or name in STANDARD_SCOPES or name in OWN_SCOPES

    async def client(self, client_id: str) -> Client | None:
        """A registered client, disabled or not, from the cache or the store."""
        key = (self.serial, client_id)
        found = self.deployment.clients.get(key)
        if found is None and len(client_id) <= 255:
            stored = await self.store.clients.get(client_id)
            if stored is not None:
                found = as_client(stored)
                self.deployment.clients.put(key, found)
        return found


def as_client(stored: StoredClient) -> Client:
    """A stored client with its metadata parsed."""
    return Client(
        client_id=stored.row.client_id,
        metadata=ClientMetadata.model_validate(stored.row.metadata_),
        secrets=stored.secrets,
        disabled_at=stored.row.disabled_at,
    )


async def open_tenant(
    deployment: Deployment, tenant: Tenant, *, store: Store | None = None
) -> TenantContext:
    """The context of a stored tenant.

    store: the one to read and write by, when it is not the deployment's own (a transaction).
    Raises crypto.seal.Unsealable if no configured root key fits its data keys.
    """
    if store is not None:
        # Whatever begins a transaction of its own from here on becomes part of this one.
        deployment = replace(deployment, store=store)
    inside = deployment.store.inside(tenant.tenant_id)
    scopes = {row.name: row.description for row in await inside.configuration.scopes()}
    apis = {api.identifier: api for api in await inside.configuration.apis()}
    for api in apis.values():
        for name in api.scopes.split():
            scopes.setdefault(name, "")
    domains = [row.host for row in await inside.configuration.domains()]
    keys, subject_key = await _unwrapped(deployment, tenant.tenant_id, inside)
    return TenantContext(
        deployment=deployment,
        tenant=describe(deployment.settings.base_url, tenant, domains),
        store=inside,
        keys=keys,
        subject_key=subject_key,
        scopes=scopes,
        apis=apis,
        has_imported_tokens=await inside.imported_tokens.any(),
        webhooks=subscriptions(await inside.webhooks.all()),
    )


def describe(base_url: str, tenant: Tenant, domains: Sequence[str]) -> TenantInfo:
    """A tenant's place: its issuer is on its slug's host unless `issuer_host` names another."""
    scheme, _, base_host = base_url.partition("://")
    policy = parse_policy(tenant)
    own = f"{tenant.slug}.{base_host}"
    chosen = policy.issuer_host
    first = _reached_at(chosen, base_host) if chosen in domains and chosen else own
    hosts = tuple(dict.fromkeys((first, own, *(_reached_at(one, base_host) for one in domains))))
    return TenantInfo(
        tenant_id=tenant.tenant_id,
        slug=tenant.slug,
        name=tenant.name,
        issuer=f"{scheme}://{first}",
        hosts=hosts,
        policy=policy,
        is_disabled=tenant.is_disabled,
    )


def _reached_at(domain: str, base_host: str) -> str:
    """A custom domain as people ask for it: kept without a port, it is on the base host's."""
    port = base_host.partition(":")[2]
    return f"{domain}:{port}" if port and ":" not in domain else domain


def parse_policy(tenant: Tenant) -> Policy:
    """The tenant's policy; tenants with equal settings share one object."""
    key = repr(sorted(tenant.settings.items()))
    if key not in _policies:
        if len(_policies) > 1_000:
            _policies.clear()
        _policies[key] = Policy.model_validate(tenant.settings)
    return _policies[key]


async def _unwrapped(
    deployment: Deployment, tenant_id: UUID, inside: TenantStore
) -> tuple[DataKeys, bytes]:
    rows, subject = await inside.keys.tenant_keys(), b""
    for key in rows:
        if key.purpose == "subject":
            subject = unwrapped(deployment.root_keys, key)
    return data_keys(deployment.root_keys, tenant_id, rows), subject
