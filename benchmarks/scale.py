"""Whether a request costs more when there are many tenants and many authorizations."""

from dataclasses import dataclass
from statistics import median

from benchmarks import place as places_of
from benchmarks import wire
from benchmarks.cases import INTROSPECTION, REFRESH, Case
from benchmarks.comparison import MOST_A_SECOND, Effort
from benchmarks.data import Place, new_places, write_authorizations, write_crowd, write_places
from benchmarks.load import Traffic, drive_each
from benchmarks.measure import cost
from benchmarks.place import Database
from benchmarks.processes import Server, resident_bytes

DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is beside the tenant that is asked."""

    tenants: int
    authorizations: int


@dataclass(frozen=True, slots=True)
class Scaled:
    """ratios: cost with many over cost with one, by case. Seconds to ready, resident bytes."""

    size: Size
    ratios: dict[str, float]
    start_s: float
    resident: int
    resident_at_start: int


async def measure(postgres_url: str, size: Size, effort: Effort) -> Scaled:
    """Fill a database, start a server on it, ask each tenant once, then compare costs."""
    async with (
        places_of.new_database(postgres_url, "bench_one") as small,
        places_of.new_database(postgres_url, "bench_many") as large,
    ):
        one, many = new_places(1), new_places(size.tenants)
        await write_places(small.connection, one)
        await write_places(large.connection, many)
        await write_crowd(large.connection, size.tenants, size.authorizations)
        starts = [_start_s(large) for _ in range(3)]
        with places_of.consentry(small) as alone, places_of.consentry(large) as crowded:
            at_start = resident_bytes(crowded.pid)
            ask_each(crowded.port, many)
            resident = resident_bytes(crowded.pid)
            # A client is read when it first comes: the costs compared are those after.
            grant = "client_credentials"
            hosts = [f"{p.slug}.localhost:{crowded.port}" for p in many]
            asks = [wire.post(host, "/oauth2/token", grant_type=grant) for host in hosts]
            drive_each(crowded.port, Traffic(asks))
            ratios = {}
            for case in (REFRESH, INTROSPECTION):
                for name, asked in ((case.name, many[:1]), (f"{case.name}, all tenants", many)):
                    ratios[name] = await _ratio(
                        case, effort, (small, alone, one), (large, crowded, asked)
                    )
        return Scaled(size, ratios, median(starts), resident, at_start)


Side = tuple[Database, Server, list[Place]]


async def _ratio(case: Case, effort: Effort, small: Side, large: Side) -> float:
    if effort.warm_s:
        await _turn(case, small, large, effort.warm_s)
    return median([await _turn(case, small, large, effort.seconds) for _ in range(effort.rounds)])


async def _turn(case: Case, small: Side, large: Side, seconds: float) -> float:
    costs = []
    for database, server, places in (small, large):
        count = round(MOST_A_SECOND * seconds)
        rows = await write_authorizations(database.connection, places, count, generation=1)
        requests = case.ours(f"localhost:{server.port}", rows)
        traffic = Traffic(requests, once=case.once)
        costs.append(cost(server, database.postmaster, traffic, seconds))
    return costs[1].total_us / costs[0].total_us


def _start_s(database: Database) -> float:
    with places_of.consentry(database) as server:
        return server.started_s


def ask_each(port: int, places: list[Place]) -> None:
    """Ask every tenant for its metadata."""
    asks = [wire.get(f"{p.slug}.localhost:{port}", DISCOVERY) for p in places]
    drive_each(port, Traffic(asks))
