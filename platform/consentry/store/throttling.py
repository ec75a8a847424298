"""The generic cell rate algorithm: one number a subject, wherever it is kept.

The number is the theoretical arrival time, in Unix milliseconds. An attempt moves it by
`step_ms` and is refused while it is past `limit_ms`.
"""

from collections.abc import Callable
from datetime import datetime
from math import ceil
from uuid import UUID

from consentry.store.ports import Throttles

ThrottlesOf = Callable[[UUID, Throttles], Throttles]
"""The throttles of a tenant, given those of its database."""


def in_database(tenant_id: UUID, database: Throttles) -> Throttles:
    """Those of the database themselves."""
    return database


def unix_ms(now: datetime) -> int:
    """Milliseconds since 1970."""
    return int(now.timestamp() * 1000)


def step_ms(count: int, period_s: int) -> int:
    """Milliseconds that one attempt moves the arrival time."""
    return max(1, period_s * 1000 // count)


def limit_ms(now_ms: int, *, count: int, period_s: int) -> int:
    """The latest arrival time at which an attempt still goes on."""
    return now_ms + step_ms(count, period_s) * (count - 1)


def wait_s(ahead_ms: int) -> int:
    """Whole seconds to wait when the arrival time is so far past the limit, at least one."""
    return max(1, ceil(ahead_ms / 1000))
