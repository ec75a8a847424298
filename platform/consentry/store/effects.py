"""What a store knows of work in the background: effects that wait, and jobs that come again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.job import JobRow
from consentry.records.outbox import Effect
from consentry.records.process import Process


@dataclass(frozen=True, slots=True)
class Backlog:
    """waiting: effects that are not done, also those that wait to be tried again. dead: tried
    in vain. oldest_due_at: since when the longest waiting one might have been taken."""

    waiting: int
    dead: int
    oldest_due_at: datetime | None


class Outbox(Protocol):
    """The effects of one tenant."""

    async def add(self, effects: Sequence[Effect]) -> None:
        """Store them; inside `begin` they are done only if the change is."""

    async def get(self, effect_id: UUID) -> Effect | None: ...
    async def page(
        self,
        kind: str,
        *,
        subject: str | None = None,
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[Effect]:
        """Of one kind, newest first, those older than `before` (created_at, effect_id)."""

    async def again(self, effect_id: UUID, now: datetime) -> bool:
        """Do one that is finished again, as if it were new. False if there is none such."""

    async def undone_again(
        self, kind: str, *, subject: str, since: datetime, now: datetime, limit: int
    ) -> int:
        """The same for those that are dead or dropped, stored at or after `since`; how many."""

    async def counts(self, kind: str, *, subject: str, since: datetime) -> Mapping[str, int]:
        """How many were stored at or after `since`, by state; a state with none is left out."""


class Effects(Protocol):
    """The effects of all tenants, for those who do them."""

    async def take(
        self, now: datetime, *, until: datetime, limit: int, busy: Sequence[UUID] = ()
    ) -> list[Effect]:
        """At most `limit` that are due, the longest waiting first, none of the `busy` tenants.

        Nobody else is given them before `until`. Two takers at once share the work.
        """

    async def keep(self, held: Sequence[Effect], until: datetime) -> None:
        """Hold what was taken for longer; what was put off for longer still stays so."""

    async def recall(self, now: datetime, latest: Mapping[str, Sequence[datetime]]) -> int:
        """What waits for a time later than it can is due now; how many.

        latest: by kind, the latest time to be due after no attempt, after one, and so on; the
        last is for all further. Kinds that are not in it are left alone.
        """

    async def settle(self, held: Effect, *, state: str, outcome: str, now: datetime) -> bool:
        """It is finished: `done`, `dead` or `dropped`. False if it was taken away meanwhile."""

    async def put_off(self, held: Effect, *, due_at: datetime, outcome: str | None) -> bool:
        """To be taken again at `due_at`. False if it was taken away meanwhile.

        outcome: of this attempt; None hands it back as if it had not been taken.
        """

    async def backlog(self) -> Backlog: ...
    async def dead(
        self, *, before: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[Effect]:
        """Those tried in vain, the last one first, behind `before` (finished_at, effect_id)."""


class Jobs(Protocol):
    """The jobs of the deployment, by name."""

    async def all(self) -> list[JobRow]: ...
    async def ensure(self, names: Sequence[str], now: datetime) -> None:
        """There is a row for each, due now if it is new."""

    async def claim(
        self, name: str, runner: str, *, now: datetime, until: datetime,
        latest: datetime | None = None,
    ) -> bool:  # fmt: skip
        """Begin a run if it is due and not paused; nobody else may before `until`.

        latest: one that is due later was put off by a clock that has been set back, and is
        due now.
        """

    async def keep(self, name: str, runner: str, until: datetime) -> bool:
        """Hold a run for longer. False if somebody else began one meanwhile."""

    async def finish(self, ran: JobRow) -> bool:
        """Store how `ran.runner`'s run went, and when the next is due. False as above."""

    async def release(self, name: str, runner: str, now: datetime) -> bool:
        """Give up a run as if it had not begun; it is due again. False as above."""

    async def pause(self, name: str, at: datetime | None) -> bool:
        """Pause it, or with None let it go on. False if there is none such."""

    async def hasten(self, name: str, now: datetime) -> bool:
        """It is due now. False if there is none such, or it runs."""


class Processes(Protocol):
    """The processes of the deployment, as they show themselves."""

    async def seen(self, process: Process) -> None:
        """It is there: stored, or its `seen_at` moves."""

    async def gone(self, name: str) -> None:
        """It ended in good order."""

    async def all(self, since: datetime) -> list[Process]:
        """Those seen since then, the oldest first."""
