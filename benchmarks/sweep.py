"""Whether requests feel that millions of expired rows are taken away beside them."""

import os
import time
import urllib.request
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import asyncpg

from benchmarks import place as places_of
from benchmarks.cases import REFRESH
from benchmarks.data import Place, new_places, write_places
from benchmarks.load import drive
from benchmarks.place import Database
from benchmarks.processes import Server

# More refreshes than one process answers in a second here.
MOST_A_SECOND = 6_000
SAYS = "consentry_swept_rows_total{"
STARTS_S = 30.0


@dataclass(frozen=True, slots=True)
class Size:
    """rows: expired ones in each table, and as many that live. seconds: of one turn.

    budgets: rows a second that are tried, each for `rounds` turns; the last one then goes on,
    under load, until nothing expired is left.
    """

    rows: dict[str, int]
    budgets: tuple[int, ...]
    rounds: int
    seconds: float


FULL = Size(
    {"authorization": 2_000_000, "nonce": 2_000_000, "refusal": 1_000_000},
    budgets=(5_000, 50_000), rounds=4, seconds=8,
)  # fmt: skip
QUICK = Size(
    {"authorization": 8_000, "nonce": 8_000, "refusal": 4_000},
    budgets=(50_000,), rounds=1, seconds=1,
)  # fmt: skip


@dataclass(slots=True)
class Turns:
    """Latencies of refreshes in milliseconds and rows swept a second, turn by turn."""

    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    swept_a_second: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bloat:
    """Bytes of a table with its indexes: with as many expired rows, swept, after a VACUUM, and
    of the rows that live written anew."""

    full: int
    swept: int
    vacuumed: int
    anew: int


@dataclass(frozen=True, slots=True)
class Swept:
    """p99 of each budget is to be compared with that of the turns without a sweep beside it."""

    size: Size
    without: dict[int, Turns]
    beside: dict[int, Turns]
    bloat: dict[str, Bloat]
    load_before: float
    load_after: float

    def ratio(self, budget: int) -> float:
        """The median of p99 with a sweep over the median without."""
        return median(self.beside[budget].p99_ms) / median(self.without[budget].p99_ms)


async def measure(postgres_url: str, size: Size) -> Swept:
    """Fill a database, refresh with and without a sweep in turn, then look at the tables."""
    async with places_of.new_database(postgres_url, "bench_sweep") as database:
        places = new_places(10)
        await write_places(database.connection, places)
        await database.connection.execute(_TENANTS)
        for way in (-1, 1):
            for table, count in size.rows.items():
                await database.connection.execute(_FILL[table], count, way)
        await database.connection.execute("VACUUM ANALYZE")
        before, full = os.getloadavg()[0], await _bytes(database, size)
        without = {budget: Turns() for budget in size.budgets}
        beside = {budget: Turns() for budget in size.budgets}
        for budget in size.budgets:
            for _ in range(size.rounds):
                await _turn(database, places, size.seconds, 0, without[budget])
                await _turn(database, places, size.seconds, budget, beside[budget])
        while await _has_expired(database, size):
            await _turn(database, places, size.seconds, budget, beside[budget])
        swept, after = await _bytes(database, size), os.getloadavg()[0]
        await database.connection.execute("VACUUM")
        vacuumed, anew = await _bytes(database, size), await _bytes_anew(database, size)
        bloat = {
            name: Bloat(full[name], swept[name], vacuumed[name], anew[name]) for name in size.rows
        }
        return Swept(size, without, beside, bloat, before, after)


async def _turn(
    database: Database, places: list[Place], seconds: float, budget: int, turns: Turns
) -> None:
    jobs = {"CONSENTRY_EMBEDDED_JOBS": "false"}
    if budget:
        jobs = {
            "CONSENTRY_SWEEP_ROWS_PER_SECOND": str(budget),
            "CONSENTRY_SWEEP_INTERVAL": "1",
            # The live ones shall stay.
            "CONSENTRY_REFUSALS_KEPT": "10000000",
        }
    with places_of.consentry(database, settings=jobs) as server:
        traffic = await REFRESH.traffic(
            database.connection, places, REFRESH.ours, server.port, round(MOST_A_SECOND * seconds)
        )
        before, began = _swept_rows(server) if budget else 0.0, time.perf_counter()
        run = drive(server.port, traffic, seconds)
        took = time.perf_counter() - began
        turns.p50_ms.append(run.p50_ms)
        turns.p99_ms.append(run.p99_ms)
        if budget:
            turns.swept_a_second.append((_metric(server) - before) / took)


def _swept_rows(server: Server) -> float:
    """Rows swept so far, once the sweep has begun."""
    end = time.monotonic() + STARTS_S
    while not (rows := _metric(server)):
        if time.monotonic() > end:
            raise RuntimeError("no sweep began")
        time.sleep(0.05)
    return rows


def _metric(server: Server) -> float:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/metrics", headers={"Host": f"localhost:{server.port}"}
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(SAYS))


_EXPIRED = {
    "authorization": "expires_at < now() - interval '1 day'",
    "nonce": "expires_at < now()",
    "refusal": "created_at < now() - interval '30 days'",
}


async def _has_expired(database: Database, size: Size) -> bool:
    found = [f'EXISTS (SELECT FROM "{name}" WHERE {_EXPIRED[name]})' for name in size.rows]
    return bool(await database.connection.fetchval(f"SELECT {' OR '.join(found)}"))


async def _bytes(database: Database, size: Size) -> dict[str, int]:
    """Of each table with its indexes."""
    return {name: await _bytes_of(database.connection, name) for name in size.rows}


async def _bytes_of(connection: "asyncpg.Connection[Any]", table: str) -> int:
    found = await connection.fetchval("SELECT pg_total_relation_size($1::text::regclass)",
                                      f'"{table}"')  # fmt: skip
    return int(found)


async def _bytes_anew(database: Database, size: Size) -> dict[str, int]:
    """As large as each would be if it had been written just now."""
    found = {}
    for name in size.rows:
        await database.connection.execute(
            f'CREATE TABLE anew (LIKE "{name}" INCLUDING ALL); INSERT INTO anew TABLE "{name}"'
        )
        found[name] = await _bytes_of(database.connection, "anew")
        await database.connection.execute("DROP TABLE anew")
    return found


_TENANTS = """
    CREATE TEMP TABLE place AS
    SELECT tenant_id, user_id, row_number() OVER () - 1 AS turn FROM end_user"""
# As rows of equal lifetimes do, these expire in about the order they were written in.
# 1 how many, 2 which way their times lie: -1 for expired ones. The tenants take turns.
_FILL = {
    "authorization": """
     INSERT INTO "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
       redirect_uri_given, auth_time, amr, created_at, generation, rotated_at, expires_at)
     SELECT tenant_id, gen_random_uuid(), 'printer', user_id, 'oauth2', 'photos.read', '', true,
       now(), 'pwd', now() - interval '40 days', 1, now(),
       now() + $2::int * interval '1 day' * (2 + 7 * ($1::int - n)::float / $1::int + random() / 20)
     FROM generate_series(1, $1::int) n JOIN place ON turn = n % 10""",
    "nonce": """
     INSERT INTO nonce (tenant_id, purpose, value, expires_at)
     SELECT tenant_id, 'oauth1', md5(n::text || $2::int) || md5(tenant_id::text || n),
       now() + $2::int * interval '1 day' * (1 + ($1::int - n)::float / $1::int + random() / 99)
     FROM generate_series(1, $1::int) n JOIN place ON turn = n % 10""",
    "refusal": """
     INSERT INTO refusal (tenant_id, refusal_id, client_id, endpoint, error, rule, received,
       registered, created_at)
     SELECT tenant_id, gen_random_uuid(), 'printer', 'token', 'invalid_grant', 'code unknown', '',
       '', now() - interval '1 day' * (16 - 15 * $2::int + 10 * ($1::int - n)::float / $1::int)
     FROM generate_series(1, $1::int) n JOIN place ON turn = n % 10""",
}
