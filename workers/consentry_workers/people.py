"""How many people were seen on a day: counted by tenant and client, kept as numbers alone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from consentry.records.usage import ALL, PeopleOfDay
from consentry.store.usage import Reached, Seen
from consentry.tenancy.deployment import Deployment
from consentry_workers.pace import Pace
from consentry_workers.report import Report

PEOPLE_A_SECOND: Final = 20_000

Counts = dict[tuple[UUID, datetime, str], int]


async def count_people(deployment: Deployment) -> Report:
    """Count who signed in or had tokens today, and yesterday as far as rows still tell.

    It walks through all people, some at a time, and keeps numbers only. A day's number grows
    from run to run and never falls, so to run twice changes nothing. Nobody is missed but
    whoever came after a day's last run and was seen again before the next one.
    """
    today = deployment.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    usage, since = deployment.store.usage, today - timedelta(days=1)
    pace = Pace(PEOPLE_A_SECOND, deployment.store.ping)
    waiting: Counts = {}
    kept, after = 0, None
    while True:
        await pace.calm()
        found, after = await usage.seen(since, after=after, most=pace.batch)
        _add(waiting, found)
        over = _over(waiting, after)
        await usage.keep_people(over)
        kept += len(over)
        if after is None:
            return Report(kept)
        await pace.rest(pace.batch)


def _add(waiting: Counts, found: Iterable[Seen]) -> None:
    """Count each person once a day, for the tenant and for each client."""
    who: dict[tuple[UUID, datetime, str], set[UUID]] = {}
    for one in found:
        day = one.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for client_id in {ALL, one.client_id}:
            who.setdefault((one.tenant_id, day, client_id), set()).add(one.user_id)
    for key, people in who.items():
        waiting[key] = waiting.get(key, 0) + len(people)


def _over(waiting: Counts, reached: Reached | None) -> list[PeopleOfDay]:
    """The counts of tenants that are behind the walk; they wait no more."""
    tenant_id = reached[0] if reached else None
    over = [key for key in waiting if key[0] != tenant_id]
    return [PeopleOfDay(*key, waiting.pop(key)) for key in over]
