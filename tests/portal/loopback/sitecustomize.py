"""For programs run by the tests: every `*.localhost` is this machine, as browsers have it."""

import socket

_lookup = socket.getaddrinfo


def _here(host, *rest, **more):  # type: ignore[no-untyped-def]
    is_ours = isinstance(host, str | bytes) and str(host).rstrip("'").endswith(".localhost")
    return _lookup("127.0.0.1" if is_ours else host, *rest, **more)


socket.getaddrinfo = _here
