"""The figures of the simulation as text and as JSON."""

from dataclasses import asdict
from typing import Any

from benchmarks.simulation import Phase, Simulated

TOKENS = "client credentials", "refresh", "code"


def simulated_lines(found: Simulated) -> str:
    """Each phase, then what the database has become."""
    size = found.size
    lines = [
        f"{size.tenants:,} tenants, {size.authorizations:,} authorizations, made in "
        f"{found.prepared_s:.0f} s"
    ]
    for name, phase in found.phases.items():
        lines += _phase_lines(name, phase)
    server_us, database_us = found.cold_us
    lines.append(f"a tenant's first request: {server_us:.0f} + {database_us:.0f} us more")
    lines.append("a million answers of the busy phase add")
    for table, (grown, rows) in found.growth.items():
        lines.append(f"  {table:<20}{grown / 1e6:>9.1f} MB{rows:>12,.0f} rows")
    lines.append(f"database {found.database_bytes / 1e6:,.0f} MB; largest tables")
    for table, (held, _) in list(found.tables.items())[:5]:
        lines.append(f"  {table:<20}{held / 1e6:>9.1f} MB")
    memory = ", ".join(f"{name} {held / 1e6:.0f} MB" for name, held in found.memory.items())
    lines.append(f"memory: {memory}; {found.connections} connections")
    return "\n".join(lines)


def _phase_lines(name: str, phase: Phase) -> list[str]:
    lines = [
        f"{name}: {phase.answers / phase.seconds:,.0f} answers/s, "
        f"{phase.visits / phase.seconds:,.1f} visits/s for {phase.seconds:.1f} s; of CPU "
        f"{phase.us(phase.server_s):.0f} us server + {phase.us(phase.database_s):.0f} us database; "
        f"{phase.wal / phase.answers:.0f} bytes of WAL, "
        f"{phase.commits / phase.answers:.2f} transactions an answer; "
        f"{_a_million_tokens(phase):.0f} CPU-s a million tokens; load average {phase.load:.1f}"
    ]
    for kind, (count, p50_ms, p99_ms) in sorted(phase.kinds.items()):
        share = count / phase.answers
        lines.append(f"  {kind:<20}{share:>7.1%}{p50_ms:>9.1f} ms{p99_ms:>9.1f} ms")
    return lines


def _a_million_tokens(phase: Phase) -> float:
    """CPU-seconds of all that happened while a million access tokens were given."""
    given = sum(phase.kinds[kind][0] for kind in TOKENS if kind in phase.kinds)
    return 1e6 * (phase.server_s + phase.database_s) / given if given else 0.0


def simulated_json(found: Simulated) -> dict[str, Any]:
    """What the simulation saw, by name."""
    return asdict(found)
