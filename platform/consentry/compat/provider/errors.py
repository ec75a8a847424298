"""Refusals as the views hand them about: an exception around a flat dictionary."""

from collections.abc import Mapping
from typing import Self

from consentry.spec import errors as spec


class OAuthError(Exception):
    """A refusal the caller may read; its first argument is the error dictionary.

    error: `error`, and `error_description` or `error_uri` if there are any. Characters that
    RFC 6749 §5.2 does not allow become `?`. headers: what the answer has to carry.
    """

    def __init__(
        self,
        error: Mapping[str, str],
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.error = {name: _plain(text) for name, text in error.items()}
        self.status = status
        self.headers = dict(headers or {})
        super().__init__(self.error)

    @classmethod
    def of(cls, refusal: spec.OAuthError) -> Self:
        """The same refusal, as these views tell it."""
        headers = {}
        if isinstance(refusal, spec.TooManyRequests):
            headers["Retry-After"] = str(refusal.retry_after)
        return cls(refusal.body(), status=refusal.status, headers=headers)

    @property
    def code(self) -> str:
        """The error code."""
        return self.error.get("error", spec.OAuthError.code)

    @property
    def description(self) -> str:
        """For people who write clients; may be empty."""
        return self.error.get("error_description", "")

    @property
    def uri(self) -> str:
        """Where more is written; may be empty (RFC 6749 §5.2)."""
        return self.error.get("error_uri", "")

    def body(self) -> dict[str, str]:
        """The members of the answer."""
        return dict(self.error)


class OAuthValidationError(OAuthError):
    """A form does not hold; the dictionary names the first fault only."""


def _plain(text: str) -> str:
    return spec.OAuthError(text).description
