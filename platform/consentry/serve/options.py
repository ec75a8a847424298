"""How to serve: the figures that one process and the supervisor share."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import cast

from consentry.serve.protocol import BoundedProtocol


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Seconds throughout.

    drain_seconds: from the signal to stop until the listener closes.
    stop_seconds: from the signal until the process is gone, whatever still runs.
    request_seconds: for a request to arrive whole.
    keep_alive_seconds: an idle connection is kept; longer than proxies keep theirs.
    """

    drain_seconds: float = 2.0
    stop_seconds: float = 19.0
    request_seconds: float = 15.0
    keep_alive_seconds: int = 75
    log_level: str = "info"

    def protocol(self) -> type[asyncio.Protocol]:
        """What uvicorn calls for each connection."""
        bounded = partial(BoundedProtocol, request_seconds=self.request_seconds)
        return cast(type[asyncio.Protocol], bounded)
