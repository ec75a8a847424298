"""Whether an audit trail is as it was written."""

from dataclasses import dataclass
from typing import Final

from consentry.operations.audit import PAGE
from consentry.operations.errors import OperationError, Refused
from consentry.records.audit import AuditHead, AuditRow, digest_of
from consentry.store.trail import Audit
from consentry.tenancy.actor import OPERATORS

TRIES: Final = 3
NO_HEAD: Final = AuditHead(tenant_id=OPERATORS)


@dataclass(frozen=True, slots=True)
class Verified:
    """A whole chain: events from number `first` to `last`, whose digest is `digest`.

    Noted elsewhere, the last two show later that nobody has written the chain anew.
    """

    events: int
    first: int
    last: int
    digest: str


class Broken(OperationError):
    """The trail is not as it was written, from event `seq` on."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"the audit trail is broken at event {seq}: {reason}")
        self.seq = seq


async def verify(
    audit: Audit, noted: tuple[int, str] | None = None, *, is_begun: bool = False
) -> Verified:
    """Read the whole trail and compare every digest. Raises Broken.

    noted: number and digest of an event as an earlier verification told them. Raises Refused
    for one that was swept since, or has not happened. is_begun: that there is no trail at all is
    no beginning, as of a tenant, whose first event is that it was made.
    """
    if is_begun and await audit.head() is None:
        raise Broken(1, "all of it is gone")
    for _ in range(TRIES - 1):
        head = await audit.head()
        try:
            return await _verify(audit, head or NO_HEAD, noted)
        except Broken:
            # What a sweep took from the front meanwhile is not missing.
            if _began(head) == _began(await audit.head()):
                raise
    return await _verify(audit, await audit.head() or NO_HEAD, noted)


def _began(head: AuditHead | None) -> int | None:
    return None if head is None else head.swept_seq


async def _verify(audit: Audit, head: AuditHead, noted: tuple[int, str] | None) -> Verified:
    seq, digest, found = head.swept_seq, head.swept_digest, noted is None
    page = await audit.onward(after=-1, limit=PAGE)
    if not head.seq and page:
        raise Broken(page[0].seq, "the head of the chain is gone")
    while page and seq < head.seq:
        for row in page:
            if seq == head.seq:
                break
            _check(row, seq + 1, digest)
            seq, digest = row.seq, row.digest
            found = found or _is_noted(row, noted)
        page = await audit.onward(after=seq, limit=PAGE)
    if (seq, digest) != (head.seq, head.digest):
        raise Broken(seq + 1, f"events up to {head.seq} are missing")
    if not found and noted is not None:
        raise Refused("noted", f"event {noted[0]} is not in the trail, which begins at "
                               f"{head.swept_seq + 1} and ends at {head.seq}")  # fmt: skip
    await _check_end(audit, head)
    return Verified(head.seq - head.swept_seq, head.swept_seq + 1, head.seq, head.digest)


async def _check_end(audit: Audit, head: AuditHead) -> None:
    beyond = await audit.onward(after=head.seq, limit=1)
    now = await audit.head() if beyond else None
    if now is not None and now.seq == head.seq:
        raise Broken(beyond[0].seq, "it was not appended to the chain")


def _check(row: AuditRow, seq: int, previous: str) -> None:
    if row.seq != seq:
        raise Broken(min(seq, row.seq), f"event {row.seq} stands where {seq} belongs")
    if row.previous != previous:
        raise Broken(seq, "it does not follow the one before")
    if digest_of(row) != row.digest:
        raise Broken(seq, "it was altered")


def _is_noted(row: AuditRow, noted: tuple[int, str] | None) -> bool:
    if noted is None or row.seq != noted[0]:
        return False
    if row.digest != noted[1]:
        raise Broken(row.seq, "its digest is not the one that was noted")
    return True
