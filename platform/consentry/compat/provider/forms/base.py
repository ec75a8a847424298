"""A form: parameters in, a typed value out, or the first fault as a flat dictionary."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from consentry.compat.provider.errors import OAuthValidationError
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.forms import Form

T = TypeVar("T")


class OAuthForm(ABC, Generic[T]):
    """One set of parameters and their rules.

    The first rule that does not hold ends the validation, so `errors` is one flat dictionary:
    `error` and `error_description`.
    """

    def __init__(self, data: Form) -> None:
        self.data = data
        self.errors: dict[str, str] = {}
        self._cleaned: T | None = None

    @abstractmethod
    async def clean(self) -> T:
        """The value. Raises OAuthValidationError, or an error of `consentry.spec`."""

    async def validated(self) -> T:
        """The value. Raises OAuthValidationError."""
        try:
            self._cleaned = await self.clean()
        except SpecError as refusal:
            raise OAuthValidationError.of(refusal) from refusal
        return self._cleaned

    async def is_valid(self) -> bool:
        """Whether all holds; `errors` has the first fault if not."""
        try:
            await self.validated()
        except OAuthValidationError as refusal:
            self.errors = refusal.body()
        return not self.errors

    @property
    def cleaned_data(self) -> T:
        """The value of a form that was found valid. Raises ValueError before that."""
        if self._cleaned is None:
            raise ValueError("the form is not valid, or was not looked at yet")
        return self._cleaned
