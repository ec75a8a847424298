"""Calling what an application brings: functions of either kind, plain or asynchronous."""

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any, TypeVar, overload

Result = TypeVar("Result")


@overload
async def settle(value: Awaitable[Result]) -> Result: ...
@overload
async def settle(value: Result) -> Result: ...
async def settle(value: Any) -> Any:
    """What a call gave, awaited when it was asynchronous."""
    if isawaitable(value):
        return await value
    return value


async def holds(value: object) -> bool:
    """Whether a predicate said yes.

    Awaited first: a coroutine nobody awaited counts as true wherever it is tested.
    """
    return bool(await settle(value))


async def was_taken(value: object, by: str) -> bool:
    """Whether this call was the one that spent something. Raises TypeError for no answer.

    One of two requests at once must lose, so "nothing returned" cannot stand for yes.
    """
    taken = await settle(value)
    if taken is True or taken is False:
        return taken
    raise TypeError(f"{by} must return True when this call spent it and False when another had")
