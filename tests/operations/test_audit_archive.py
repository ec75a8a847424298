"""Events kept as files when their time in the database is over."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from consentry.operations.audit_archive import Archive
from consentry.records.audit import AuditRow, Event, chained, digest_of
from consentry.store.sweeping import NotExported

PHOTOS, LETTERS = UUID(int=1), UUID(int=2)
MAY, JUNE = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def rows(tenant_id: UUID, *times: datetime, first: int = 1) -> list[AuditRow]:
    made: list[AuditRow] = []
    for seq, at in enumerate(times, first):
        before = made[-1].digest if made else ""
        made.append(chained(tenant_id, seq, before, Event(at, "client.create", "system")))
    return made


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jsonl"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_each_tenant_has_a_file_a_month_from_which_digests_can_be_checked(
    tmp_path: Path,
) -> None:
    archive = Archive(tmp_path / "kept" / "audit")
    kept = rows(PHOTOS, MAY, JUNE, JUNE)
    await archive.keep(PHOTOS, kept[:2])
    await archive.keep(LETTERS, rows(LETTERS, MAY))
    await archive.keep(PHOTOS, kept[2:])
    found = files(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        f"kept/audit/{PHOTOS}/2026-05.jsonl",
        f"kept/audit/{PHOTOS}/2026-06.jsonl",
        f"kept/audit/{LETTERS}/2026-05.jsonl",
    ]
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}
    told = [one for path in found[:2] for one in lines(path)]
    assert [one["seq"] for one in told] == [1, 2, 3]
    for one in told:
        row = AuditRow(tenant_id=PHOTOS, **{**one, "at": datetime.fromisoformat(one["at"])})
        assert digest_of(row) == one["digest"]
    assert [one["previous"] for one in told[1:]] == [one["digest"] for one in told[:-1]]


@pytest.mark.parametrize("torn", [b'{"seq": 2, "at', b"x" * 70_000])
async def test_what_a_dead_process_left_of_a_line_does_not_spoil_the_next(
    tmp_path: Path, torn: bytes
) -> None:
    archive, kept = Archive(tmp_path), rows(PHOTOS, MAY, MAY)
    await archive.keep(PHOTOS, kept[:1])
    path = tmp_path / str(PHOTOS) / "2026-05.jsonl"
    path.write_bytes(path.read_bytes() + torn)
    await archive.keep(PHOTOS, kept[1:])
    assert [one["seq"] for one in lines(path)] == [1, 2]


async def test_a_file_with_half_a_line_alone_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / str(PHOTOS) / "2026-05.jsonl"
    path.parent.mkdir()
    path.write_bytes(b'{"seq"')
    await Archive(tmp_path).keep(PHOTOS, rows(PHOTOS, MAY))
    assert [one["seq"] for one in lines(path)] == [1]


async def test_two_that_write_at_once_write_whole_lines(tmp_path: Path) -> None:
    each = [rows(PHOTOS, *[MAY] * 40, first=first) for first in range(1, 400, 40)]
    await asyncio.gather(*(Archive(tmp_path).keep(PHOTOS, some) for some in each))
    found = lines(tmp_path / str(PHOTOS) / "2026-05.jsonl")
    assert sorted(one["seq"] for one in found) == list(range(1, 401))


async def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotExported, match=r"file.*: Not a directory"):
        await Archive(tmp_path / "file").keep(PHOTOS, rows(PHOTOS, MAY))
