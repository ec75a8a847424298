"""Audit events kept as files when their time in the database is over."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson

from consentry.operations.audit import described
from consentry.records.audit import AuditRow
from consentry.store.sweeping import NotExported


class Archive:
    """A folder with one of each tenant, by its id, and in that one file of JSON Lines a month.

    Lines are as `audit export` writes them. An event is there once; twice, by the same `seq`
    and `digest`, if a process ended between the file and the database. Names are ids because a
    slug may be another tenant's later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, tenant_id: UUID, rows: Sequence[AuditRow]) -> None:
        """Events on the disk, for good, before they may go. Raises NotExported."""
        try:
            await asyncio.to_thread(self._keep, tenant_id, rows)
        except OSError as error:
            place = error.filename or self._folder
            raise NotExported(f"{place}: {error.strerror}") from error

    def _keep(self, tenant_id: UUID, rows: Sequence[AuditRow]) -> None:
        folder = self._folder / str(tenant_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for month, events in groupby(rows, lambda row: f"{row.at.astimezone(UTC):%Y-%m}"):
            lines = [orjson.dumps(described(row)) + b"\n" for row in events]
            _append(folder / f"{month}.jsonl", b"".join(lines))
        # A file is found after a power failure only if its folders are on the disk too.
        for one in (folder, self._folder):
            _sync_folder(one)


def _append(path: Path, lines: bytes) -> None:
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(_end_of_lines(file))
        file.truncate()
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends: half a one is left by a process that died writing it.

    Its event was not deleted then, so it comes again.
    """
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65_536)
        file.seek(start)
        last = file.read(end - start).rfind(b"\n")
        if last >= 0:
            return start + last + 1
        end = start
    return 0


def _sync_folder(path: Path) -> None:
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
