"""Figures as text and as JSON."""

from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.cases import SIGNED
from benchmarks.comparison import Compared
from benchmarks.measure import Cost
from benchmarks.pages import MOST_MS, Pages
from benchmarks.peers.comparison import Beside
from benchmarks.scale import Scaled
from benchmarks.sweep import Swept

MOST_COST, MOST_START_S, MOST_RESIDENT = 1.15, 2.0, 150 * 1_000_000
MOST_SWEEP_COST = 1.5


def compared_line(found: Compared) -> str:
    """A case in two rows: Consentry, then the bare route."""
    verdict = _verdict(found.ratio >= found.case.target)
    return (
        f"{found.case.name:<19}{_figures(found.ours)}  {found.ratio:>5.2f}  "
        f"(>= {found.case.target:.2f}) {verdict}\n"
        f"{'  bare: ' + found.case.statement:<19}{_figures(found.bare)}"
    )


HEADING = (
    f"{'case':<19}{'/CPU-s':>8}{'server':>8}{'postgres':>9}{'p50':>8}{'p99':>8}  ratio\n"
    f"{'':<27}{'us':>8}{'us':>9}{'ms':>8}{'ms':>8}"
)


def beside_line(found: Beside) -> str:
    """A peer in two rows: Consentry, then the peer."""
    return (
        f"{SIGNED.name:<19}{_figures(found.ours)}  {found.ratio:>5.2f}  "
        f"(>= {found.peer.target:.2f}) {_verdict(found.ratio >= found.peer.target)}\n"
        f"{'  ' + found.peer.name:<19}{_figures(found.theirs)}"
    )


def _figures(cost: Cost) -> str:
    return (
        f"{cost.a_second:>8.0f}{cost.server_us:>8.0f}{cost.database_us:>9.0f}"
        f"{cost.p50_ms:>8.2f}{cost.p99_ms:>8.2f}"
    )


def _verdict(holds: bool) -> str:
    return "met" if holds else "MISSED"


def scaled_lines(found: Scaled) -> str:
    """What many tenants cost."""
    size = found.size
    lines = [f"with {size.tenants:,} tenants and {size.authorizations:,} authorizations"]
    for name, ratio in found.ratios.items():
        lines.append(
            f"  cost of {name:<29}{ratio:>6.2f} x one tenant's  (<= {MOST_COST}) "
            + _verdict(ratio <= MOST_COST)
        )
    lines.append(
        f"  start to /readyz {'':<20}{found.start_s:>6.2f} s  (<= {MOST_START_S:g}) "
        + _verdict(found.start_s <= MOST_START_S)
    )
    lines.append(
        f"  resident after each was asked {'':<7}{found.resident / 1e6:>6.0f} MB "
        f"({found.resident_at_start / 1e6:.0f} at start)  (<= {MOST_RESIDENT // 1_000_000}) "
        + _verdict(found.resident <= MOST_RESIDENT)
    )
    return "\n".join(lines)


def pages_lines(found: Pages) -> str:
    """Each page in a row."""
    lines = [
        f"{'page':<42}{'p50 ms':>8}{'p95 ms':>8}{'server':>8}{'postgres':>9}{'bytes':>8}"
        f"  (p95 <= {MOST_MS:g} ms)"
    ]
    for one in found.pages:
        lines.append(
            f"{one.page:<42}{one.p50_ms:>8.1f}{one.p95_ms:>8.1f}{one.server_ms:>8.1f}"
            f"{one.database_ms:>9.1f}{one.bytes:>8}  " + _verdict(one.p95_ms <= MOST_MS)
        )
    lines.append(f"load average {found.load_before:.1f} before, {found.load_after:.1f} after")
    return "\n".join(lines)


def swept_lines(found: Swept) -> str:
    """What a sweep beside them does to refreshes, and to the tables."""
    lines = [f"{sum(found.size.rows.values()):,} expired rows, and as many that live"]
    for budget, turns in found.beside.items():
        ratio, without = found.ratio(budget), found.without[budget]
        lines.append(
            f"  {budget:>7,} rows/s: {median(turns.swept_a_second):>7,.0f} swept/s, "
            f"refresh p50 {median(without.p50_ms):.1f} -> {median(turns.p50_ms):.1f} ms, "
            f"p99 {median(without.p99_ms):.1f} -> {median(turns.p99_ms):.1f} ms, "
            f"{ratio:.2f} x  (<= {MOST_SWEEP_COST}) {_verdict(ratio <= MOST_SWEEP_COST)}"
        )
    for table, seen in found.bloat.items():
        lines.append(
            f"  {table:<14} {seen.full / 1e6:>6.0f} MB, swept {seen.swept / 1e6:.0f}, vacuumed "
            f"{seen.vacuumed / 1e6:.0f}; written anew {seen.anew / 1e6:.0f}: "
            f"{seen.vacuumed / seen.anew:.2f} x"
        )
    lines.append(f"load average {found.load_before:.1f} before, {found.load_after:.1f} after")
    return "\n".join(lines)


def swept_json(found: Swept) -> dict[str, Any]:
    """What a sweep did, by name."""
    return {**asdict(found), "ratios": {budget: found.ratio(budget) for budget in found.beside}}


def compared_json(found: Compared) -> dict[str, Any]:
    """A case's figures by name."""
    return {
        "case": found.case.name,
        "target": found.case.target,
        "ratio": found.ratio,
        "ours": _cost_json(found.ours),
        "bare": _cost_json(found.bare),
    }


def beside_json(found: Beside) -> dict[str, Any]:
    """A peer's figures by name."""
    return {
        "peer": found.peer.name,
        "target": found.peer.target,
        "ratio": found.ratio,
        "ours": _cost_json(found.ours),
        "theirs": _cost_json(found.theirs),
    }


def _cost_json(cost: Cost) -> dict[str, float]:
    return {**asdict(cost), "operations_per_cpu_second": cost.a_second}


def scaled_json(found: Scaled) -> dict[str, Any]:
    """What many tenants cost, by name."""
    return asdict(found)


def pages_json(found: Pages) -> dict[str, Any]:
    """What pages took, by name."""
    return asdict(found)
