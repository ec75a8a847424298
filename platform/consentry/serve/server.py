"""The one entrance: listens, then serves in this process or in several under watch."""

import socket

from consentry.serve.options import ServeOptions
from consentry.serve.process import make_server
from consentry.serve.supervisor import Supervisor
from consentry.telemetry import configure_logging, get_logger

_log = get_logger()

_BACKLOG = 2048


def serve(
    app_factory: str,
    *,
    host: str,
    port: int,
    workers: int = 1,
    drain_seconds: float = 2.0,
    stop_seconds: float = 19.0,
    request_seconds: float = 15.0,
    keep_alive_seconds: int = 75,
    log_level: str = "info",
) -> int:
    """Serve until told to stop; the exit status, 0 after an orderly stop.

    app_factory: `package.module:name` of a function without arguments that makes the ASGI
    application; each process calls it once. port: 0 takes a free one. workers: processes;
    a store that lives in one process allows only 1, which the caller checks.
    Raises OSError if the address cannot be listened on.
    """
    options = ServeOptions(
        drain_seconds, stop_seconds, request_seconds, keep_alive_seconds, log_level
    )
    configure_logging(log_level)
    with listen(host, port) as listener:
        _log.info("listening", host=host, port=listener.getsockname()[1], workers=workers)
        if workers > 1:
            return Supervisor(app_factory, listener, workers, options).run()
        return serve_here(app_factory, listener, options)


def serve_here(app_factory: str, listener: socket.socket, options: ServeOptions) -> int:
    """Serve in this process; 1 if the application could not start."""
    server = make_server(app_factory, options)
    try:
        server.run(sockets=[listener])
    except SystemExit:
        # Uvicorn's way to say that the application did not start; it logged why.
        return 1
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; an empty host is every address of both families, as `::` is.

    A name with addresses of both families gets its IPv4 one.
    """
    if not host:
        host = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 - as asked
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
