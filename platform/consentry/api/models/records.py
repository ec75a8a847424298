"""What happened: authorizations, refusals, uses, the audit trail."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from consentry.api.models.common import Moment, Name, Page, Paging, Sent, Shown
from consentry.operations.requests import AppRequest, Outcome
from consentry.operations.usage import MOST, By, Use
from consentry.records.audit import AuditRow
from consentry.records.authorization import Authorization, AuthorizationRow
from consentry.records.client import ClientUse
from consentry.records.transient import Refusal


class AuthorizationShown(Shown):
    """An approval that tokens hang on."""

    id: UUID
    client_id: str
    user_id: UUID
    scope: str
    resource: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class AuthorizationPage(Page[AuthorizationShown]):
    """Authorizations by id."""


class WhoseAuthorizations(Paging):
    """Whose; everybody's when neither is named."""

    user_id: UUID | None = None
    client_id: Name | None = Field(None, max_length=255)


class Revocation(Sent):
    """Whose authorizations end: a person's, a client's, or the person's at the client."""

    user_id: UUID | None = None
    client_id: Name | None = Field(None, max_length=255)


def authorization_shown(row: Authorization | AuthorizationRow) -> AuthorizationShown:
    """A stored authorization as it is answered."""
    return AuthorizationShown(
        **{name: getattr(row, name) for name in AuthorizationShown.model_fields}
    )


class RefusalShown(Shown):
    """A request that was refused: the rule, what was received, what is registered."""

    refusal_id: UUID
    client_id: str | None = None
    endpoint: str
    error: str
    rule: str
    received: str
    registered: str
    created_at: datetime


class RefusalPage(Page[RefusalShown]):
    """Refusals, newest first."""


class OfClient(Paging):
    """Which page, of which client."""

    client_id: Name | None = Field(None, max_length=255)


def refusal_shown(row: Refusal) -> RefusalShown:
    """A stored refusal as it is answered."""
    return RefusalShown(**{name: getattr(row, name) for name in RefusalShown.model_fields})


class RequestShown(Shown):
    """A request of an app; of a refused one also why."""

    request_id: UUID
    endpoint: str
    outcome: Outcome
    result: str = Field(description="the error, or what was given")
    created_at: datetime
    rule: str | None = None
    received: str | None = None
    registered: str | None = None


class RequestPage(Page[RequestShown]):
    """Requests, newest first."""


class WhichRequests(Paging):
    """Which page, of which requests."""

    outcome: Outcome | None = None


def request_shown(one: AppRequest) -> RequestShown:
    """A request on record as it is answered."""
    shown = RequestShown(
        request_id=one.request_id,
        endpoint=one.endpoint,
        outcome=one.outcome,
        result=one.result,
        created_at=one.created_at,
    )
    if one.refusal is not None:
        shown.rule, shown.received = one.refusal.rule, one.refusal.received
        shown.registered = one.refusal.registered
    return shown


class UseShown(Shown):
    """When a client last proved itself by a protocol."""

    client_id: str
    protocol: str
    last_used_at: datetime


class UsePage(Page[UseShown]):
    """Uses by client and protocol."""


class Stretches(BaseModel):
    """Which time: so many of the latest hours or days, of one client or of all together."""

    model_config = ConfigDict(extra="forbid")

    client_id: Name | None = Field(None, max_length=255)
    by: By = "day"
    last: int | None = Field(None, ge=1, le=400, description="omitted: 24 hours or 14 days")

    @field_validator("last")
    @classmethod
    def _told_at_once(cls, last: int | None, info: ValidationInfo) -> int | None:
        most = MOST.get(info.data.get("by", ""), 0)
        if last is not None and most and last > most:
            raise ValueError(f"must be 1 to {most}")
        return last


class StretchShown(Shown):
    """An hour or a day (UTC)."""

    at: datetime = Field(description="when it began")
    requests: int
    tokens: int = Field(description="answers that gave tokens")
    refused: int
    p95_ms: float | None = Field(
        None, description="95 of 100 requests took at most so long; an estimate"
    )
    people: int | None = Field(
        None, description="of a day: who signed in or was given tokens, each once"
    )


class CountShown(Shown):
    """How often something was asked or refused."""

    name: str
    count: int


class UsageShown(Shown):
    """How a client or a tenant was used."""

    by: By
    stretches: list[StretchShown] = Field(description="the oldest first, empty ones too")
    asked: list[CountShown] = Field(description="served, by grant type or endpoint")
    errors: list[CountShown] = Field(description="refused, by error code")
    tokens: int
    refused: int
    p95_ms: float | None = None


def usage_shown(use: Use) -> UsageShown:
    """Usage as it is answered."""
    return UsageShown(
        by=use.by,
        stretches=[StretchShown(**asdict(one)) for one in use.stretches],
        asked=[CountShown(name=name, count=count) for name, count in use.asked],
        errors=[CountShown(name=name, count=count) for name, count in use.errors],
        tokens=use.tokens,
        refused=use.refused,
        p95_ms=use.p95_ms,
    )


def use_shown(row: ClientUse) -> UseShown:
    """A stored use as it is answered."""
    return UseShown(**{name: getattr(row, name) for name in UseShown.model_fields})


class EventShown(Shown):
    """Who did what; with the tenant's id the digest can be checked."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    target_kind: str
    target_id: str
    detail: dict[str, Any]
    address: str
    request_id: str
    previous: str
    digest: str


class EventPage(Page[EventShown]):
    """Events, newest first."""


class WhichEvents(Paging):
    """Which events; each bound that is named narrows."""

    actor_id: Name | None = Field(None, max_length=255)
    action: Name | None = Field(None, max_length=60)
    target_kind: Name | None = Field(None, max_length=30)
    target_id: Name | None = Field(None, max_length=500)
    since: Moment | None = Field(None, description="the first moment asked for")
    until: Moment | None = Field(None, description="the first moment not asked for")


def event_shown(row: AuditRow) -> EventShown:
    """A stored event as it is answered."""
    return EventShown(**{name: getattr(row, name) for name in EventShown.model_fields})
