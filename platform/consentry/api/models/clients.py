"""Clients and their secrets."""

from datetime import datetime
from typing import Any, Literal, Optional
from uuid import UUID

from pydantic import ConfigDict, Field, create_model

from consentry.api.models.common import Moment, Name, Page, Sent, Shown, patch_of
from consentry.operations.members import AppPerson
from consentry.records.client import ClientRow, ClientSecret
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.later_metadata import LaterMetadata

UNSUPPORTED = frozenset(LaterMetadata.model_fields)
NAMES = tuple(name for name in ClientMetadata.model_fields if name not in UNSUPPORTED)

_Metadata: Any = patch_of(
    "ClientMetadata", ClientMetadata, "Client metadata.", leave=sorted(UNSUPPORTED)
)


class ClientPatch(_Metadata):  # type: ignore[misc]
    """What of a client changes (RFC 7396): omitted stays, null puts the default back.

    Names with a language tag, such as `client_name#ja`, are taken too.
    """

    # What is not known here is for `operations` to refuse by name.
    model_config = ConfigDict(extra="allow", strict=True)

    disabled: bool | None = Field(None, description="it can do nothing, and no token of it counts")

    def given(self) -> dict[str, Any]:
        """The metadata that was sent."""
        return dict(self.model_dump(mode="json", exclude_unset=True, exclude={"disabled"}))


class NewClient(ClientPatch):
    """A client to register."""

    client_id: str | None = Field(
        None, max_length=255, description="made up when omitted; the consumer key of OAuth 1"
    )
    client_secret: str | None = Field(
        None, max_length=512, description="made up when omitted, if the client uses one"
    )

    def given(self) -> dict[str, Any]:
        """The metadata that was sent."""
        own = {"disabled", "client_id", "client_secret"}
        return dict(self.model_dump(mode="json", exclude_unset=True, exclude=own))


class _Client(Shown):
    model_config = ConfigDict(extra="allow")

    client_id: str
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None


_MEMBERS: dict[str, Any] = {
    name: (Optional[ClientMetadata.model_fields[name].annotation], None)  # noqa: UP045
    for name in NAMES
}
ClientShown: Any = create_model(
    "Client",
    __base__=_Client,
    __doc__="A registered client: its metadata with defaults filled in.",
    **_MEMBERS,
)


class ClientMade(ClientShown):
    """A client that was just registered, with its secret if it has one."""

    client_secret: str | None = Field(None, description="shown this once")


class ClientPage(Page[ClientShown]):
    """Clients by id."""


def shown(row: ClientRow, metadata: ClientMetadata | None = None, **more: Any) -> Any:
    """A stored client as it is answered."""
    metadata = metadata or ClientMetadata.model_validate(row.metadata_)
    values: dict[str, Any] = {name: getattr(metadata, name) for name in NAMES}
    values |= {**metadata.localized, **more}
    for name in ("client_id", "created_at", "changed_at", "disabled_at"):
        values[name] = getattr(row, name)
    return (ClientMade if more else ClientShown).model_construct(**values)


class SecretShown(Shown):
    """One secret that counts; its text is known to nobody but who was given it."""

    secret_id: UUID
    label: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class SecretMade(SecretShown):
    """A secret that was just made."""

    client_secret: str = Field(description="shown this once")


class SecretList(Page[SecretShown]):
    """The secrets of a client that count, newest first."""


class NewSecret(Sent):
    """A secret to make beside those that count."""

    label: str = Field("", max_length=100)
    expires_at: Moment | None = None


def secret_shown(row: ClientSecret) -> SecretShown:
    """A stored secret as it is answered."""
    return SecretShown(**_secret(row))


def secret_made(row: ClientSecret, text: str) -> SecretMade:
    """A new one, with its text."""
    return SecretMade(client_secret=text, **_secret(row))


def _secret(row: ClientSecret) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SecretShown.model_fields}


class MemberShown(Shown):
    """Somebody who manages an app."""

    user_id: UUID
    username: str
    role: str = Field(description="owner or member")
    since: datetime


class MemberList(Page[MemberShown]):
    """Who manages an app, longest first."""


class NewMember(Sent):
    """A developer, and what they are to the app."""

    user: Name = Field(min_length=1, max_length=320, description="username or e-mail")
    role: Literal["owner", "member"] = "member"


def member_shown(person: AppPerson) -> MemberShown:
    """Somebody who manages an app, as they are answered."""
    return MemberShown(
        user_id=person.user.user_id,
        username=person.user.username,
        role=person.member.role,
        since=person.member.since,
    )
