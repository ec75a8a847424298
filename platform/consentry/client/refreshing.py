"""One refresh for all who need it at the same time.

A refresh token is often good for one use, and its second use ends the whole family (RFC 9700
§4.14.2). So whoever comes with the same one waits for the first caller's answer, or is given it
for a while afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from consentry.crypto.secrets import digest

from .tokens import Token, is_expired

REMEMBERED: Final = 60.0
MAX_REMEMBERED: Final = 1024


class Refreshes:
    """Refreshes under way and just done, in this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running: dict[bytes, asyncio.Task[Token]] = {}
        self._done: dict[bytes, tuple[float, Token]] = {}

    async def once(self, spent: str, renew: Callable[[], Awaitable[Token]]) -> Token:
        """The token that `renew` gives for a spent one, called once for all who ask.

        It runs to its end even if whoever asked first goes away: the provider may have spent
        the old token by then.
        """
        key = digest(spent)
        known = self._recent(key)
        if known is not None:
            return dict(known)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.ensure_future(renew())
            task.add_done_callback(lambda done: self._finished(key, done))
        return dict(await asyncio.shield(task))

    def _recent(self, key: bytes) -> Token | None:
        until, token = self._done.get(key, (0.0, {}))
        now = self._clock()
        return token if until > now and not is_expired(token, now) else None

    def _finished(self, key: bytes, task: asyncio.Task[Token]) -> None:
        del self._running[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._done.pop(key, None)
        while len(self._done) >= MAX_REMEMBERED:
            del self._done[next(iter(self._done))]
        self._done[key] = self._clock() + REMEMBERED, task.result()
