"""One process: how it stops."""

import contextlib
import signal
import socket
import threading
import time

from serve.running import Running, read_all, read_answer, request, running, until


def test_it_is_not_ready_while_it_still_answers_and_then_exits_0() -> None:
    with running(drain_seconds=1.0) as server, server.connect() as kept:
        kept.sendall(request("/a"))
        assert b"connection: close" not in read_answer(kept)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/readyz")[0] == 503, seconds=0.9)
        assert server.get("/a") == (200, b"/a ")
        kept.sendall(request("/a"))
        assert b"connection: close" in read_all(kept)
        assert server.process.wait(timeout=20) == 0
        assert 1.0 <= time.monotonic() - began < 3


def test_what_runs_is_finished() -> None:
    with running(drain_seconds=0.1) as server, server.connect() as connection:
        connection.sendall(request("/slow?1.5"))
        until(lambda: server.is_ready())
        server.process.send_signal(signal.SIGTERM)
        said = read_all(connection)
        assert said.endswith(b"slow")
        assert server.process.wait(timeout=20) == 0


def test_a_request_half_sent_at_the_signal_is_finished() -> None:
    with running(drain_seconds=0.1) as server, server.connect() as connection:
        connection.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Le")
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not accepts(server))
        connection.sendall(b"ngth: 3\r\n\r\nabc")
        said = read_all(connection)
        assert said.endswith(b"/a abc")
        assert b"connection: close" in said
        assert server.process.wait(timeout=20) == 0


def test_who_waits_at_the_door_of_a_process_that_was_held_up_is_let_in() -> None:
    """On a busy machine the time to close may be past before the process has its next turn."""
    with running(drain_seconds=0.5) as server:
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/readyz")[0] == 503)
        server.process.send_signal(signal.SIGSTOP)
        with contextlib.ExitStack() as stack:
            waiting = [stack.enter_context(server.connect()) for _ in range(50)]
            time.sleep(1.0)
            for connection in waiting:
                connection.sendall(request("/a"))
            server.process.send_signal(signal.SIGCONT)
            assert all(read_all(connection).endswith(b"/a ") for connection in waiting)
        assert server.process.wait(timeout=20) == 0


def test_what_never_ends_is_given_up_in_time() -> None:
    with running(drain_seconds=0.1, stop_seconds=5.0) as server, server.connect() as connection:
        connection.sendall(request("/slow?60"))
        until(lambda: server.is_ready())
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5


def test_a_process_that_cannot_stop_ends_all_the_same() -> None:
    with running(drain_seconds=0.1, stop_seconds=1.0) as server, server.connect() as connection:
        server.process.send_signal(signal.SIGTERM)
        connection.sendall(request("/block?30"))
        began = time.monotonic()
        server.process.wait(timeout=20)
        assert time.monotonic() - began < 4


def test_a_second_interrupt_ends_it_at_once() -> None:
    with running(drain_seconds=10.0) as server:
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.get("/readyz")[0] == 503)
        began = time.monotonic()
        assert server.stop(signal.SIGINT) == 130
        assert time.monotonic() - began < 1


def test_a_second_sigterm_changes_nothing() -> None:
    with running(drain_seconds=1.0) as server:
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/readyz")[0] == 503)
        assert server.stop(signal.SIGTERM) == 0


def test_no_request_is_lost_by_clients_that_heed_readiness() -> None:
    with running(drain_seconds=1.0) as server:
        port = server.port
        lost: list[str] = []
        answered: list[int] = []
        clients = [
            threading.Thread(target=ask_until_told, args=(port, answered, lost)) for _ in range(8)
        ]
        for client in clients:
            client.start()
        until(lambda: len(answered) > 200)
        server.process.send_signal(signal.SIGTERM)
        for client in clients:
            client.join(timeout=20)
        assert lost == []
        assert server.process.wait(timeout=20) == 0


def ask_until_told(port: int, answered: list[int], lost: list[str]) -> None:
    """Ask over kept connections; open no new one once readiness is 503."""
    while True:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request("/readyz"))
            if not read_answer(connection).startswith(b"HTTP/1.1 200"):
                return
            said = b""
            while b"connection: close" not in said:
                connection.sendall(request("/a", method="POST", body=b"abc"))
                said = read_answer(connection)
                if not said.endswith(b"/a abc"):
                    lost.append(repr(said))
                    return
                answered.append(1)


def accepts(server: Running) -> bool:
    with contextlib.suppress(OSError):
        server.connect().close()
        return True
    return False


def test_an_application_that_cannot_be_made_ends_the_start() -> None:
    with running("tiny_app:broken", wait=False) as server:
        assert server.process.wait(timeout=20) == 1


def test_a_name_that_is_no_factory_ends_the_start_with_one_line() -> None:
    with running("tiny_app:missing", wait=False) as server:
        assert server.process.wait(timeout=20) == 1
        until(lambda: len(server.lines) == 2)
        assert "missing" in server.lines[-1]["event"]


def test_a_port_in_use_is_an_os_error() -> None:
    with running() as first, running(port=first.port, wait=False) as second:
        assert second.process.wait(timeout=20) == 1
        until(lambda: any("Address already in use" in line for line in second.other))
