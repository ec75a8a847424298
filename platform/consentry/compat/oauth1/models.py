"""Rows of an app's own: by a function, or by a class that can find and save itself."""

from collections.abc import Callable
from typing import Any

from consentry.resource.oauth1 import settled

Function = Callable[..., Any]


def finder(model: Any, *names: str) -> Function:
    """A function from these fields to a row or None.

    model: a function of these fields, in this order; or a class with `find(**fields)`, or with
    a manager `objects` whose `get(**fields)` raises the class's `DoesNotExist`.
    """
    if not isinstance(model, type):
        return _function(model)

    async def find(*values: Any) -> Any:
        fields = dict(zip(names, values, strict=True))
        if hasattr(model, "find"):
            return await settled(model.find(**fields))
        return await _managed(model, fields)

    if not (hasattr(model, "find") or hasattr(model, "objects")):
        raise TypeError(f"{model.__name__} has neither find() nor objects")
    return find


def saver(model: Any) -> Function:
    """A function from a dictionary of fields to the saved row.

    model: a function of such a dictionary; or a class whose objects have `save()`.
    """
    if not isinstance(model, type):
        return _function(model)
    if not callable(getattr(model, "save", None)):
        raise TypeError(f"{model.__name__} has no save()")

    async def save(fields: dict[str, Any]) -> Any:
        row: Any = model(**fields)
        await settled(row.asave() if hasattr(row, "asave") else row.save())
        return row

    return save


async def _managed(model: Any, fields: dict[str, Any]) -> Any:
    manager = model.objects
    get = manager.aget if hasattr(manager, "aget") else manager.get
    try:
        return await settled(get(**fields))
    except model.DoesNotExist:
        return None


def _function(given: Any) -> Function:
    if not callable(given):
        raise TypeError(f"{type(given).__name__} is neither a class nor a function")
    found: Function = given
    return found
