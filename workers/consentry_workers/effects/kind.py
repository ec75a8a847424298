"""What a kind of effect is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from consentry.records.outbox import Effect
from consentry.tenancy.context import TenantContext


class Later(Exception):
    """It was not done; to be tried again. The text is the outcome in words, nothing secret.

    after_s: seconds to wait at least, when whom we asked said so.
    """

    def __init__(self, outcome: str, *, after_s: int = 0) -> None:
        super().__init__(outcome)
        self.after_s = after_s


class Never(Exception):
    """It cannot be done, now or later. The text is the outcome in words, nothing secret."""


class NotYet(Exception):
    """This release does not know how; a process of a newer one, which stored it, will."""


class Moot(Exception):
    """There is nothing to do any more. The text is the outcome in words, nothing secret."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How effects of a kind are done.

    do: inside the effect's tenant; gives the outcome in words (`200`, `sent`), raises Later,
    Never, Moot or NotYet. It may be called again for what was done already: whoever receives
    it must be able to tell by an id. waits: seconds before the second attempt, the third, and so
    on; after the last one it is dead. limit_s: an attempt is cut after so many seconds.
    """

    do: Callable[[TenantContext, Effect], Awaitable[str]]
    waits: tuple[int, ...]
    limit_s: float = 15.0
