"""Pictures of numbers, drawn on the server: points and bars for SVG elements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

WIDEST: Final = 28


class Bar(NamedTuple):
    """A bar of a chart, in units of its view box."""

    x: float
    y: float
    width: float
    height: float


def line_points(values: Sequence[float], width: float = 100, height: float = 24) -> str:
    """`points` of a polyline through the values, the largest at the top.

    No value is below the bottom line, which is zero; a single one is a level line.
    """
    if len(values) < 2:
        values = [*values, *values] or [0, 0]
    most = max(*values, 0) or 1
    step = width / (len(values) - 1)
    return " ".join(
        f"{_short(number * step)},{_short(height - max(value, 0) / most * height)}"
        for number, value in enumerate(values)
    )


def bars(values: Sequence[float], width: float = 600, height: float = 120) -> list[Bar]:
    """A bar for each value, side by side; what is more than nothing is seen."""
    most = max(values, default=0) or 1
    slot = width / max(len(values), 1)
    wide = min(slot * 0.75, WIDEST)
    made = []
    for number, value in enumerate(values):
        tall = max(value / most * height, 1.5) if value > 0 else 0.0
        x = number * slot + (slot - wide) / 2
        made.append(Bar(*(round(one, 2) for one in (x, height - tall, wide, tall))))
    return made


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
