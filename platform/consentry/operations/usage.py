"""How an app or a tenant was used: by hour or by day (UTC), by what was asked, and how fast."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from consentry.operations.errors import Refused
from consentry.operations.permissions import require
from consentry.records.usage import ALL, BOUNDS_MS, OK, PEOPLE, TOKENS
from consentry.store.usage import Leading, Used
from consentry.tenancy.context import TenantContext

By = Literal["hour", "day"]
MOST: Final = {"hour": 168, "day": 400}
"""How many stretches of time are told at once. Of what is older than eight days only days are
known: an hour then has all of its day."""
USUAL: Final = {"hour": 24, "day": 14}
STEP: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """An hour or a day. tokens: answers that gave tokens. p95_ms: None without a request.

    people: seen on that day, each once; None of an hour. Today's number is an hour old at most.
    """

    at: datetime
    requests: int
    tokens: int
    refused: int
    p95_ms: float | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """stretches: the oldest first, the last one not over yet; all of them, also empty ones.

    asked: requests served by grant type or endpoint, errors: those refused by error code, both
    the most frequent first. p95_ms: over all of the time.
    """

    by: By
    stretches: Sequence[Stretch]
    asked: Sequence[tuple[str, int]]
    errors: Sequence[tuple[str, int]]
    tokens: int
    refused: int
    p95_ms: float | None


async def use_of(
    ctx: TenantContext, client_id: str | None = None, *, by: By = "day", last: int | None = None
) -> Use:
    """How a client, or with None the whole tenant, was used in the `last` hours or days.

    Raises Forbidden, NotFound for an app of other people, and Refused.
    """
    await require(ctx, "usage.read", client_id)
    count = USUAL[by] if last is None else last
    if not 1 <= count <= MOST[by]:
        raise Refused("last", f"must be 1 to {MOST[by]}")
    until = begin_of(ctx.now(), by) + STEP[by]
    since = until - count * STEP[by]
    found = await ctx.store.usage.read(client_id or ALL, since, until)
    return summed(found, by, [since + n * STEP[by] for n in range(count)])


async def leading_clients(ctx: TenantContext, *, limit: int) -> Leading:
    """The clients that lead in the last 24 hours. Raises Forbidden."""
    await require(ctx, "usage.read")
    return await ctx.store.usage.leading(lately(ctx.now()), limit=limit)


def summed(found: Iterable[Used], by: By, begins: Sequence[datetime]) -> Use:
    """Counts put together: by stretch, and over all of them."""
    rows: dict[datetime, list[Used]] = {at: [] for at in begins}
    for one in found:
        rows.setdefault(begin_of(one.at, by), []).append(one)
    people = {at: _people(part) if by == "day" else None for at, part in rows.items()}
    rows = {at: [one for one in part if one.what != PEOPLE] for at, part in rows.items()}
    everything = [one for part in rows.values() for one in part]
    return Use(
        by=by,
        stretches=[_stretch(at, part, people[at]) for at, part in rows.items()],
        asked=_most((one.what, one.counts[0]) for one in everything if one.outcome == OK),
        errors=_most((one.outcome, one.counts[0]) for one in everything if one.outcome != OK),
        tokens=_tokens(everything),
        refused=_refused(everything),
        p95_ms=p95_ms([one.counts for one in everything]),
    )


def begin_of(moment: datetime, by: By) -> datetime:
    """When the hour or day (UTC) of a moment began."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=hour.hour) if by == "day" else hour


def lately(now: datetime) -> datetime:
    """When the last 24 hours began, the one that is not over yet among them."""
    return begin_of(now, "hour") - 23 * STEP["hour"]


def p95_ms(counts: Iterable[Sequence[int]]) -> float | None:
    """The time within which 95 of 100 requests were answered, in milliseconds; None for none.

    Estimated as if those of one class of speed were spread evenly over it; of the slowest
    class only its lower bound is known.
    """
    classes: list[int] = [sum(column) for column in zip(*counts, strict=True)][1:]
    wanted = 0.95 * sum(classes)
    if not wanted:
        return None
    lower = 0
    for upper, count in zip(BOUNDS_MS, classes, strict=False):
        if count >= wanted:
            return round(lower + (upper - lower) * wanted / count, 1)
        wanted, lower = wanted - count, upper
    return float(lower)


def _stretch(at: datetime, part: Sequence[Used], people: int | None) -> Stretch:
    total = sum(one.counts[0] for one in part)
    p95 = p95_ms([one.counts for one in part])
    return Stretch(at, total, _tokens(part), _refused(part), p95, people)


def _people(part: Iterable[Used]) -> int:
    return sum(one.counts[0] for one in part if one.what == PEOPLE)


def _tokens(part: Iterable[Used]) -> int:
    return sum(one.counts[0] for one in part if one.what in TOKENS and one.outcome == OK)


def _refused(part: Iterable[Used]) -> int:
    return sum(one.counts[0] for one in part if one.outcome != OK)


def _most(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    total: Counter[str] = Counter()
    for name, count in pairs:
        total[name] += count
    return total.most_common()
