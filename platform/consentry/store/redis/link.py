"""One Redis, and whether it is worth asking."""

import asyncio
import random
from contextlib import suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from consentry.redis_pool import ANSWER_S, CONNECT_S, redis_pool
from consentry.store.redis.scripts import TAKE, Script
from consentry.telemetry import get_logger

CONNECTIONS: Final = 16
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 2.0
LOOK_EVERY_S: Final = 5.0
PROBE: Final = "consentry:probe"


class Link:
    """Asks Redis, and leaves it alone after it did not answer.

    `watch` finds it again: it looks after a second, then every two, so whoever asks meanwhile
    loses no time.
    """

    def __init__(self, url: str, answer_s: float = ANSWER_S) -> None:
        self._pool = redis_pool(url, most=CONNECTIONS, answer_s=answer_s)
        self._patience_s = CONNECT_S + answer_s
        self._redis = Redis(connection_pool=self._pool)
        self._lost = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether Redis answered when it was asked last."""
        return not self._lost.is_set()

    async def run(self, script: Script, key: str, *arguments: int) -> int | None:
        """What the script gives; None if Redis cannot be asked.

        Then it may have run all the same: the answer did not come in time.
        """
        if not self.is_up:
            return None
        try:
            return await self._answer(script, key, *arguments)
        except (RedisError, OSError) as error:
            self._lose(error)
            return None

    async def watch(self) -> None:
        """Find out when Redis goes and when it is back; does not end."""
        pause = FIRST_PAUSE_S
        while True:
            if await self._looks_well():
                pause = FIRST_PAUSE_S
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._lost.wait(), LOOK_EVERY_S)
            if not self.is_up:
                # Never longer, so that many processes come back apart but all in time.
                await asyncio.sleep(pause * random.uniform(0.75, 1.0))  # noqa: S311
                pause = min(2 * pause, LONGEST_PAUSE_S)

    async def aclose(self) -> None:
        """Close every connection, also one whose other end is silent."""
        with suppress(RedisError, OSError):
            await self._pool.aclose()

    async def _answer(self, script: Script, key: str, *arguments: int) -> int:
        async with asyncio.timeout(self._patience_s):
            words: tuple[str | int, ...] = (1, key, *arguments)
            try:
                return await self._command("EVALSHA", script.digest, *words)
            except NoScriptError:
                # Started anew, or emptied of scripts; it remembers this one from now on.
                return await self._command("EVAL", script.text, *words)

    async def _command(self, *words: str | int) -> int:
        return int(await self._redis.execute_command(*words))  # type: ignore[no-untyped-call]

    async def _looks_well(self) -> bool:
        # Not PING: that one is answered by a Redis that takes no writes, or none of ours.
        try:
            await self._answer(TAKE, PROBE, 0, 1, 0)
        except (RedisError, OSError) as error:
            self._lose(error)
            return False
        if not self.is_up:
            self._lost.clear()
            get_logger().info("redis_found")
        return True

    def _lose(self, error: Exception) -> None:
        if self.is_up:
            self._lost.set()
            get_logger().warning("redis_lost", reason=f"{type(error).__name__}: {error}")
