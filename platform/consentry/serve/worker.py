"""One worker process of several: `python -m consentry.serve.worker`, started by the supervisor.

Inherits the listening socket and one end of a socket pair. Over that it beats once a second;
when the other end closes, the supervisor is gone and the worker stops in good order. What it
counts it shares with the others through a directory.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from consentry import metrics
from consentry.serve.options import ServeOptions
from consentry.serve.process import DrainingServer, uvicorn_config
from consentry.telemetry import configure_logging, get_logger

_log = get_logger()

BEAT = b"."
# Uvicorn ticks ten times a second.
_BEAT_TICKS = 10
_PUBLISH_TICKS = 20


class WorkerServer(DrainingServer):
    """A draining server that reports to its supervisor."""

    def __init__(
        self,
        app_factory: str,
        options: ServeOptions,
        lifeline: socket.socket,
        publish: Callable[[], None] | None,
    ) -> None:
        super().__init__(uvicorn_config(app_factory, options), options)
        self._lifeline = lifeline
        self._publish = publish

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._lifeline, self._supervisor_gone)

    async def on_tick(self, counter: int) -> bool:
        if counter % _BEAT_TICKS == 0:
            self._beat()
        if counter % _PUBLISH_TICKS == 0 and self._publish is not None:
            self._share()
        return await super().on_tick(counter)

    def last_call(self) -> None:
        """The supervisor's to make: the listener is not this worker's alone."""

    def _beat(self) -> None:
        try:
            self._lifeline.send(BEAT)
        except BlockingIOError:
            pass  # the supervisor has enough unread beats to know we live
        except OSError:
            self._supervisor_gone()

    def _share(self) -> None:
        try:
            if self._publish is not None:
                self._publish()
        except OSError as error:
            _log.warning("metrics_not_shared", error=str(error))
            self._publish = None

    def _supervisor_gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self.drain()


def main(arguments: list[str]) -> None:
    """arguments: JSON of app_factory, options, listener and lifeline (descriptors), place and
    directory (a path, or null when nothing can be shared)."""
    told = json.loads(arguments[0])
    options = ServeOptions(**told["options"])
    configure_logging(options.log_level)
    listener = socket.socket(fileno=told["listener"])
    lifeline = socket.socket(fileno=told["lifeline"])
    lifeline.setblocking(False)
    directory = told["directory"]
    publish = metrics.share(Path(directory), told["place"]) if directory else None
    WorkerServer(told["app_factory"], options, lifeline, publish).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
