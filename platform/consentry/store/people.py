"""What the rooms above may ask of a store about people; part of `ports`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from consentry.records.authorization import AuthorizationRow
from consentry.records.consent import Consent
from consentry.records.user import Login, User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live login and the user it belongs to."""

    login: Login
    user: User


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """Every row kept about a person, the oldest first."""

    user: User
    logins: tuple[Login, ...]
    consents: tuple[Consent, ...]
    authorizations: tuple[AuthorizationRow, ...]


class Users(Protocol):
    """People of the tenant."""

    async def get(self, user_id: UUID) -> User | None: ...
    async def by_identifier(self, identifier: str) -> User | None:
        """By username, else by e-mail, whatever the case."""

    async def page(self, *, after: str = "", limit: int = 100) -> list[User]:
        """By username."""

    async def has_administrator(self, *, besides: UUID) -> bool:
        """Whether somebody else of the role admin can sign in: enabled, with a password."""

    async def administrators(self, *, limit: int) -> list[User]:
        """Who is of the role admin, enabled, and has an e-mail address; by username."""

    async def save(self, user: User) -> None:
        """Insert or update. Raises Duplicate when username or e-mail is taken."""

    async def set_password(self, user_id: UUID, password_hash: str, at: datetime) -> None:
        """Change the hash, end every login and revoke every authorization of the user."""

    async def set_claims(self, user_id: UUID, claims: dict[str, Any], at: datetime) -> None:
        """Replace the claims; what else the row holds may change meanwhile."""

    async def rehash(self, user_id: UUID, before: str, password_hash: str) -> bool:
        """Replace a hash of the same password; ends nothing. False if `before` is not the hash."""

    async def everything(self, user_id: UUID) -> PersonalRows | None:
        """Every row kept about a person; None if unknown."""

    async def delete(self, user_id: UUID) -> bool:
        """Remove the person with logins, consents and authorizations. False if unknown."""


class Logins(Protocol):
    """Signed-in browsers."""

    async def start(self, login: Login, *, replaces: str | None) -> None:
        """Store a login and end the one it replaces in the same transaction."""

    async def current(self, login_id: str, now: datetime) -> SignedIn | None:
        """The login if it is live and its user is enabled."""

    async def end(self, login_id: str, now: datetime) -> None:
        """End it, every authorization that was to end with it, and the session's codes that
        nobody has redeemed yet."""

    async def end_others(self, user_id: UUID, keep: str, now: datetime) -> int:
        """End every live login of the user but one, and what was to end with them.

        Returns how many logins ended.
        """

    async def of_user(self, user_id: UUID, now: datetime) -> list[Login]: ...


class Consents(Protocol):
    """What people agreed to."""

    async def get(self, user_id: UUID, client_id: str) -> dict[str, str]:
        """Scope text agreed to, by resource (empty string for the issuer)."""

    async def grant(
        self, user_id: UUID, client_id: str, resource: str, scope: str, at: datetime
    ) -> None:
        """Add scopes to what was agreed, with a line of history."""

    async def of_user(self, user_id: UUID, *, withdrawn: bool = False) -> list[Consent]:
        """What the user agreed to, by client.

        withdrawn: with those whose scope is empty, because it was withdrawn or never named.
        """

    async def withdraw(self, user_id: UUID, client_id: str, at: datetime) -> int:
        """Forget what was agreed and revoke what hangs on it. Returns how many ended."""

    async def narrow(
        self, user_id: UUID, client_id: str, name: str, at: datetime, *, claims: Collection[str]
    ) -> int:
        """Take one scope-token back, from the consents and from all that hangs on them.

        claims: those that go with it, asked for one by one (OIDC Core §5.5). An authorization
        left with no scope ends, and so does one that had `offline_access` when that is taken
        back. Returns how many authorizations changed.
        """
