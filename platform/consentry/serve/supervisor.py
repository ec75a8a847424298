"""Keeps a number of worker processes alive on one listening socket."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from types import FrameType

from consentry.serve.last_call import LAST_CALL_S, refuse_new
from consentry.serve.options import ServeOptions
from consentry.telemetry import get_logger

_log = get_logger()

_LOOK_S = 0.1
# A worker that served this long has started well; its death says nothing about the next one.
_SETTLED_S = 5.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 3.0
# A worker whose event loop has not turned for so long will not come back.
_SILENCE_S = 30.0


@dataclass(slots=True)
class _Place:
    """One of the places a worker fills, with the worker that fills it."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    born: float = 0.0
    ready: float = 0.0
    heard: float = 0.0
    has_beaten: bool = False
    deaths: int = 0
    due: float = field(default=0.0)


@contextlib.contextmanager
def _shared_directory() -> Iterator[str | None]:
    """Where workers share their figures; None where nothing can be written."""
    try:
        directory = tempfile.TemporaryDirectory(prefix="consentry-", ignore_cleanup_errors=True)
    except OSError as error:
        _log.warning("metrics_not_shared", error=str(error))
        yield None
        return
    with directory as path:
        yield path


class Supervisor:
    """Spawns workers, replaces the dead within five seconds, and stops them all together.

    A worker that dies young again and again is started ever more slowly, three seconds apart at
    most. If the very first ones cannot start, the supervisor gives up: nothing would differ.
    """

    def __init__(
        self, app_factory: str, listener: socket.socket, workers: int, options: ServeOptions
    ) -> None:
        self._app_factory = app_factory
        self._listener = listener
        self._options = options
        self._places = [_Place(number) for number in range(workers)]
        self._stopping = threading.Event()
        self._interrupts = 0
        self._has_served = False
        self._gave_up = False
        self._directory: str | None = None

    def run(self) -> int:
        """Until SIGTERM or SIGINT; 0 after an orderly stop, else 1."""
        before = {
            number: signal.signal(number, self._told_to_stop)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            with _shared_directory() as self._directory:
                return self._watch()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _watch(self) -> int:
        while not self._stopping.wait(_LOOK_S):
            for place in self._places:
                self._look_after(place)
        return 0 if self._stop_all() and not self._gave_up else 1

    def _told_to_stop(self, number: int, _: FrameType | None) -> None:
        self._interrupts += number == signal.SIGINT
        if self._interrupts > 1:
            self._kill_all()
        self._stopping.set()

    def _look_after(self, place: _Place) -> None:
        now = time.monotonic()
        if place.process is None:
            if now >= place.due:
                self._spawn(place, now)
            return
        self._hear(place, now)
        if place.process.poll() is not None:
            self._bury(place, now)
        elif place.has_beaten and now - place.heard > _SILENCE_S:
            _log.error("worker_silent", pid=place.process.pid, seconds=_SILENCE_S)
            place.process.kill()

    def _spawn(self, place: _Place, now: float) -> None:
        ours, theirs = socket.socketpair()
        descriptors = {"listener": self._listener.fileno(), "lifeline": theirs.fileno()}
        told = {
            "app_factory": self._app_factory,
            "options": asdict(self._options),
            "place": place.number,
            "directory": self._directory,
            **descriptors,
        }
        with theirs:
            place.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", "consentry.serve.worker", json.dumps(told)],
                pass_fds=tuple(descriptors.values()),
                stdin=subprocess.DEVNULL,
            )
        ours.setblocking(False)
        place.lifeline, place.born, place.heard, place.has_beaten = ours, now, now, False

    def _hear(self, place: _Place, now: float) -> None:
        if place.lifeline is None:
            return
        try:
            heard = bool(place.lifeline.recv(1024))
        except OSError:
            heard = False
        if not heard:
            return
        if not place.has_beaten and place.process is not None:
            place.ready = now
            _log.info("worker_ready", pid=place.process.pid, seconds=round(now - place.born, 2))
        place.heard, place.has_beaten, self._has_served = now, True, True

    def _bury(self, place: _Place, now: float) -> None:
        worker, place.process = place.process, None
        if place.lifeline is not None:
            place.lifeline.close()
            place.lifeline = None
        if worker is None:
            return
        if worker.returncode > 0 and not self._has_served:
            _log.error("workers_cannot_start", pid=worker.pid, status=worker.returncode)
            self._gave_up = True
            self._stopping.set()
            return
        # Not since its birth: a start may take long, and come to nothing each time.
        has_settled = place.has_beaten and now - place.ready > _SETTLED_S
        place.deaths = 0 if has_settled else place.deaths + 1
        wait = _FIRST_WAIT_S * 2 ** min(place.deaths - 2, 8) if place.deaths > 1 else 0.0
        wait = min(wait, _LONGEST_WAIT_S)
        place.due = now + wait
        _log.error("worker_died", pid=worker.pid, status=worker.returncode, restart_in_s=wait)

    def _workers(self) -> list[subprocess.Popen[bytes]]:
        return [place.process for place in self._places if place.process is not None]

    def _stop_all(self) -> bool:
        """Tell all to stop and wait for them; False if one did not stop in good order."""
        running = [worker for worker in self._workers() if worker.poll() is None]
        for worker in running:
            worker.terminate()
        told = time.monotonic()
        while any(worker.poll() is None for worker in running):
            waited = time.monotonic() - told
            self._close_door(waited - self._options.drain_seconds)
            if waited > self._options.stop_seconds + 0.5:
                self._kill_all()
            time.sleep(_LOOK_S / 2)
        # One just being started knows no better way to stop than the signal's own.
        return all(worker.returncode in (0, -signal.SIGTERM) for worker in running)

    def _close_door(self, past: float) -> None:
        """Let nobody new in once the draining is over (`past` 0), then close as the workers do."""
        if past >= LAST_CALL_S:
            self._listener.close()
        elif past >= 0:
            refuse_new(self._listener)

    def _kill_all(self) -> None:
        for worker in self._workers():
            worker.kill()
