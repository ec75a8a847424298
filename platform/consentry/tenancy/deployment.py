"""What one process shares between all its tenants."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from consentry.crypto.root import RootKeys
from consentry.records.client import Client
from consentry.settings import Settings
from consentry.spec.oauth1.signatures import SignatureMethods
from consentry.store.ports import Store
from consentry.tenancy.lru import Lru
from consentry.tenancy.mailer import Mailer
from consentry.tenancy.refusals import RefusalLog
from consentry.tenancy.successes import SuccessLog
from consentry.tenancy.usage import UsageCounters

CLIENTS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a notice. retry_after: the seconds its sender is asked to wait."""

    status: int
    retry_after: int | None = None


class JsonFetcher(Protocol):
    """Fetches what others point to, such as a client's `jwks_uri`, and notifies them."""

    async def get_json(self, url: str) -> object:
        """The JSON behind an https URL. Raises ValueError with the reason."""

    async def get_text(self, url: str) -> str:
        """The text behind an https URL. Raises ValueError with the reason."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the answer says that matters. Raises ValueError with the reason when there was
        none."""


TxtRecords = Callable[[str], Awaitable[Sequence[str]]]
"""The TXT records of a name; none if there is no such name or no answer in time."""


@dataclass(frozen=True)
class Deployment:
    """Store, root keys, clock and the process's bounded resources.

    threads: for what must not hold up the event loop (argon2id, RSA keys).
    mailer: who sends mail, if anybody does.
    clients: registered clients by (context serial, client_id).
    key_sets: what was fetched from a `jwks_uri`. failing: who got a secret wrong lately.
    secret_uses, client_uses: last uses of secrets, and of clients by protocol, stored in batches.
    signature_methods: what OAuth 1 requests may be signed by.
    """

    settings: Settings
    store: Store
    root_keys: RootKeys
    clock: Callable[[], datetime]
    fetcher: JsonFetcher
    txt_records: TxtRecords
    threads: ThreadPoolExecutor
    mailer: Mailer | None = None
    clients: Lru[tuple[int, str], Client | None] = field(default_factory=lambda: Lru(CLIENTS_KEPT))
    key_sets: Lru[str, Any] = field(default_factory=lambda: Lru(1_000))
    failing: Lru[tuple[UUID, str], bool] = field(default_factory=lambda: Lru(10_000))
    refusals: RefusalLog = field(default_factory=RefusalLog)
    successes: SuccessLog = field(default_factory=SuccessLog)
    usage: UsageCounters = field(default_factory=UsageCounters)
    secret_uses: dict[tuple[UUID, str, UUID], datetime] = field(default_factory=dict)
    client_uses: dict[tuple[UUID, str, str], datetime] = field(default_factory=dict)
    signature_methods: SignatureMethods = field(default_factory=SignatureMethods)
