"""Names and people as apps give them: import paths, and user objects of any kind."""

from importlib import import_module
from typing import Any


def imported(path: str) -> Any:
    """The object at a dotted import path, or `module:name`. Raises ImportError."""
    module, _, name = path.replace(":", ".").rpartition(".")
    if not module:
        raise ImportError(f"{path!r} names no module")
    try:
        return getattr(import_module(module), name)
    except AttributeError:
        raise ImportError(f"{module} has no {name}") from None


def subject_id(user: Any) -> Any:
    """The id of a signed-in user: its `subject_id`, `get_user_id()`, `pk` or `id`, in that order.

    Texts and numbers stand for themselves. Raises TypeError for an object with none of them.
    """
    if isinstance(user, str | int):
        return user
    for name in ("subject_id", "get_user_id", "pk", "id"):
        found = getattr(user, name, None)
        if found is not None:
            found = found() if callable(found) else found
            return found if isinstance(found, str | int) else str(found)
    raise TypeError(f"{type(user).__name__} has no subject_id, get_user_id, pk or id")
