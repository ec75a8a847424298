"""One measurement: drive a server and divide the answers by the CPU-seconds they cost."""

from dataclasses import dataclass
from statistics import median

from benchmarks.load import Run, Traffic, drive
from benchmarks.processes import Server, cpu_seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU an answer cost, in the server and in the database; latencies in ms."""

    server_us: float
    database_us: float
    p50_ms: float
    p99_ms: float

    @property
    def total_us(self) -> float:
        """Server and database."""
        return self.server_us + self.database_us

    @property
    def a_second(self) -> float:
        """Answers per CPU-second."""
        return 1e6 / self.total_us


def cost(server: Server, postmaster: int, traffic: Traffic, seconds: float) -> Cost:
    """The cost of an answer, from the kernel's account of every process that took part."""
    server_before, database_before = _tree(server.pid), _tree(postmaster)
    run: Run = drive(server.port, traffic, seconds)
    server_s = _tree(server.pid) - server_before
    database_s = _tree(postmaster) - database_before
    return Cost(
        1e6 * server_s / run.answers, 1e6 * database_s / run.answers, run.p50_ms, run.p99_ms
    )


def _tree(pid: int) -> float:
    return cpu_seconds(pid, with_children=True)


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(one.server_us for one in costs),
        median(one.database_us for one in costs),
        median(one.p50_ms for one in costs),
        median(one.p99_ms for one in costs),
    )
