"""Load from a process of its own: `wrk` where it is installed, else our generator."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import ROOT
from benchmarks.generator import Line

CONNECTIONS = 16
SCRIPT = pathlib.Path(__file__).with_name("requests.lua")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a run sends: whole HTTP/1.1 requests, in order.

    once: each may be sent once only, as a code or a refresh token.
    """

    requests: Sequence[bytes]
    once: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What a run saw. Latencies in milliseconds."""

    answers: int
    p50_ms: float
    p99_ms: float


def generator() -> str:
    """Which program makes the load here."""
    return "wrk" if shutil.which("wrk") else "benchmarks.generator"


def drive(port: int, traffic: Traffic, seconds: float) -> Run:
    """Send requests over 16 connections, one at a time on each, until the time is over.

    Raises RuntimeError if an answer was no success or the requests ran out.
    """
    with tempfile.TemporaryDirectory(prefix="cns-bench-") as folder:
        file = pathlib.Path(folder, "requests")
        # Length, newline, request: no byte of a request can be mistaken for an end.
        file.write_bytes(b"".join(b"%d\n%b" % (len(one), one) for one in traffic.requests))
        done = subprocess.run(
            _command(port, file, seconds), cwd=ROOT, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr or done.stdout}")
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    if seen["failed"]:
        raise RuntimeError(f"{seen['failed']} of {seen['answers']} answers were no success")
    if traffic.once and seen["answers"] + CONNECTIONS > len(traffic.requests):
        raise RuntimeError(f"{len(traffic.requests)} requests were too few for {seconds:g} s")
    return Run(seen["answers"], seen["p50_us"] / 1000, seen["p99_us"] / 1000)


def drive_each(port: int, traffic: Traffic) -> None:
    """Send each request once, one after the other. Raises RuntimeError as `drive` does."""
    line = Line(port)
    for request in traffic.requests:
        line.send(request)
        while (answer := line.receive()) is None:
            pass
        if not answer[0]:
            raise RuntimeError(f"no success: {request.decode()}")
    line.socket.close()


def _command(port: int, file: pathlib.Path, seconds: float) -> list[str]:
    if wrk := shutil.which("wrk"):
        words = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(SCRIPT)]
        return [*words, f"http://127.0.0.1:{port}", "--", str(file)]
    words = [str(port), str(file), str(CONNECTIONS), str(seconds)]
    return [sys.executable, "-m", "benchmarks.generator", *words]
