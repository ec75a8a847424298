"""Pictures of numbers stay within their frame and say which number is larger."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentry.web.charts import bars, line_points

NUMBERS = st.lists(st.one_of(st.integers(0, 10**12), st.floats(0, 1e12)), max_size=60)


def points(values: list[float]) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in line_points(values).split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_a_line_runs_from_edge_to_edge_its_top_at_the_top() -> None:
    assert points([0, 2, 1]) == [(0, 24), (50, 0), (100, 12)]


@pytest.mark.parametrize("values", [[], [0], [0, 0], [7]])
def test_what_is_no_line_is_a_level_one(values: list[float]) -> None:
    (x, y), (end, level) = points(values)
    assert (x, end, y) == (0, 100, level)


@settings(max_examples=40)
@given(NUMBERS)
def test_no_line_and_no_bar_leaves_its_frame(values: list[float]) -> None:
    for x, y in points(values):
        assert 0 <= x <= 100
        assert 0 <= y <= 24
    made = bars(values)
    assert len(made) == len(values)
    for bar in made:
        assert 0 <= bar.x
        assert bar.x + bar.width <= 600.01
        assert 0 <= bar.y
        assert bar.y + bar.height <= 120.01


def test_a_bar_is_as_tall_as_its_number_and_the_least_is_seen() -> None:
    none, least, half, most = bars([0, 1, 500, 1_000])
    assert (none.height, least.height, half.height, most.height) == (0, 1.5, 60, 120)


def test_bars_stand_apart_in_their_order() -> None:
    made = bars([1] * 90)
    assert all(one.x + one.width < other.x for one, other in pairwise(made))
