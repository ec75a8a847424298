"""`python -m benchmarks`: measures and prints; see docs/benchmarks.md."""

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks import pages, report, scale, simulation, sweep
from benchmarks import place as places_of
from benchmarks.cases import CASES
from benchmarks.comparison import Effort, compare
from benchmarks.data import new_places, write_places
from benchmarks.load import generator
from benchmarks.peers.comparison import compare_peers, missing
from benchmarks.processes import machine
from benchmarks.simulated import simulated_json, simulated_lines
from support import services

SCALE, PEERS, PAGES, SWEEP, SIMULATION = "scale", "peers", "pages", "sweep", "simulation"
FULL, QUICK = Effort(rounds=5, seconds=2, warm_s=1), Effort(rounds=1, seconds=1, warm_s=0)
FULL_SIZE, QUICK_SIZE = scale.Size(10_000, 1_000_000), scale.Size(100, 10_000)


def main() -> None:
    """Measure what was asked for."""
    names = [*(case.name for case in CASES), PEERS, SCALE, PAGES, SWEEP, SIMULATION]
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short turn each: a smoke test")
    parser.add_argument("--json", action="store_true", help="JSON to stdout, figures to stderr")
    parser.add_argument("--only", action="append", choices=names, help="may be repeated")
    parser.add_argument("--access-log", action="store_true", help="with the log line of a request")
    parser.add_argument("--stock", action="store_true", help="the bare route on stock uvicorn")
    asked = parser.parse_args()
    asked.only = asked.only or names
    with services.postgres() as postgres_url:
        found = asyncio.run(measure(postgres_url, asked))
    if asked.json:
        print(json.dumps(found, indent=2))


async def measure(postgres_url: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Everything by name; told as it comes."""
    say = partial(print, flush=True, file=sys.stderr if asked.json else sys.stdout)
    effort = replace(QUICK if asked.quick else FULL, stock=asked.stock)
    found: dict[str, Any] = {"machine": {**machine(), "load": generator()}, "cases": []}
    found[PEERS] = []
    say(", ".join(f"{name} {value}" for name, value in found["machine"].items()), "\n")
    cases = [case for case in CASES if case.name in asked.only]
    peers = PEERS in asked.only
    if peers and (absent := missing()):
        say(f"without {' and '.join(absent)} no peer is measured")
        peers = False
    if cases or peers:
        say(report.HEADING)
        async with places_of.new_database(postgres_url, "bench") as database:
            places = new_places(1)
            await write_places(database.connection, places)
            with places_of.consentry(database, access_log=asked.access_log) as ours:
                for case in cases:
                    compared = await compare(case, database, places, ours, effort)
                    found["cases"].append(report.compared_json(compared))
                    say(report.compared_line(compared))
                for beside in await compare_peers(database, places, ours, effort) if peers else []:
                    found[PEERS].append(report.beside_json(beside))
                    say(report.beside_line(beside))
    if SCALE in asked.only:
        size = QUICK_SIZE if asked.quick else FULL_SIZE
        scaled = await scale.measure(postgres_url, size, effort)
        found[SCALE] = report.scaled_json(scaled)
        say("\n" + report.scaled_lines(scaled))
    if PAGES in asked.only:
        timed = await pages.measure(postgres_url, pages.QUICK if asked.quick else pages.FULL)
        found[PAGES] = report.pages_json(timed)
        say("\n" + report.pages_lines(timed))
    if SWEEP in asked.only:
        with services.postgres(durable=True) as durable_url:
            swept = await sweep.measure(durable_url, sweep.QUICK if asked.quick else sweep.FULL)
        found[SWEEP] = report.swept_json(swept)
        say("\n" + report.swept_lines(swept))
    if SIMULATION in asked.only:
        with services.postgres(durable=True) as durable_url:
            town = simulation.QUICK if asked.quick else simulation.FULL
            lived = await simulation.measure(durable_url, town)
        found[SIMULATION] = simulated_json(lived)
        say("\n" + simulated_lines(lived))
    return found


if __name__ == "__main__":
    main()
