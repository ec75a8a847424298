"""Compliance hooks: where a provider strays from the specification, an app sets it right."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any, Final

import httpx2

from .http import Outgoing

REQUEST_HOOKS: Final = (
    "protected_request",
    "refresh_token_request",
    "revoke_token_request",
    "introspect_token_request",
)
RESPONSE_HOOKS: Final = ("access_token_response", "refresh_token_response")
HOOKS: Final = (*REQUEST_HOOKS, *RESPONSE_HOOKS)

Hook = Callable[..., Any]


async def resolved(value: Any) -> Any:
    """The value itself, awaited where it has to be: callables of apps may be either."""
    return await value if isawaitable(value) else value


class ComplianceHooks:
    """Functions by the kind of moment they are for, run in the order they came, each once."""

    def __init__(self) -> None:
        self._hooks: dict[str, list[Hook]] = {name: [] for name in HOOKS}

    def register(self, hook_type: str, hook: Hook) -> None:
        """Add one. Raises ValueError for a type that is none of `HOOKS`."""
        if hook_type not in self._hooks:
            raise ValueError(f"no such hook: {hook_type!r}; there are {', '.join(HOOKS)}")
        if hook not in self._hooks[hook_type]:
            self._hooks[hook_type].append(hook)

    async def before(
        self, hook_type: str, url: str, headers: dict[str, str], body: Any
    ) -> Outgoing:
        """What to send after `hook(url, headers, body)` of each, which gives the three again."""
        for hook in self._hooks[hook_type]:
            url, headers, body = await resolved(hook(url, headers, body))
        return url, headers, body

    async def after(self, hook_type: str, answer: httpx2.Response) -> httpx2.Response:
        """The answer after `hook(response)` of each, which gives a response."""
        for hook in self._hooks[hook_type]:
            answer = await resolved(hook(answer))
        return answer
