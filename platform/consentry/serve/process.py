"""One serving process: its start, and its stopping without a dropped request."""

import gc
import os
import signal
import socket
import threading
import time
from types import FrameType

import uvicorn

from consentry.serve.last_call import LAST_CALL_S, TURN_S, refuse_new
from consentry.serve.options import ServeOptions
from consentry.telemetry import get_logger, process_state

_log = get_logger()

# Left for closing the pools after the last answer.
_FAREWELL_S = 3


class DrainingServer(uvicorn.Server):
    """Serves until told to stop, then says so for a while before it stops listening.

    SIGTERM or SIGINT sets `process_state.draining`, by which readiness turns to 503 while
    every request is still answered, with `Connection: close`, for `drain_seconds`. Then no
    connection is let in any more, the listener closes and what runs may finish. A second
    SIGINT ends the process at once, and `stop_seconds` after the signal it ends in any case.
    """

    def __init__(self, config: uvicorn.Config, options: ServeOptions) -> None:
        super().__init__(config)
        self._options = options
        self._interrupts = 0
        self._last_call_at: float | None = None
        # By turns: who was held up for so long has not let in yet who waits.
        self._turns_left = round(LAST_CALL_S / TURN_S)
        self._listeners: list[socket.socket] = []
        self._last_resort = threading.Timer(options.stop_seconds, os._exit, args=(1,))
        self._last_resort.daemon = True

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        self._listeners = sockets or []
        try:
            super().run(sockets)
        finally:
            self._last_resort.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._interrupts += sig == signal.SIGINT
        if self._interrupts > 1:
            os._exit(130)
        if self._last_call_at is None:
            self.drain()

    def drain(self) -> None:
        """Begin to stop; told again, it makes no difference."""
        if self._last_call_at is not None:
            return
        self._last_call_at = time.monotonic() + self._options.drain_seconds
        process_state.draining = True
        close = (b"connection", b"close")
        self.config.encoded_headers = [*self.config.encoded_headers, close]
        self.server_state.default_headers = [*self.server_state.default_headers, close]
        self._last_resort.start()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is alive now stays; collections need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    async def on_tick(self, counter: int) -> bool:
        if self._last_call_at is not None and time.monotonic() >= self._last_call_at:
            self.last_call()
            if self._turns_left <= 0:
                self.should_exit = True
            self._turns_left -= 1
        return await super().on_tick(counter)

    def last_call(self) -> None:
        """Let nobody new in."""
        for listener in self._listeners:
            refuse_new(listener)


def make_server(app_factory: str, options: ServeOptions) -> DrainingServer:
    """A server for the application that the factory at `package.module:name` makes."""
    return DrainingServer(uvicorn_config(app_factory, options), options)


def uvicorn_config(app_factory: str, options: ServeOptions) -> uvicorn.Config:
    """How uvicorn is set up: no logs of its own, no guesses from forwarded headers."""
    running = options.stop_seconds - options.drain_seconds - _FAREWELL_S
    return uvicorn.Config(
        app_factory,
        factory=True,
        loop="uvloop",
        http=options.protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        # Our own tenancy decides whose forwarded headers count.
        proxy_headers=False,
        timeout_keep_alive=options.keep_alive_seconds,
        timeout_graceful_shutdown=max(1, int(running)),
    )
