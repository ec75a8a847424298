"""One process: how it stops."""

import contextlib
import signal
import socket
import threading
import time

from serve.running import END_S, Running, read_all, read_answer, request, running, until


def test_it_is_not_ready_while_it_still_answers() -> None:
    with running(drain_seconds=60.0, stop_seconds=90.0) as server, server.connect() as kept:
        kept.sendall(request("/a"))
        assert b"connection: close" not in read_answer(kept)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/readyz")[0] == 503)
        assert server.get("/a") == (200, b"/a ")
        kept.sendall(request("/a"))
        assert b"connection: close" in read_all(kept)


def test_it_exits_0_when_the_time_to_drain_is_over_and_not_before() -> None:
    with running(drain_seconds=0.5) as server:
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began >= 0.5


def test_what_runs_is_finished() -> None:
    with running(drain_seconds=0.1) as server, server.connect() as connection:
        connection.sendall(request("/slow?1.5"))
        until(lambda: server.is_ready())
        server.process.send_signal(signal.SIGTERM)
        said = read_all(connection)
        assert said.endswith(b"slow")
        assert server.process.wait(timeout=END_S) == 0


def test_a_request_half_sent_at_the_signal_is_finished() -> None:
    with running(drain_seconds=0.1) as server, server.connect() as connection:
        connection.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Le")
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not accepts(server))
        connection.sendall(b"ngth: 3\r\n\r\nabc")
        said = read_all(connection)
        assert said.endswith(b"/a abc")
        assert b"connection: close" in said
        assert server.process.wait(timeout=END_S) == 0


def test_who_waits_at_the_door_of_a_process_that_was_held_up_is_let_in() -> None:
    """On a busy machine the time to close may be past before the process has its next turn."""
    # One so busy that we come too late gets more of it, in which to be early enough.
    assert any(lets_in_who_waits(drain_seconds) for drain_seconds in (0.5, 2.5, 10.0))


def lets_in_who_waits(drain_seconds: float) -> bool:
    """False if the door was closed before the process could be held up."""
    with running(drain_seconds=drain_seconds) as server:
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.is_ready())
        server.process.send_signal(signal.SIGSTOP)
        with contextlib.ExitStack() as stack:
            try:
                waiting = [stack.enter_context(server.connect(2.0)) for _ in range(50)]
            except OSError:
                return False
            time.sleep(2 * drain_seconds)
            for connection in waiting:
                connection.sendall(request("/a"))
            server.process.send_signal(signal.SIGCONT)
            assert all(read_all(connection).endswith(b"/a ") for connection in waiting)
        return server.process.wait(timeout=END_S) == 0


def test_what_never_ends_is_given_up_in_time() -> None:
    with running(drain_seconds=0.1, stop_seconds=5.0) as server, server.connect() as connection:
        connection.sendall(request("/slow?60"))
        until(lambda: server.is_ready())
        assert server.stop() == 0, "1 says that the last resort had to end it"


def test_a_process_that_cannot_stop_ends_all_the_same() -> None:
    with running(drain_seconds=600.0, stop_seconds=1.0) as server, server.connect() as connection:
        server.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionError):
            connection.sendall(request("/block?600"))
        assert server.process.wait(timeout=END_S) == 1


def test_a_second_interrupt_ends_it_at_once() -> None:
    with running(drain_seconds=600.0, stop_seconds=900.0) as server:
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.get("/readyz")[0] == 503)
        assert server.stop(signal.SIGINT) == 130


def test_a_second_sigterm_changes_nothing() -> None:
    with running(drain_seconds=1.0) as server:
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.is_ready())
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
            client.join(timeout=END_S)
        assert lost == []
        assert server.process.wait(timeout=END_S) == 0


def ask_until_told(port: int, answered: list[int], lost: list[str]) -> None:
    """Ask over kept connections; open no new one once it is not ready."""
    while True:
        with contextlib.ExitStack() as stack:
            try:
                address = ("127.0.0.1", port)
                connection = stack.enter_context(socket.create_connection(address, END_S))
                connection.sendall(request("/readyz"))
                is_ready = read_answer(connection).startswith(b"HTTP/1.1 200")
            except ConnectionError:
                is_ready = False
            if not is_ready:
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
        assert server.process.wait(timeout=END_S) == 1


def test_a_name_that_is_no_factory_ends_the_start_with_one_line() -> None:
    with running("tiny_app:missing", wait=False) as server:
        assert server.process.wait(timeout=END_S) == 1
        until(lambda: len(server.lines) == 2)
        assert "missing" in server.lines[-1]["event"]


def test_a_port_in_use_is_an_os_error() -> None:
    with running() as first, running(port=first.port, wait=False) as second:
        assert second.process.wait(timeout=END_S) == 1
        until(lambda: any("Address already in use" in line for line in second.other))
