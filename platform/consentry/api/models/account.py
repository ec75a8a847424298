"""One's own account."""

from typing import Any

from pydantic import ConfigDict, Field

from consentry.api.models.common import Sent, Shown
from consentry.operations.account import OWN_CLAIMS
from consentry.records.user import User


class ProfileShown(Sent):
    """The claims a person may set about themselves."""

    claims: dict[str, Any] = Field(description=", ".join(OWN_CLAIMS))


def profile_shown(user: User) -> ProfileShown:
    """A person's own claims as they are answered."""
    return ProfileShown(claims={k: v for k, v in user.claims.items() if k in OWN_CLAIMS})


class OwnPassword(Sent):
    """Another password, by who knows the one so far."""

    current_password: str = Field(max_length=1_024)
    password: str = Field(min_length=8, max_length=1_024)


class Deletion(Sent):
    """The password, so that nobody else does it."""

    password: str = Field(max_length=1_024)


class DataShown(Shown):
    """All that is kept about a person."""

    model_config = ConfigDict(extra="allow")

    issuer: str
    written_at: str
    profile: dict[str, Any]
    sessions: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    authorizations: list[dict[str, Any]]
