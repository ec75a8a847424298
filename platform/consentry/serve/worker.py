"""One worker process of several: `python -m consentry.serve.worker`, started by the supervisor.

Inherits the listening socket and one end of a socket pair. Over that it beats once a second;
when the other end closes, the supervisor is gone and the worker stops in good order.
"""

import asyncio
import json
import socket
import sys

from consentry.serve.options import ServeOptions
from consentry.serve.process import DrainingServer, uvicorn_config
from consentry.telemetry import configure_logging

BEAT = b"."


class WorkerServer(DrainingServer):
    """A draining server that reports to its supervisor."""

    def __init__(self, app_factory: str, options: ServeOptions, lifeline: socket.socket) -> None:
        super().__init__(uvicorn_config(app_factory, options), options)
        self._lifeline = lifeline
        self._beats = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._lifeline, self._supervisor_gone)

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            try:
                self._lifeline.send(BEAT)
            except BlockingIOError:
                pass  # the supervisor has enough unread beats to know we live
            except OSError:
                self._supervisor_gone()
        return await super().on_tick(counter)

    def _supervisor_gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self.drain()


def main(arguments: list[str]) -> None:
    """arguments: JSON of app_factory, listener and lifeline (descriptors), options."""
    told = json.loads(arguments[0])
    options = ServeOptions(**told["options"])
    configure_logging(options.log_level)
    listener = socket.socket(fileno=told["listener"])
    lifeline = socket.socket(fileno=told["lifeline"])
    lifeline.setblocking(False)
    WorkerServer(told["app_factory"], options, lifeline).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
