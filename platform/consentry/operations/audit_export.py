"""Audit events as files: JSON Lines, or CSV for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from consentry.operations.audit import described, each_event
from consentry.store.trail import ANY_EVENT, Audit, AuditFilter

COLUMNS: Final = (
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "target_kind",
    "target_id",
    "detail",
    "address",
    "request_id",
    "previous",
    "digest",
)
# What a spreadsheet takes for a formula when a cell begins with it (CWE-1236).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def json_lines(audit: Audit, asked: AuditFilter = ANY_EVENT) -> AsyncIterator[str]:
    """One JSON object a line, oldest event first; each line ends with a line feed."""
    async for row in each_event(audit, asked):
        yield orjson.dumps(described(row)).decode() + "\n"


async def csv_lines(audit: Audit, asked: AuditFilter = ANY_EVENT) -> AsyncIterator[str]:
    """A line of column names, then one for each event, oldest first (RFC 4180).

    `detail` is JSON. A text that a spreadsheet would run has an apostrophe in front.
    """
    yield _line(COLUMNS)
    async for row in each_event(audit, asked):
        made = described(row)
        made["detail"] = orjson.dumps(made["detail"]).decode()
        yield _line([_cell(made[name]) for name in COLUMNS])


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: Any) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
