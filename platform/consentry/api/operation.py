"""One thing the API does: said once, for the door that serves it and the document about it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from consentry.operations.changing import changing
from consentry.tenancy.context import TenantContext

Query = TypeVar("Query")
Body = TypeVar("Body")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
BASE = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """A request whose every part was read: query and body are of the operation's models.

    ctx: on behalf of whoever asks, and inside the transaction when there is one.
    """

    ctx: TenantContext
    request: Request
    path: Mapping[str, str]
    query: Query
    body: Body


@dataclass(frozen=True, slots=True)
class Made:
    """A new thing and the address it has from now on."""

    answer: BaseModel
    location: str


@asynccontextmanager
async def _own_turn(call: Call[Any, Any]) -> AsyncIterator[TenantContext]:
    async with changing(call.ctx) as ctx:
        yield ctx


Enter = Callable[[Call[Any, Any]], AbstractAsyncContextManager[TenantContext]]
Handle = Callable[[Any], Awaitable[BaseModel | Made | None]]


@dataclass(frozen=True)
class Operation:
    """What a method of an address does.

    permission: of `operations.permissions`; `own` if it is about whoever asks, who needs it
    only as a scope of a token; None if anybody may. current: what GET answers there, for
    `If-Match`. prepare: slow work before the transaction, which may pass on another call.
    enter: the transaction in which a change with `If-Match` or a key takes its turn.
    creates: an `Idempotency-Key` counts. narrows: whoever may act for their own apps alone is
    not refused, but shown those. throttled: tries are counted.
    """

    name: str
    method: Method
    path: str
    tag: str
    summary: str
    details: str
    handle: Handle
    permission: str | None
    own: bool = False
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    current: Handle | None = None
    prepare: Callable[[Any], Awaitable[Any]] | None = None
    enter: Enter = _own_turn
    creates: bool = False
    narrows: bool = False
    throttled: bool = False

    @property
    def changes(self) -> bool:
        """Whether it does anything but read."""
        return self.method != "GET"

    @property
    def has_etag(self) -> bool:
        """Whether the answer carries the tag that `If-Match` wants back."""
        return self.status == 200 and self.answer is not None and not self.is_list

    @property
    def is_list(self) -> bool:
        """Whether the answer is one page of many."""
        return self.answer is not None and "items" in self.answer.model_fields


@dataclass
class Resource:
    """The operations on one kind of thing, in the order they are written down."""

    tag: str
    about: str
    operations: list[Operation] = field(default_factory=list)

    def __call__(
        self, method: Method, path: str, permission: str | None, **options: Any
    ) -> Callable[[Handle], Handle]:
        """Make a handler an operation. Its docstring's first line is the summary."""

        def keep(handle: Handle) -> Handle:
            said = (handle.__doc__ or "").strip()
            summary, _, details = said.partition("\n\n")
            name = getattr(handle, "__name__", "")
            self.operations.append(
                Operation(
                    name=name,
                    method=method,
                    path=BASE + path,
                    tag=self.tag,
                    summary=" ".join(summary.split()).rstrip("."),
                    details=" ".join(details.split()),
                    handle=handle,
                    permission=permission,
                    **options,
                )
            )
            return handle

        return keep
