"""Servers in processes of their own, and raw connections to them."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PROGRAM = """
import json, os, sys
from consentry.serve import serve, supervisor
supervisor._SETTLED_S = float(os.environ.get("SETTLED_S", supervisor._SETTLED_S))
sys.exit(serve(sys.argv[1], host="127.0.0.1", **json.loads(sys.argv[2])))
"""
HERE = pathlib.Path(__file__).parent
END_S = 60.0
"""What never takes so long, however busy the machine is, never happens."""


class Running:
    """A server started for a test, its log lines, and connections to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.other: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.other.append(line)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if line.get("event") == name]

    @property
    def port(self) -> int:
        return int(until(lambda: self.events("listening"))[0]["port"])

    def connect(self, let_in_s: float = END_S) -> socket.socket:
        """A new connection. OSError if nobody lets us in within so many seconds."""
        connection = socket.create_connection(("127.0.0.1", self.port), let_in_s)
        connection.settimeout(END_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(self, data: bytes) -> bytes:
        """Everything the server says to these bytes until it closes the connection."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            return read_all(connection)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own."""
        said = self.send(request(path, "Connection: close"))
        head, _, body = said.partition(b"\r\n\r\n")
        return (int(head.split()[1]) if head else 0), body

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def close(self) -> None:
        self._reader.join(timeout=END_S)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=END_S)


def request(path: str = "/", *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: a", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def read_all(connection: socket.socket) -> bytes:
    """What comes until the end of the connection, whichever way it ends."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            said += part
    return said


def read_answer(connection: socket.socket) -> bytes:
    """One answer with a Content-Length."""
    said = b""
    while b"\r\n\r\n" not in said:
        part = connection.recv(65536)
        if not part:
            return said
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            left = int(line.partition(b":")[2]) - len(body)
            while left > 0 and (part := connection.recv(left)):
                said, left = said + part, left - len(part)
    return said


def until(claim: Callable[[], Any], *, seconds: float = END_S) -> Any:
    """What the claim gives once it is true; AssertionError if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := claim():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come true in time")


@contextlib.contextmanager
def running(
    factory: str = "tiny_app:create_app",
    *,
    wait: bool = True,
    variables: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Running]:
    """A server of the small application; its own process group, ended with it."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), **(variables or {})}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, factory, json.dumps({"port": 0, **options})],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    server = Running(process)
    try:
        if wait:
            until(server.is_ready)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        server.close()
