"""What the rooms above may ask of a store.

A `TenantStore` is already inside one tenant, so its methods take no tenant. Absent
is `None`. Times are aware UTC datetimes given by the caller's clock. Each method is
atomic by itself; `Store.begin` makes several of the ordinary ones one transaction
(methods that are one protocol transition always commit on their own).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.authorization import Authorization, AuthorizationRow, Liveness
from consentry.records.client import ClientRow, ClientSecret, ClientUse
from consentry.records.imported_token import ImportedToken
from consentry.records.key import SigningKey, TenantKey
from consentry.records.tenant import Api, Domain, ScopeRow, Tenant
from consentry.records.transient import Refusal
from consentry.store.answers import Answers as Answers
from consentry.store.claims import Claims as Claims
from consentry.store.copying import Copying as Copying
from consentry.store.data_keys import DataKeyAges as DataKeyAges
from consentry.store.data_keys import Sealed as Sealed
from consentry.store.effects import Backlog as Backlog
from consentry.store.effects import Effects as Effects
from consentry.store.effects import Jobs as Jobs
from consentry.store.effects import Outbox as Outbox
from consentry.store.effects import Processes as Processes
from consentry.store.figures import Figures as Figures
from consentry.store.key_ages import KeyAges as KeyAges
from consentry.store.lists import Endings as Endings
from consentry.store.lists import Lists as Lists
from consentry.store.lists import TenantLists as TenantLists
from consentry.store.overview import Overview as Overview
from consentry.store.people import Consents as Consents
from consentry.store.people import Logins as Logins
from consentry.store.people import PersonalRows as PersonalRows
from consentry.store.people import SignedIn as SignedIn
from consentry.store.people import Users as Users
from consentry.store.session_clients import SessionClients as SessionClients
from consentry.store.successes import Successes as Successes
from consentry.store.sweeping import AuditExport, Farewell, Sweeping
from consentry.store.token_credentials import TokenCredentials as TokenCredentials
from consentry.store.trail import Audit as Audit
from consentry.store.trail import Members as Members
from consentry.store.usage import TenantUsage as TenantUsage
from consentry.store.usage import UsageLog as UsageLog
from consentry.store.webhooks import Webhooks as Webhooks


class Duplicate(Exception):
    """Something with that name is already there; the text names it."""


class Unavailable(Exception):
    """The database cannot be reached; the request may be tried again."""


@dataclass(frozen=True, slots=True)
class StoredClient:
    """A client's row with its secrets, newest first."""

    row: ClientRow
    secrets: tuple[ClientSecret, ...]


class Tenants(Protocol):
    """All tenants of the deployment."""

    async def by_slug(self, slug: str) -> Tenant | None: ...
    async def by_domain(self, host: str) -> Tenant | None: ...
    async def get(self, tenant_id: UUID) -> Tenant | None: ...

    async def claim(self, slug: str) -> Tenant | None:
        """By slug, and no other process claims it until the transaction of `begin` ends."""

    async def page(self, *, after: str = "", limit: int = 100) -> list[Tenant]:
        """Tenants by slug, those behind `after`, at most `limit`."""

    async def save(self, tenant: Tenant) -> None:
        """Insert or update. Raises Duplicate when the slug is taken."""

    async def due(self, now: datetime) -> Tenant | None:
        """The one whose `delete_at` came first, if it has come."""

    async def empty(self, tenant_id: UUID, *, batch: int) -> bool:
        """Delete at most `batch` rows of each table that grows; whether there may be more."""

    async def delete(self, tenant_id: UUID) -> None:
        """Remove the tenant and every row that carries its id."""

    async def changed_since(self, at: datetime) -> list[tuple[UUID, datetime]]:
        """Tenants whose configuration changed at or after `at`, oldest first."""


class Configuration(Protocol):
    """A tenant's domains, scopes and APIs."""

    async def domains(self) -> list[Domain]: ...
    async def add_domain(self, host: str, at: datetime) -> None:
        """Raises Duplicate when another tenant has it."""

    async def remove_domain(self, host: str) -> None: ...
    async def scopes(self) -> list[ScopeRow]: ...
    async def save_scope(self, name: str, description: str) -> None: ...
    async def remove_scope(self, name: str) -> None: ...
    async def apis(self) -> list[Api]: ...
    async def save_api(self, api: Api) -> None: ...
    async def remove_api(self, identifier: str) -> None: ...


class Clients(Protocol):
    """Registered clients."""

    async def get(self, client_id: str) -> StoredClient | None: ...
    async def page(self, *, after: str = "", limit: int = 100) -> list[StoredClient]: ...
    async def save(self, row: ClientRow) -> None:
        """Insert or update."""

    async def delete(self, client_id: str) -> bool:
        """Remove it with its secrets, consents, authorizations and imported tokens.

        False if unknown.
        """

    async def add_secret(self, secret: ClientSecret) -> None: ...
    async def end_secrets(self, client_id: str, *, except_id: UUID, at: datetime) -> None:
        """Every other secret of the client expires at `at` or earlier."""

    async def remove_secret(self, client_id: str, secret_id: UUID) -> None:
        """Forget one secret altogether."""

    async def secrets_used(self, used: Sequence[tuple[str, UUID, datetime]]) -> None:
        """Note (client_id, secret_id, time) of last uses; a missing one is ignored."""

    async def used(self, uses: Sequence[ClientUse]) -> None:
        """Note when clients last proved themselves, by protocol; the later time stays."""

    async def uses(self, protocol: str) -> list[ClientUse]:
        """The clients that ever proved themselves by a protocol, the last one first."""


class Authorizations(Protocol):
    """The heart: each transition is one statement."""

    async def create(
        self, row: AuthorizationRow, *, under: str | None = None, proven: str | None = None
    ) -> bool:
        """Store one. Its `expires_at` is the end of the login it hangs on; on none, the code's.

        So a code that is never redeemed dies with its login, or soon (`sweeping`). under: the
        `login_id` it was approved in; False, and nothing is stored, if that is live no more.
        Whoever ends the login at the same time finds the row, or comes first. proven: the same
        of a person's password, by its hash when they proved who they are.
        """

    async def redeem(
        self,
        id: UUID,
        client_id: str,
        *,
        code_challenge: str | None,
        redirect_uri: str | None,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6).

        Everything the code is bound to is compared in the statement: a request
        that does not fit spends nothing. `expires_at` is the new end of the row;
        it never outlives the login it hangs on. None if not spendable: `get` says why.
        """

    async def rotate(
        self,
        id: UUID,
        client_id: str,
        generation: int,
        *,
        grace_from: datetime,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend one refresh token, in one statement (RFC 9700 §4.14.2).

        The immediate predecessor of one rotated after `grace_from`, and by no clock that was
        as far ahead, is answered with the row as it is. None if not spendable: `get` says
        why, and reuse revokes.
        """

    async def get(self, id: UUID) -> Authorization | None: ...

    async def live(self, id: UUID, jti: str, now: datetime) -> Liveness | None:
        """The authorization and whether its tokens count now, in one read."""

    async def client_is_live(self, client_id: str, jti: str) -> bool:
        """Whether a client's own token counts now: client enabled, jti not revoked."""

    async def revoke(self, id: UUID, now: datetime) -> None: ...
    async def revoke_token(self, jti: str, expires_at: datetime) -> None: ...
    async def of_user(self, user_id: UUID, now: datetime) -> list[AuthorizationRow]:
        """What counts now for the user, the newest first."""


class ImportedTokens(Protocol):
    """Tokens that another product issued."""

    async def get(self, digest: str, kind: str) -> ImportedToken | None:
        """The token whose text has this digest, if it is of this kind."""

    async def any(self) -> bool:
        """Whether there is one at all."""

    async def known(self, digests: Sequence[str]) -> set[str]:
        """Which of these are there, of whatever kind."""

    async def add(
        self, authorizations: Sequence[AuthorizationRow], tokens: Sequence[ImportedToken]
    ) -> None:
        """Store tokens with the authorizations they stand for. Raises Duplicate for a known one."""


class Keys(Protocol):
    """Wrapped tenant keys and signing keys."""

    async def tenant_keys(self) -> list[TenantKey]: ...
    async def add_tenant_key(self, key: TenantKey) -> None: ...
    async def rewrap(self, key: TenantKey, wrapped: bytes) -> None:
        """The same key under another root key; one that another took the place of stays."""

    async def let_seal(self, version: int, now: datetime, *, review_at: datetime) -> bool:
        """A published data key seals from now on; those before are looked at from `review_at`
        on. False if it does so already."""

    async def review_later(self, version: int, review_at: datetime) -> None:
        """Look at a data key again then."""

    async def drop_data_key(self, version: int) -> bool:
        """Forget a data key. False if it is gone already."""

    async def signing_keys(self) -> list[SigningKey]: ...

    async def add_signing_key(self, key: SigningKey) -> bool:
        """False if that algorithm's slot was taken meanwhile: read again."""

    async def retire_signing_keys(self, alg: str, *, except_kid: str, at: datetime) -> None:
        """Other keys of the algorithm stop signing at `at`."""

    async def revoke_signing_key(self, kid: str, *, at: datetime) -> None: ...


class Nonces(Protocol):
    """Values that count once."""

    async def spend(self, purpose: str, value: str, expires_at: datetime) -> bool:
        """True the first time, on every process and after every restart."""


class Throttles(Protocol):
    """Atomic counters of attempts (generic cell rate algorithm)."""

    async def take(self, subject: str, *, count: int, period_s: int, now: datetime) -> int:
        """Take one attempt. 0 if it may go on, else the seconds to wait."""

    async def give_one_back(self, subject: str, *, count: int, period_s: int) -> None:
        """Undo one `take` of the same count and period: the attempt was a good one."""

    async def give_back(self, subject: str) -> None:
        """Forget the attempts of a subject that proved itself."""


class Refusals(Protocol):
    """Recorded refusals."""

    async def add(self, refusals: Sequence[Refusal]) -> None: ...
    async def get(self, refusal_id: UUID) -> Refusal | None: ...
    async def page(self, *, client_id: str | None = None, limit: int = 100) -> list[Refusal]:
        """Newest first."""


class TenantStore(Protocol):
    """All of one tenant."""

    @property
    def audit(self) -> Audit: ...
    @property
    def members(self) -> Members: ...
    @property
    def configuration(self) -> Configuration: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def users(self) -> Users: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def session_clients(self) -> SessionClients: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def authorizations(self) -> Authorizations: ...
    @property
    def token_credentials(self) -> TokenCredentials: ...
    @property
    def imported_tokens(self) -> ImportedTokens: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def sealed(self) -> Sealed: ...
    @property
    def nonces(self) -> Nonces: ...
    @property
    def throttles(self) -> Throttles: ...
    @property
    def refusals(self) -> Refusals: ...
    @property
    def successes(self) -> Successes: ...
    @property
    def lists(self) -> Lists: ...
    @property
    def endings(self) -> Endings: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def usage(self) -> TenantUsage: ...
    @property
    def webhooks(self) -> Webhooks: ...


class Store(Protocol):
    """The deployment's store."""

    @property
    def tenants(self) -> Tenants: ...
    @property
    def overview(self) -> Overview: ...
    @property
    def tenant_lists(self) -> TenantLists: ...
    @property
    def copying(self) -> Copying: ...
    @property
    def effects(self) -> Effects: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def processes(self) -> Processes: ...
    @property
    def key_ages(self) -> KeyAges: ...
    @property
    def data_key_ages(self) -> DataKeyAges: ...
    @property
    def usage(self) -> UsageLog: ...

    def inside(self, tenant_id: UUID) -> TenantStore: ...

    def begin(self) -> AbstractAsyncContextManager["Store"]:
        """The same store with all ordinary methods in one transaction, committed at the end.

        A method that raises leaves what came before it as it is; an error that leaves the
        block takes everything back. Use only what is given, one call at a time: a method
        that commits on its own raises RuntimeError there, and on SQLite a write through
        the store outside would wait for this transaction to end.
        """

    def changes(self) -> AsyncIterator[UUID | None]:
        """Ids of tenants whose configuration changed; None means «drop everything»."""

    def sweeping(
        self, now: datetime, *, export: AuditExport | None = None, farewell: Farewell | None = None
    ) -> Sweeping:
        """A sweep of what has expired by `now`. export: has events before they go. farewell:
        stored for each client that is to hear of an expired session, as the session goes."""

    async def forget_attempts(self, later: datetime) -> int:
        """Counters of attempts that go on counting after `later` start anew; how many did."""

    async def ping(self) -> None:
        """Raises Unavailable if the database does not answer."""

    async def schema_revision(self) -> str | None:
        """The migration the database is at."""

    async def close(self) -> None: ...
