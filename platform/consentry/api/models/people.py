"""People, their logins and what they agreed to."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from consentry.api.models.common import Page, Sent, Shown
from consentry.operations.consents import ConnectedApp
from consentry.operations.mail import Letter
from consentry.operations.sessions import Session
from consentry.records.user import User
from consentry.tenancy.actor import ActorKind

Role = Literal["admin", "developer"]


class UserShown(Shown):
    """A person."""

    user_id: UUID
    username: str
    email: str | None = None
    roles: list[str]
    claims: dict[str, Any] = Field(description="standard claims (OpenID Connect Core §5.1)")
    has_password: bool
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None


class UserPage(Page[UserShown]):
    """People by username."""


class NewUser(Sent):
    """A person to make. Without a password nobody can sign in as them."""

    username: str = Field(min_length=1, max_length=255)
    email: str | None = Field(None, max_length=320)
    password: str | None = Field(None, min_length=8, max_length=1_024)
    roles: list[Role] = Field(default_factory=list, max_length=2)
    claims: dict[str, Any] = Field(default_factory=dict)


class UserPatch(Sent):
    """What of a person changes; omitted stays. A claim that is null is removed."""

    username: str | None = Field(None, min_length=1, max_length=255)
    email: str | None = Field(None, max_length=320)
    roles: list[Role] | None = Field(None, max_length=2)
    claims: dict[str, Any] | None = None
    disabled: bool | None = None


class NewPassword(Sent):
    """A password to set; every login and authorization of the person ends."""

    password: str = Field(min_length=8, max_length=1_024)


class InviteShown(Shown):
    """What was sent: `welcome` to set the first password, `reset` for another one."""

    letter: Letter


def user_shown(user: User) -> UserShown:
    """A stored person as they are answered."""
    return UserShown(
        user_id=user.user_id,
        username=user.username,
        email=user.email,
        roles=user.roles.split(),
        claims=user.claims,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        changed_at=user.changed_at,
        disabled_at=user.disabled_at,
    )


class SessionShown(Shown):
    """A live login; `key` names it and signs nobody in."""

    key: str
    device: str
    address: str
    since: datetime
    expires_at: datetime
    is_current: bool


class SessionList(Page[SessionShown]):
    """Live logins, newest first."""


def session_shown(session: Session) -> SessionShown:
    """A login as it is answered."""
    return SessionShown(**{name: getattr(session, name) for name in SessionShown.model_fields})


class DecisionShown(Shown):
    """One line of what a person decided."""

    at: datetime
    decision: str = Field(description="approve or withdraw")
    scope: str


class ConsentShown(Shown):
    """What one app may do for a person."""

    client_id: str
    client_name: str
    scope: str
    resources: list[str]
    protocols: list[str]
    since: datetime
    last_used_at: datetime | None = None
    authorizations: int = Field(description="how many count now")
    history: list[DecisionShown]


class ConsentList(Page[ConsentShown]):
    """Apps that may act for a person, those used last first."""


def consent_shown(app: ConnectedApp) -> ConsentShown:
    """A connected app as it is answered."""
    return ConsentShown(
        client_id=app.client.client_id,
        client_name=app.client.name,
        scope=str(app.scope),
        resources=list(app.resources),
        protocols=list(app.protocols),
        since=app.since,
        last_used_at=app.last_used,
        authorizations=len(app.authorizations),
        history=[
            DecisionShown(at=one.at, decision=one.decision, scope=str(one.scope))
            for one in app.history
        ],
    )


class MeShown(Shown):
    """Who calls, and what they may do."""

    kind: ActorKind
    id: str
    name: str
    roles: list[str]
    scope: str | None = Field(None, description="of the token, if there is one")
    permissions: dict[str, Literal["all", "own"]] = Field(
        description="everywhere, or for the apps one manages"
    )


class CsrfShown(Shown):
    """What a page sends beside its cookie with every change."""

    csrf_token: str
