"""Servers as processes of their own, and what they cost by the kernel's account."""

import contextlib
import http.client
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks import ROOT

START_S = 60.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. started_s: from its launch to its first answer that it is ready."""

    pid: int
    port: int
    started_s: float


@contextlib.contextmanager
def server(module: str, *words: str, port: int, ready: str, **env: str) -> Iterator[Server]:
    """`python -m module words` between its first 200 on `ready` and its end."""
    command = [sys.executable, "-m", module, *words]
    began = time.perf_counter()
    with tempfile.NamedTemporaryFile(prefix="cns-bench-log-") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log
        )
        try:
            if not _becomes_ready(process, port, ready):
                said = pathlib.Path(log.name).read_text()[-2000:]
                raise RuntimeError(f"{' '.join(command)} did not start:\n{said}")
            yield Server(process.pid, port, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(30)


def _becomes_ready(process: "subprocess.Popen[bytes]", port: int, path: str) -> bool:
    deadline = time.monotonic() + START_S
    while not _answers(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for task in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(_fields(task)[1]) == pid:
                found.append(int(task.parent.name))
    return found


def parent(pid: int) -> int:
    """The process that started this one."""
    return int(_fields(pathlib.Path(f"/proc/{pid}/stat"))[1])


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """User and system time a process has used so far; with its children, dead or alive."""
    total = 0.0
    for one in family(pid) if with_children else [pid]:
        with contextlib.suppress(OSError):
            fields = _fields(pathlib.Path(f"/proc/{one}/stat"))
            # proc(5): utime, stime, then those of children that were waited for.
            last = 15 if with_children else 13
            total += sum(map(int, fields[11:last])) / _TICKS_A_SECOND
    return total


def resident_bytes(pid: int) -> int:
    """Resident memory."""
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _fields(stat: pathlib.Path) -> list[str]:
    """What follows the name, which may hold spaces: state, parent and so on (proc(5))."""
    return stat.read_text().rpartition(") ")[2].split()


def machine() -> Mapping[str, str]:
    """What the figures were measured on."""
    model = "unknown"
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": str(os.cpu_count()), "python": sys.version.split()[0]}
