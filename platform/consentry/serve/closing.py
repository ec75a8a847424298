"""A transport whose closing lets the last answer arrive."""

import asyncio
from collections.abc import Callable
from typing import cast

_LINGER_S = 2.0
_FLUSH_S = 15.0


class LingeringTransport:
    """A TCP transport that closes in two steps while the client is still sending.

    Closing a socket that holds unread bytes resets the connection, and the reset may overtake
    the answer that says why (RFC 9112 §9.6). So we end our side, throw away what still comes
    in, and close when the client ends or after two seconds. An answer nobody reads is given
    up after fifteen.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        is_receiving: Callable[[], bool],
    ) -> None:
        """is_receiving: whether the client may still be sending a request."""
        self._transport = transport
        self._loop = loop
        self._is_receiving = is_receiving
        self._deadline: asyncio.TimerHandle | None = None
        # Bound once: these are called for every request.
        self.write = transport.write
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort

    def is_closing(self) -> bool:
        return self._deadline is not None or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        if self._is_receiving() and self._transport.can_write_eof():
            self._transport.write_eof()
            self._transport.resume_reading()
            self._deadline = self._loop.call_later(_LINGER_S, self._transport.abort)
            return
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._deadline = self._loop.call_later(_FLUSH_S, self._transport.abort)

    def lost(self) -> None:
        """Say that the connection is gone."""
        if self._deadline is not None:
            self._deadline.cancel()

    def as_transport(self) -> asyncio.Transport:
        """Itself, as the type the protocol's other parts ask for."""
        return cast(asyncio.Transport, self)
