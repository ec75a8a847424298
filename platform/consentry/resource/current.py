"""Who is being served, for code that is not handed the request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

OAUTH: Final = "oauth"
OAUTH1: Final = "oauth1"

_OUTSIDE: Final = object()
_serving: ContextVar[Mapping[str, Any]] = ContextVar("consentry.resource", default={})  # noqa: B039


class Current:
    """Stands for what the request being served came with.

    False where the route lets people in without. Raises RuntimeError where no protector of the
    kind guards what runs: answering with nothing would look like a visitor without credentials.
    """

    __slots__ = ("_key", "_name")

    def __init__(self, key: str, name: str) -> None:
        self._key = key
        self._name = name

    def _found(self) -> Any:
        found = _serving.get().get(self._key, _OUTSIDE)
        if found is _OUTSIDE:
            raise RuntimeError(f"{self._name} is known inside a protected route only")
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Whoever looks at every name of a module must not be told off.
            raise AttributeError(name)
        return getattr(self._found(), name)

    def __getitem__(self, name: Any) -> Any:
        return self._found()[name]

    def __bool__(self) -> bool:
        return self._found() is not None

    def __eq__(self, other: object) -> bool:
        return bool(self._found() == other)

    def __hash__(self) -> int:
        return hash(self._found())

    def __repr__(self) -> str:
        found = _serving.get().get(self._key, _OUTSIDE)
        return f"<{self._name} outside a protected route>" if found is _OUTSIDE else repr(found)


current_token: Any = Current(OAUTH, "current_token")
"""The `AccessToken` of the request being served."""
current_credential: Any = Current(OAUTH1, "current_credential")
"""The OAuth 1 token credential of the request being served."""


def serve(values: Mapping[str, Any]) -> None:
    """From here on these are current, beside those of another kind."""
    _serving.set({**_serving.get(), **values})


@contextmanager
def afterwards_as_before() -> Iterator[None]:
    """What becomes current inside is not outside."""
    before = _serving.get()
    try:
        yield
    finally:
        # Not reset(): the end of a dependency may run in another context than its beginning.
        _serving.set(before)
