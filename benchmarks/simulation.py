"""A deployment of many tenants, some busier than others, with everything going on at once."""

import asyncio
import os
import pathlib
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from benchmarks import place as places_of
from benchmarks import wire
from benchmarks.data import (
    Place,
    new_places,
    write_authorizations,
    write_crowd,
    write_passwords,
    write_places,
    write_signing_keys,
)
from benchmarks.driving import Seen, drive
from benchmarks.load import Traffic, drive_each
from benchmarks.place import Database
from benchmarks.processes import Server, cpu_seconds, family, resident_bytes
from benchmarks.visits import PASSWORD, Town, visits, zipf

SEED = 20261121
# Codes are used up by visits, one in twelve; refresh tokens and signers are not.
CODES_A_SECOND, HELD = 300, 4_000
PACE = 0.5
# Statistics of a backend are told a second after it falls idle, at the latest.
TOLD_S = 1.5


@dataclass(frozen=True, slots=True)
class Size:
    """seconds: of each of the two long phases; the two short ones take a quarter of it.

    people: share of visits at the pace in which somebody signs in. cache: tenants that the
    process keeps in the phase that asks what a small cache costs. cold: tenants asked twice.
    """

    tenants: int
    authorizations: int
    seconds: float
    people: float
    cache: int
    cold: int


FULL = Size(10_000, 1_000_000, 16, people=0.01, cache=500, cold=2_000)
QUICK = Size(30, 300, 0.4, people=0.1, cache=16, cold=10)


@dataclass(frozen=True, slots=True)
class Phase:
    """What a phase saw. kinds: answers, p50 and p99 in milliseconds, by kind of request.

    server_s, database_s: CPU-seconds. wal, commits: bytes and transactions of the database.
    """

    seconds: float
    visits: int
    kinds: Mapping[str, tuple[int, float, float]]
    server_s: float
    database_s: float
    wal: int
    commits: int
    load: float

    @property
    def answers(self) -> int:
        """Of every kind."""
        return sum(count for count, _, _ in self.kinds.values())

    def us(self, seconds: float) -> float:
        """Microseconds of an answer, of seconds of all."""
        return 1e6 * seconds / self.answers


@dataclass(frozen=True, slots=True)
class Simulated:
    """cold_us: CPU that a tenant's first request takes more than its second, server, database.

    growth: bytes of tables with their indexes that a million answers of the busy phase add, and
    rows inserted. rows, tables: of the whole database at the end. memory: proportional set size
    of the server and of the database's processes, bytes.
    """

    size: Size
    prepared_s: float
    cold_us: tuple[float, float]
    phases: Mapping[str, Phase]
    growth: Mapping[str, tuple[float, float]]
    tables: Mapping[str, tuple[int, int]]
    database_bytes: int
    memory: Mapping[str, int]
    connections: int


async def measure(postgres_url: str, size: Size) -> Simulated:
    """Fill a database, then: as fast as it goes, sign-ins alone, at a pace, a small cache."""
    async with places_of.new_database(postgres_url, "bench_town") as database:
        began = time.perf_counter()
        places = await _fill(database, size)
        prepared_s = time.perf_counter() - began
        phases: dict[str, Phase] = {}
        with places_of.consentry(database, settings={"CONSENTRY_SWEEP_INTERVAL": "5"}) as server:
            cold_us = _cold(database, server, places[: size.cold])
            town = await _town(database, server, places, size)
            await _phase(database, server, town, size.seconds / 4)
            before = await _tables(database)
            phases["busy"] = await _phase(database, server, town, size.seconds)
            growth = _growth(before, await _tables(database), phases["busy"].answers)
            phases["sign-ins"] = await _phase(database, server, town, size.seconds / 4, people=1.0)
            pace = PACE * phases["busy"].visits / phases["busy"].seconds
            phases["paced"] = await _phase(
                database, server, town, size.seconds, people=size.people, a_second=pace
            )
            memory = {"server": _proportional([server.pid]),
                      "server, resident": resident_bytes(server.pid),
                      "database": _proportional(family(database.postmaster))}  # fmt: skip
            connections = await _connections(database)
        few = {"CONSENTRY_TENANT_CACHE": str(size.cache)}
        with places_of.consentry(database, settings=few) as server:
            town = await _town(database, server, places, size)
            await _phase(database, server, town, size.seconds / 4)
            phases["small cache"] = await _phase(database, server, town, size.seconds / 4)
        total = await database.connection.fetchval("SELECT pg_database_size(current_database())")
        return Simulated(
            size, prepared_s, cold_us, phases, growth, await _tables(database), total, memory,
            connections,
        )  # fmt: skip


async def _fill(database: Database, size: Size) -> list[Place]:
    places = new_places(size.tenants)
    await write_places(database.connection, places)
    await write_signing_keys(database.connection, places)
    await write_passwords(database.connection, PASSWORD)
    await write_crowd(database.connection, size.tenants, size.authorizations)
    return places


async def _town(database: Database, server: Server, places: list[Place], size: Size) -> Town:
    random, weights = Random(SEED), zipf(len(places))
    base, write = f"localhost:{server.port}", database.connection
    count = round(CODES_A_SECOND * 3 * size.seconds) + HELD
    asked = random.choices(places, cum_weights=weights, k=count)
    scope = "openid photos.read"
    codes = await write_authorizations(write, asked, count, generation=0, scope=scope)
    held = await write_authorizations(write, asked[:HELD], HELD, generation=1)
    signers = await write_authorizations(write, asked[:HELD], HELD, generation=1, protocol="oauth1")
    tokens = deque(
        (f"{place.slug}.{base}", wire.first_refresh_token(place, one)) for place, one in held
    )
    await write.execute("CHECKPOINT")
    return Town(base, places, weights, random, deque(codes), tokens, signers)


async def _phase(
    database: Database, server: Server, town: Town, seconds: float,
    *, people: float = 0.0, a_second: float | None = None,
) -> Phase:  # fmt: skip
    pids = server.pid, database.postmaster
    wal, commits = await _written(database)
    used = [cpu_seconds(pid, with_children=True) for pid in pids]
    seen = drive(server.port, visits(town, people=people), seconds, a_second)
    server_s, database_s = (
        cpu_seconds(pid, with_children=True) - before
        for pid, before in zip(pids, used, strict=True)
    )
    load = os.getloadavg()[0]
    wal_after, commits_after = await _written(database)
    return Phase(
        seen.seconds, seen.visits, _kinds(seen), server_s, database_s,
        wal_after - wal, commits_after - commits, load,
    )  # fmt: skip


def _kinds(seen: Seen) -> dict[str, tuple[int, float, float]]:
    found = {}
    for kind, took in seen.took.items():
        took.sort()
        middle, last = took[len(took) // 2], took[len(took) * 99 // 100]
        found[kind] = len(took), 1000 * middle, 1000 * last
    return found


async def _written(database: Database) -> tuple[int, int]:
    """Bytes of the write-ahead log and transactions so far."""
    await asyncio.sleep(TOLD_S)
    row = await database.connection.fetchrow(
        """SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS wal, xact_commit AS commits
        FROM pg_stat_database WHERE datname = current_database()"""
    )
    assert row is not None
    return int(row["wal"]), int(row["commits"])


async def _tables(database: Database) -> dict[str, tuple[int, int]]:
    """Bytes with indexes, and rows inserted, by table."""
    rows = await database.connection.fetch(
        """SELECT relname, pg_total_relation_size(relid) AS bytes, n_tup_ins AS inserted
        FROM pg_stat_user_tables ORDER BY 2 DESC"""
    )
    return {row["relname"]: (row["bytes"], row["inserted"]) for row in rows}


def _growth(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]], answers: int
) -> dict[str, tuple[float, float]]:
    found: Counter[str] = Counter({name: after[name][0] - before[name][0] for name in after})
    return {
        name: (1e6 * grown / answers, 1e6 * (after[name][1] - before[name][1]) / answers)
        for name, grown in found.most_common()
        if grown or after[name][1] > before[name][1]
    }


def _cold(database: Database, server: Server, places: list[Place]) -> tuple[float, float]:
    """Ask tenants that the process does not know, then again; CPU the first time takes more."""
    hosts = [f"{place.slug}.localhost:{server.port}" for place in places]
    asks = Traffic([wire.post(h, "/oauth2/token", grant_type="client_credentials") for h in hosts])
    taken = []
    for _ in range(2):
        used = [cpu_seconds(pid, with_children=True) for pid in (server.pid, database.postmaster)]
        drive_each(server.port, asks)
        now = [cpu_seconds(pid, with_children=True) for pid in (server.pid, database.postmaster)]
        taken.append([1e6 * (b - a) / len(places) for a, b in zip(used, now, strict=True)])
    return taken[0][0] - taken[1][0], taken[0][1] - taken[1][1]


def _proportional(pids: list[int]) -> int:
    """Memory of processes, what they share counted once (proc(5), smaps_rollup)."""
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += 1024 * int(line.split()[1])
    return total


async def _connections(database: Database) -> int:
    """Connections of the server."""
    return int(
        await database.connection.fetchval(
            """SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
    )
