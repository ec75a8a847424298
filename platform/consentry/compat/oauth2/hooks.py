"""What an application may hang on: hooks around steps, and signals of what happened.

Both run in the order they were registered, one after the other, plain or asynchronous.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from .calls import settle

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Hook = Callable[..., Any]


class Hookable:
    """Something with named steps that others may listen to."""

    def __init__(self) -> None:
        self._hooks: dict[str, list[Hook]] = {}

    def register_hook(self, hook_type: str, hook: Hook) -> None:
        """Call `hook(self, …)` at this step, after those registered before it."""
        self._hooks.setdefault(hook_type, []).append(hook)

    async def execute_hook(self, hook_type: str, *args: Any) -> None:
        """Run every hook of a step, each to its end before the next; what one raises ends it."""
        for hook in self._hooks.get(hook_type, ()):
            await settle(hook(self, *args))

    async def around(
        self,
        step: str,
        act: Callable[Arguments, Awaitable[Result]],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Do a step between its `before_` and its `after_` hooks.

        Whoever overrides a step cannot leave its hooks out by accident: a proof key hangs on
        one of them.
        """
        await self.execute_hook(f"before_{step}", *args)
        result = await settle(act(*args, **kwargs))
        await self.execute_hook(f"after_{step}", result)
        return result


class Signal:
    """Something that happened, told to whoever connected."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._receivers: list[Hook] = []

    def connect(self, receiver: Hook) -> Hook:
        """Call `receiver(sender, **details)` each time; returns it, so it may be a decorator."""
        self._receivers.append(receiver)
        return receiver

    async def send(self, sender: object, **details: Any) -> None:
        """Tell every receiver, in order."""
        for receiver in self._receivers:
            await settle(receiver(sender, **details))
