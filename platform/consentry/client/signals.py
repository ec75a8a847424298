"""Telling an app what happened."""

from collections.abc import Callable
from typing import Any

from .hooks import resolved


class Signal:
    """Functions that are told, in the order they connected; coroutines are awaited."""

    def __init__(self) -> None:
        self._receivers: list[Callable[..., Any]] = []

    def connect(self, receiver: Callable[..., Any]) -> Callable[..., Any]:
        """Tell this one too; usable as a decorator. It is called as `receiver(sender, **told)`."""
        self._receivers.append(receiver)
        return receiver

    async def send(self, sender: object, **told: Any) -> None:
        """Tell everybody."""
        for receiver in self._receivers:
            await resolved(receiver(sender, **told))
