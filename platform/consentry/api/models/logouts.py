"""How clients were told of logouts."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from consentry.api.models.common import Page, Paging, Shown
from consentry.operations.logouts import Logout


class LogoutShown(Shown):
    """A client told, or to be told, of the end of a session."""

    logout_id: UUID
    client_id: str
    user_id: UUID | None = Field(
        None, description="of a pairwise client only for those who may read authorizations"
    )
    state: Literal["waiting", "done", "dead", "dropped"]
    attempts: int
    outcome: str = Field(description="of the last attempt")
    created_at: datetime
    due_at: datetime | None = Field(None, description="when it is tried next")
    finished_at: datetime | None = None


class LogoutPage(Page[LogoutShown]):
    """Logouts, the newest first."""


class WhichLogouts(Paging):
    """Which page."""


class ToldAgain(Shown):
    """The logout that is told once more."""

    logout_id: UUID


def logout_shown(one: Logout) -> LogoutShown:
    """A logout as it is answered."""
    return LogoutShown(**asdict(one))
