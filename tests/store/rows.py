"""Rows for the store tests: each valid by itself, with only what a test says changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from consentry.records.audit import Event
from consentry.records.authorization import AuthorizationRow
from consentry.records.client import ClientRow, ClientSecret, ClientUse
from consentry.records.idempotency import KeptAnswer
from consentry.records.imported_token import ImportedToken
from consentry.records.key import SigningKey, TenantKey
from consentry.records.member import ClientMember
from consentry.records.outbox import DONE, Effect
from consentry.records.session_client import SessionClient
from consentry.records.tenant import DomainClaim, Tenant
from consentry.records.transient import Refusal, Success
from consentry.records.usage import Usage
from consentry.records.user import Login, User
from consentry.records.webhook import Webhook
from consentry.store.ports import Store, TenantStore
from support.patience import NEVER_S

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, 123_456, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3_600, 86_400))
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CALLBACK = "https://printer.example.com/ready"


def tenant(slug: str = "photos", **changed: Any) -> Tenant:
    """A tenant."""
    given = {"tenant_id": uuid4(), "name": slug.title(), "created_at": NOW, "changed_at": NOW}
    return Tenant(slug=slug, **{**given, **changed})


def client(client_id: str = "printer", **changed: Any) -> ClientRow:
    """A client."""
    given = {"metadata_": {"client_name": "Printer"}, "created_at": NOW, "changed_at": NOW}
    return ClientRow(tenant_id=uuid4(), client_id=client_id, **{**given, **changed})


def secret(client_id: str = "printer", **changed: Any) -> ClientSecret:
    """A client secret."""
    given = {"secret_id": uuid4(), "digest": b"\x00\xff" * 16, "created_at": NOW}
    return ClientSecret(tenant_id=uuid4(), client_id=client_id, **{**given, **changed})


def kept_answer(key: str = "a1", **changed: Any) -> KeptAnswer:
    """An answer that is kept for an hour."""
    given = {"request": "b2", "sealed": b"\x00", "expires_at": NOW + HOUR}
    return KeptAnswer(tenant_id=uuid4(), key=key, **{**given, **changed})


def domain_claim(host: str = "id.example.com", **changed: Any) -> DomainClaim:
    """A host that is claimed for a week."""
    given = {"token": "t", "created_at": NOW, "expires_at": NOW + 7 * DAY}
    return DomainClaim(tenant_id=uuid4(), host=host, **{**given, **changed})


def effect(**changed: Any) -> Effect:
    """A call of a webhook that waits."""
    given = {"effect_id": uuid4(), "kind": "webhook", "subject": "a1", "payload": {"type": "x"}}
    given |= {"created_at": NOW, "due_at": NOW}
    return Effect(tenant_id=uuid4(), **{**given, **changed})


def done_effect(**changed: Any) -> Effect:
    """One that was done."""
    return effect(**{"state": DONE, "finished_at": NOW, **changed})


def usage(**changed: Any) -> Usage:
    """A request, counted."""
    given = {"period": "minute", "at": NOW.replace(second=0, microsecond=0), "client_id": "printer"}
    given |= {"what": "client_credentials", "outcome": "ok", "count": 1, "ms_5": 1}
    return Usage(**{"tenant_id": uuid4(), **given, **changed})


def webhook(**changed: Any) -> Webhook:
    """An address for all events."""
    given = {"webhook_id": uuid4(), "url": "https://example.com/hook", "sealed": b"\x00\xff"}
    given |= {"created_at": NOW, "changed_at": NOW}
    return Webhook(**{"tenant_id": uuid4(), **given, **changed})


def client_use(client_id: str = "printer", **changed: Any) -> ClientUse:
    """A use of OAuth 1."""
    given = {"protocol": "oauth1", "last_used_at": NOW}
    return ClientUse(tenant_id=uuid4(), client_id=client_id, **{**given, **changed})


def user(username: str = "jane", **changed: Any) -> User:
    """A person."""
    given = {"user_id": uuid4(), "created_at": NOW, "changed_at": NOW}
    made = {**given, **changed}
    return User(tenant_id=uuid4(), username=username, username_key="", **made)


def login(user_id: UUID, **changed: Any) -> Login:
    """A signed-in browser."""
    given = {
        "login_id": hashlib.sha256(uuid4().bytes).hexdigest(),
        "auth_time": NOW,
        "created_at": NOW,
        "expires_at": NOW + HOUR,
    }
    return Login(tenant_id=uuid4(), user_id=user_id, **{**given, **changed})


def session_client(user_id: UUID, client_id: str = "printer", **changed: Any) -> SessionClient:
    """A client that knows of a person's session."""
    given = {"session_id": uuid4(), "expires_at": NOW + HOUR, **changed}
    return SessionClient(tenant_id=uuid4(), client_id=client_id, user_id=user_id, **given)


def refusal(**changed: Any) -> Refusal:
    """A recorded refusal."""
    given = {"endpoint": "token", "error": "invalid_grant", "created_at": NOW}
    return Refusal(tenant_id=uuid4(), refusal_id=uuid4(), **{**given, **changed})


def success(client_id: str = "printer", **changed: Any) -> Success:
    """A request that was served."""
    given = {"endpoint": "token", "outcome": "authorization_code", "created_at": NOW}
    made = {"success_id": uuid4(), **given, **changed}
    return Success(tenant_id=uuid4(), client_id=client_id, **made)


def event(action: str = "client.create", **changed: Any) -> Event:
    """An event of the audit trail."""
    given = {"at": NOW, "actor_kind": "system", "target_kind": "client", "target_id": "printer"}
    return Event(action=action, **{**given, **changed})


def member(user_id: UUID, client_id: str = "printer", **changed: Any) -> ClientMember:
    """Who manages a client."""
    given = {"role": "owner", "since": NOW}
    return ClientMember(tenant_id=uuid4(), client_id=client_id, user_id=user_id,
                        **{**given, **changed})  # fmt: skip


def imported_token(text: str = "abc", **changed: Any) -> ImportedToken:
    """An access token of another product that a client holds for itself."""
    given = {
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "kind": "access",
        "client_id": "printer",
        "issued_at": NOW,
        "expires_at": NOW + HOUR,
    }
    return ImportedToken(tenant_id=uuid4(), **{**given, **changed})


def tenant_key(version: int = 1, **changed: Any) -> TenantKey:
    """A wrapped data key."""
    given = {"purpose": "data", "wrapped": b"\x00wrapped\xff", "created_at": NOW}
    return TenantKey(tenant_id=uuid4(), version=version, **{**given, **changed})


def signing_key(kid: str, **changed: Any) -> SigningKey:
    """A sealed signing key."""
    given: dict[str, Any] = {
        "alg": "ES256",
        "slot": 1,
        "public_jwk": {"kty": "EC", "kid": kid},
        "sealed": b"\x00sealed\xff",
        "created_at": NOW,
        "active_at": NOW,
    }
    return SigningKey(tenant_id=uuid4(), kid=kid, **{**given, **changed})


@dataclass
class Place:
    """A tenant with one client and one person, and its store."""

    store: Store
    tenant: Tenant
    client: ClientRow
    user: User
    inside: TenantStore = field(init=False)

    def __post_init__(self) -> None:
        self.inside = self.store.inside(self.tenant.tenant_id)

    def authorization(self, **changed: Any) -> AuthorizationRow:
        """A code that was not redeemed yet, for a minute; it hangs on no login."""
        given: dict[str, Any] = {
            "id": uuid4(),
            "client_id": self.client.client_id,
            "user_id": self.user.user_id,
            "scope": "openid photos.read",
            "code_challenge": CHALLENGE,
            "redirect_uri": CALLBACK,
            "auth_time": NOW,
            "created_at": NOW,
            "code_expires_at": NOW + MINUTE,
            "expires_at": NOW + MINUTE,
        }
        return AuthorizationRow(tenant_id=self.tenant.tenant_id, **{**given, **changed})

    async def authorized(self, **changed: Any) -> UUID:
        """The id of a stored authorization."""
        row = self.authorization(**changed)
        await self.inside.authorizations.create(row)
        return row.id

    async def redeemed(self, **changed: Any) -> UUID:
        """The id of an authorization whose code was redeemed, good for a day."""
        given = {"generation": 1, "rotated_at": NOW, "expires_at": NOW + DAY}
        return await self.authorized(**{**given, **changed})

    async def noted(self, row: SessionClient) -> None:
        """A client that learnt of a session, by a login of its own."""
        under = login(row.user_id, session_id=row.session_id)
        await self.inside.logins.start(under, replaces=None)
        assert await self.inside.session_clients.note(row, under=under.login_id, now=NOW)

    async def is_revoked(self, id: UUID) -> bool:
        """Whether the authorization is there and revoked."""
        found = await self.inside.authorizations.get(id)
        assert found is not None
        return found.revoked_at is not None


async def place(store: Store, slug: str = "photos") -> Place:
    """A stored tenant with a stored client and a stored person."""
    made = Place(store, tenant(slug), client(), user())
    await store.tenants.save(made.tenant)
    await made.inside.clients.save(made.client)
    await made.inside.users.save(made.user)
    return made


async def disable_client(place: Place) -> None:
    """Disable the place's client."""
    place.client.disabled_at = NOW
    await place.inside.clients.save(place.client)


async def disable_user(place: Place) -> None:
    """Disable the place's user."""
    place.user.disabled_at = NOW
    await place.inside.users.save(place.user)


async def delete_client(place: Place) -> None:
    """Delete the place's client."""
    await place.inside.clients.delete("printer")


async def delete_user(place: Place) -> None:
    """Delete the place's user."""
    await place.inside.users.delete(place.user.user_id)


async def at_once(*calls: Awaitable[T]) -> list[T]:
    """Results of calls that run side by side."""
    return list(await asyncio.gather(*calls))


async def news(changes: AsyncIterator[UUID | None]) -> UUID | None:
    """The next piece of news. Raises TimeoutError when there is none."""
    async with asyncio.timeout(NEVER_S):
        return await anext(changes)
