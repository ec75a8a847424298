"""Counts of use as pages show them: labelled for charts, and as a file."""

import csv
import io
from collections.abc import Sequence

from starlette.responses import Response

from consentry.operations.usage import By, Stretch, Use, use_of
from consentry_admin.visit import Visit, asked

COLUMNS = ("at", "requests", "tokens", "refused", "p95_ms", "people")
CHARTS = ("tokens", "people", "refused", "p95_ms")


def span_of(visit: Visit) -> By:
    """Whether the address asks for hours; days otherwise."""
    return "hour" if asked(visit, "by") == "hour" else "day"


def labels(use: Use) -> list[str]:
    """A short name for each stretch."""
    return [_label(one, use.by) for one in use.stretches]


def charted(use: Use, name: str) -> list[tuple[str, float]]:
    """One number of each stretch with its label, for a bar chart."""
    values = [getattr(one, name) or 0 for one in use.stretches]
    return list(zip(labels(use), values, strict=True))


def charts_of(use: Use) -> dict[str, list[tuple[str, float]]]:
    """What the page of it shows; people are known by day only."""
    return {name: charted(use, name) for name in CHARTS if name != "people" or use.by == "day"}


async def as_file(visit: Visit, client_id: str | None, name: str) -> Response:
    """The same numbers as CSV (RFC 4180). Raises Forbidden, NotFound."""
    use = await use_of(visit.ctx, client_id, by=span_of(visit))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}-{use.by}s.csv"',
    }
    return Response(_rows(use.stretches), 200, headers, "text/csv; charset=utf-8; header=present")


def _rows(stretches: Sequence[Stretch]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for one in stretches:
        at = one.at.isoformat(timespec="seconds")
        # What is not known is written as nothing.
        writer.writerow((at, one.requests, one.tokens, one.refused, one.p95_ms, one.people))
    return text.getvalue()


def _label(one: Stretch, by: By) -> str:
    return f"{one.at:%H}:00" if by == "hour" else f"{one.at.day} {one.at:%b}"
