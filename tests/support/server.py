"""A real server in processes of its own, and the ways to it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import requests
import yaml
from requests.adapters import HTTPAdapter

from support.patience import NEVER_S
from support.services import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "docs/demo.yaml"
LOOPBACK = "127.0.0.1"
START_S, END_S = 90.0, NEVER_S


def until(claim: Callable[[], Any], *, seconds: float = NEVER_S) -> Any:
    """What the claim gives once it is true; AssertionError if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := claim():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come true in time")


def cpu_seconds(pid: int) -> float:
    """What a process has cost so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """`consentry serve` on a loopback port; it can be stopped, killed and started again.

    Its settings come from the arguments only. Everything it logs is kept in `lines`.
    """

    def __init__(
        self, database_url: str, home: pathlib.Path, *, workers: int = 1, **settings: str
    ) -> None:
        self.database_url, self.home, self.workers = database_url, home, workers
        self.port = free_port()
        self.base_url = f"http://localhost:{self.port}"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CONSENTRY_")}
        given = {
            "base_url": self.base_url,
            "database_url": database_url,
            "secret_key": "only-for-tests-" * 4,
            "access_log": "false",
            **settings,
        }
        self._environment = inherited | {f"CONSENTRY_{k.upper()}": v for k, v in given.items()}
        self.lines: list[dict[str, Any]] = []
        self.other: list[str] = []

    def issuer(self, slug: str = "photos") -> str:
        """A tenant's address."""
        return f"http://{slug}.localhost:{self.port}"

    def command(self, *words: str, stdin: str = "") -> str:
        """What `consentry` prints to these words, which must succeed."""
        done = subprocess.run(
            self._words(*words), input=stdin, capture_output=True, text=True, cwd=self.home,
            env=self._environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, more: dict[str, list[Any]]) -> None:
        """Apply the demo, with more entries in the lists of its tenant."""
        demo = yaml.safe_load(DEMO.read_text())
        for key, entries in more.items():
            demo["tenants"][0].setdefault(key, []).extend(entries)
        # JSON is YAML too.
        self.command("apply", "-f", "-", stdin=json.dumps(demo))

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "consentry", *words]

    def start(self) -> Server:
        """Start it and wait until it is ready."""
        self.lines, self.other = [], []
        self.process = subprocess.Popen(
            self._words(*self._service()), stderr=subprocess.PIPE, text=True, cwd=self.home,
            env=self._environment, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            until(self._is_up, seconds=START_S)
        except AssertionError:
            self.kill()
            raise AssertionError(f"it did not start: {self.lines} {self.other}") from None
        return self

    def _service(self) -> list[str]:
        return ["serve", "--port", str(self.port), "--workers", str(self.workers)]

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            for line in said:
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    self.other.append(line)

    def _is_up(self) -> bool:
        started = self.workers == 1 or len(self.events("worker_ready")) >= self.workers
        return started and self.readiness() == 200

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in list(self.lines) if line.get("event") == name]

    def worker_pids(self) -> list[int]:
        """Process ids of the workers that ever were ready, oldest first."""
        return [int(line["pid"]) for line in self.events("worker_ready")]

    def readiness(self) -> int:
        """Status of `/readyz`; 0 where nothing answers."""
        try:
            return httpx.get(
                f"http://{LOOPBACK}:{self.port}/readyz",
                headers={"Host": f"localhost:{self.port}"},
                timeout=NEVER_S,
            ).status_code
        except httpx.TransportError:
            return 0

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=END_S)
        self._reader.join(timeout=END_S)
        return status

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(timeout=END_S)


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, started now and gone at the end."""
    server.start()
    try:
        yield server
    finally:
        server.kill()


class LoopbackTransport(httpx.AsyncHTTPTransport):
    """For httpx: every host is this machine, as browsers have it for `*.localhost`.

    It has the patience that a busy machine needs.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        patience = dict.fromkeys(("connect", "read", "write", "pool"), NEVER_S)
        here = httpx.Request(
            request.method, request.url.copy_with(host=LOOPBACK), headers=request.headers,
            stream=request.stream, extensions={**request.extensions, "timeout": patience},
        )  # fmt: skip
        return await super().handle_async_request(here)


class LoopbackAdapter(HTTPAdapter):
    """For requests: the same."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        assert request.url is not None
        request.headers["Host"] = httpx.URL(request.url).netloc.decode()
        return super().send(request, *args, **options)

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **options)
        return {**host, "host": LOOPBACK}, pool
