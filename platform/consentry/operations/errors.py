"""Why an operation was not done."""

from collections.abc import Sequence

from pydantic import ValidationError

_REASONS = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "none_required": "must be null",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


class OperationError(Exception):
    """What was asked for was not done; the text says why, in one line."""


class Refused(OperationError):
    """A value breaks a rule. `key` is its place, such as `redirect_uris[0]`."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}" if key else reason)
        self.key, self.reason = key, reason


class Conflict(Refused):
    """Another thing has that name already."""


class NotFound(OperationError):
    """There is no such thing here."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!a}")
        self.kind, self.name = kind, name


class Forbidden(OperationError):
    """Whoever asks may not; `permission` is what they lack."""

    def __init__(self, permission: str, reason: str = "") -> None:
        super().__init__(reason or f"this needs the permission {permission}")
        self.permission = permission


def refusal(error: ValidationError) -> Refused:
    """The first mistake pydantic found. No value that was given is in the text."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    # A default drawn from a member that is itself wrong is not a mistake of its own.
    first = next(one for one in found if one["type"] != "default_factory_not_called")
    reason = reason_of(first["type"], first["msg"])
    if first["loc"]:
        return Refused(place(first["loc"]), reason[:1].lower() + reason[1:])
    # A rule between members names its key itself: `key: reason`, or `key, key: reason`.
    keys, colon, rest = reason.partition(": ")
    return Refused(keys.partition(",")[0], rest) if colon else Refused("", reason)


def reason_of(kind: str, message: str) -> str:
    """What pydantic says, in the words of JSON and YAML where it speaks of Python's."""
    return _REASONS.get(kind, message.removeprefix("Value error, "))


def place(steps: Sequence[str | int]) -> str:
    """Steps into a document as a key path: `("tenants", 0, "slug")` is `tenants[0].slug`."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
