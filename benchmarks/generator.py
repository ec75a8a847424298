"""A cheap load generator for machines without wrk: blocking-free sockets, no pipelining.

`python -m benchmarks.generator PORT FILE CONNECTIONS SECONDS` prints one line of JSON.
"""

import itertools
import json
import pathlib
import selectors
import socket
import sys
import time
from collections.abc import Iterator

_LENGTH = b"content-length: "


class Line:
    """One connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent_at, self._got = 0.0, b""

    @property
    def answer(self) -> bytes:
        """What has come of the answer so far."""
        return self._got

    def send(self, request: bytes) -> None:
        """Begin a request."""
        self._got, self._sent_at = b"", time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[bool, float] | None:
        """Whether the answer was a success, and its seconds; None until it is whole."""
        arrived = self.socket.recv(65536)
        if not arrived:
            raise ConnectionError("the server closed a connection")
        self._got += arrived
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return None
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0] or b"0")
        if len(body) < length:
            return None
        return head[9:10] == b"2", time.perf_counter() - self._sent_at


def run(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> dict[str, float]:
    """Drive the connections until the time is over."""
    waits: list[float] = []
    failed, end = 0, time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            line = Line(port)
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send(next(requests))
        while time.perf_counter() < end:
            for key, _ in selector.select(timeout=0.1):
                answer = key.data.receive()
                if answer is not None:
                    failed += not answer[0]
                    waits.append(answer[1])
                    key.data.send(next(requests))
    waits.sort()
    return {
        "answers": len(waits),
        "failed": failed,
        "p50_us": 1e6 * waits[len(waits) // 2],
        "p99_us": 1e6 * waits[len(waits) * 99 // 100],
    }


def read(file: pathlib.Path) -> list[bytes]:
    """The requests of a file: length, newline, request."""
    found, raw, place = [], file.read_bytes(), 0
    while place < len(raw):
        start = raw.index(b"\n", place) + 1
        place = start + int(raw[place : start - 1])
        found.append(raw[start:place])
    return found


if __name__ == "__main__":
    _, port, file, connections, seconds = sys.argv
    endless = itertools.cycle(read(pathlib.Path(file)))
    print(json.dumps(run(int(port), endless, int(connections), float(seconds))))
