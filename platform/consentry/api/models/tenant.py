"""What a tenant consists of: scopes, APIs, domains, keys, policy; and tenants themselves."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from consentry.api.models.common import Page, Sent, Shown, patch_of
from consentry.operations.domain_claims import Challenge
from consentry.records.policy import Policy, SigningAlg
from consentry.records.tenant import Api, Domain, DomainClaim, ScopeRow

Format = Literal["opaque", "jwt"]


class ScopeShown(Shown):
    """A declared scope and what people read about it."""

    name: str
    description: str


class ScopeList(Page[ScopeShown]):
    """Declared scopes by name."""


class NewScope(Sent):
    """A scope to declare."""

    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=500)


class ScopePatch(Sent):
    """Another text."""

    description: str = Field(max_length=500)


def scope_shown(row: ScopeRow) -> ScopeShown:
    """A stored scope as it is answered."""
    return ScopeShown(name=row.name, description=row.description)


class ApiMembers(Sent):
    """What of an API may change; omitted stays, null puts the default back."""

    name: str | None = Field(None, max_length=200)
    scopes: list[str] | None = Field(None, max_length=200)
    access_token_format: Format | None = Field(None, description="omitted: the tenant's")
    access_token_lifetime: int | None = Field(None, ge=30, le=86_400, description="seconds")
    resource_servers: list[str] | None = Field(
        None, max_length=200, description="client ids that may introspect its tokens"
    )


class ApiPatch(ApiMembers):
    """What of an API changes."""


class NewApi(ApiMembers):
    """An API to declare (RFC 8707)."""

    identifier: str = Field(min_length=1, max_length=500)


class ApiShown(Shown):
    """A declared API."""

    identifier: str
    name: str
    scopes: list[str]
    access_token_format: str | None = None
    access_token_lifetime: int | None = None
    resource_servers: list[str]


class ApiList(Page[ApiShown]):
    """Declared APIs by identifier."""


def api_shown(row: Api) -> ApiShown:
    """A stored API as it is answered."""
    return ApiShown(
        identifier=row.identifier,
        name=row.name,
        scopes=row.scopes.split(),
        access_token_format=row.access_token_format,
        access_token_lifetime=row.access_token_lifetime,
        resource_servers=row.resource_servers.split(),
    )


class DomainShown(Shown):
    """A host of the tenant's own."""

    host: str
    created_at: datetime


class DomainList(Page[DomainShown]):
    """Hosts by name."""


class NewDomain(Sent):
    """A host to answer on."""

    host: str = Field(min_length=1, max_length=259)


def domain_shown(row: Domain) -> DomainShown:
    """A stored host as it is answered."""
    return DomainShown(host=row.host, created_at=row.created_at)


class ClaimShown(Shown):
    """A host that is still to be proven, by either of two."""

    host: str
    token: str = Field(description="the text that is to be found")
    txt_record: str = Field(description="the name of a TXT record with that text")
    file: str = Field(description="the address of a file with that text and nothing else")
    created_at: datetime
    expires_at: datetime


class ClaimList(Page[ClaimShown]):
    """Claimed hosts by name."""


def claim_shown(row: DomainClaim) -> ClaimShown:
    """A stored claim as it is answered."""
    challenge = Challenge.of(row.host)
    return ClaimShown(
        host=row.host,
        token=row.token,
        txt_record=challenge.record,
        file=challenge.file,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


class KeyShown(Shown):
    """A signing key. It signs while it is active, and is published until it is retired or
    revoked: of one that was revoked nothing counts any more."""

    kid: str
    alg: str
    state: Literal["pending", "active", "retiring", "retired", "revoked"]
    created_at: datetime
    active_at: datetime
    retiring_at: datetime | None = None
    public_jwk: dict[str, Any]


class KeyList(Page[KeyShown]):
    """Signing keys by algorithm, newest first."""


class NewKey(Sent):
    """A key to make in place of the one that signs now."""

    alg: SigningAlg
    ahead: int = Field(0, ge=0, le=30 * 86_400, description="seconds until it signs")


_Policy: Any = patch_of("PolicyMembers", Policy, "A tenant's settings.")


class PolicyPatch(_Policy):  # type: ignore[misc]
    """What of the policy changes; omitted stays, null puts the default back."""

    def given(self) -> dict[str, Any]:
        """The settings that were sent."""
        return dict(self.model_dump(mode="json", exclude_unset=True))


class ClientAffected(Shown):
    """A client that would lose something."""

    client_id: str
    client_name: str
    reasons: list[str]
    last_used_at: datetime | None = None


class Change(Shown):
    """One key, before and after; null is left out."""

    key: str
    before: Any = None
    after: Any = None


class DryRunShown(Shown):
    """What a change of policy would do."""

    changed: list[Change]
    looked_at: int = Field(description="clients")
    affected: list[ClientAffected] = Field(description="the first hundred by id")
    has_more: bool


class TenantShown(Shown):
    """A tenant."""

    tenant_id: UUID
    slug: str
    name: str
    issuer: str
    hosts: list[str]
    created_at: datetime
    disabled_at: datetime | None = None
    delete_at: datetime | None = Field(None, description="when it is removed")


class CountsShown(Shown):
    """How many rows a tenant has of each; one that is `counted_to` may be more."""

    users: int
    clients: int
    authorizations: int
    counted_to: int


class TenantCounted(TenantShown):
    """A tenant with what is in it."""

    counts: CountsShown


class TenantPage(Page[TenantCounted]):
    """Tenants by slug."""


class NewTenant(Sent):
    """A tenant to make."""

    slug: str = Field(min_length=1, max_length=63)
    name: str | None = Field(None, max_length=200)
    settings: dict[str, Any] = Field(default_factory=dict, description="see the policy")


class TenantPatch(Sent):
    """What of a tenant changes."""

    name: str | None = Field(None, min_length=1, max_length=200)
    disabled: bool | None = None
