"""What models have in common: their shape, pages, cursors, counts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from consentry.api.problems import Fault, Problem
from consentry.crypto import base64url
from consentry.operations.lists import Page as Found

MAX_CURSOR = 2_000
# What every database has room for.
MAX_DIGITS = 18


def _moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("needs an offset, such as Z")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no moment of our calendar") from None


def _kept(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a character that no name has")
    return text


Moment = Annotated[datetime, AfterValidator(_moment)]
"""A time with its offset from UTC."""
Name = Annotated[str, AfterValidator(_kept)]
"""A text that a database may be asked for."""


class Sent(BaseModel):
    """A body: strict, so that 1 is no "1", and without members we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """An answer. A member that is null is left out."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=False)


Item = TypeVar("Item", bound=BaseModel)


class Page(Shown, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="send as `after` for the next page")


class Paging(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, max_length=MAX_CURSOR, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=100, description="items at most")


class Search(Paging):
    """Which page of what begins so."""

    q: Name = Field("", max_length=200, description="what it begins with, whatever the case")


class Ended(Shown):
    """How many ended."""

    ended: int


def cursor(values: object) -> str | None:
    """Where the next page begins, as a text; None at the end."""
    return None if values is None else base64url.encode(orjson.dumps(values))


def read_cursor(text: str | None, *kinds: type) -> list[Any] | None:
    """The values of a cursor, of these kinds. Raises Problem 400 for any other text."""
    if text is None:
        return None
    try:
        values = orjson.loads(base64url.decode(text))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError
        return [_read(kind, value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError):
        fault = Fault("after", "is no cursor of this list")
        raise Problem(400, "invalid_query", "a parameter is wrong", [fault]) from None


def read_place(text: str | None, kind: type) -> Any:
    """The one value of a cursor; None without a cursor. Raises Problem 400."""
    values = read_cursor(text, kind)
    return values[0] if values else None


def _read(kind: type, value: Any) -> Any:
    if not isinstance(value, str) or "\0" in value or not value.isprintable():
        raise ValueError
    if kind is datetime:
        return _moment(datetime.fromisoformat(value))
    if kind is int and len(value) > MAX_DIGITS:
        raise ValueError
    return kind(value)


Made = TypeVar("Made", bound=BaseModel)


def page_of(model: type[Page[Any]], items: Sequence[BaseModel], found: Found[Any, Any]) -> Any:
    """A page of the model, its cursor sealed into a text."""
    values = found.next
    if values is not None and not isinstance(values, tuple):
        values = (values,)
    return model.model_construct(items=list(items), next=cursor(values))


def patch_of(name: str, model: type[BaseModel], about: str, *, leave: Sequence[str] = ()) -> Any:
    """A model of the same members where each may be omitted, and null puts its default back."""
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", strict=True),
        __doc__=about,
        **{
            key: (_optional(field), Field(None, description=field.description))
            for key, field in model.model_fields.items()
            if key not in leave
        },
    )  # type: ignore[call-overload]


def _optional(field: FieldInfo) -> Any:
    kind: Any = field.annotation
    for rule in field.metadata:
        kind = Annotated[kind, rule]
    return kind | None
