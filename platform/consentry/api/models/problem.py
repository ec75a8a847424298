"""How a refusal looks (RFC 9457)."""

from pydantic import Field

from consentry.api.models.common import Shown


class FaultShown(Shown):
    """One mistake."""

    path: str = Field(description="its place, such as redirect_uris[0]")
    message: str


class ProblemShown(Shown):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="for programs")
    instance: str | None = Field(None, description="the id of the request")
    errors: list[FaultShown] | None = None
