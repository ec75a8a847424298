"""Several processes under one supervisor."""

import contextlib
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

from serve.running import END_S, Running, read_answer, request, running, until
from support.server import cpu_seconds


def ready(server: Running) -> list[int]:
    """Process ids of the workers that served so far, in the order of their start."""
    return [int(line["pid"]) for line in server.events("worker_ready")]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return False


@contextlib.contextmanager
def two(**options: Any) -> Any:
    with running(workers=2, **options) as server:
        until(lambda: len(ready(server)) == 2)
        yield server


def test_every_worker_answers_on_the_one_port() -> None:
    with two() as server:
        until(lambda: {int(server.get("/pid")[1]) for _ in range(20)} == set(ready(server)))


def has_started(server: Any, count: int) -> bool:
    """Whether that many workers have come up, dead ones included."""
    return len(ready(server)) == count


def test_a_killed_worker_is_replaced() -> None:
    """CONTRACT: within 5 s, as far as it is ours: whatever else the machine does meanwhile."""
    with two() as server:
        for expected in (3, 4, 5):
            os.kill(ready(server)[-1], signal.SIGKILL)
            until(partial(has_started, server, expected))
            ours_s = server.events("worker_died")[-1]["restart_in_s"]
            assert ours_s + cpu_seconds(ready(server)[-1]) < 5
            assert server.get("/a")[0] == 200
        assert len(server.events("worker_died")) == 3


def test_a_killed_worker_leaves_the_others_connections_alone() -> None:
    with two() as server, contextlib.ExitStack() as stack:
        kept: dict[Any, Any] = {}
        while len(kept) < 2:
            connection = stack.enter_context(server.connect())
            connection.sendall(request("/pid"))
            kept[int(read_answer(connection).rpartition(b"\n")[2])] = connection
        victim, other = kept
        os.kill(victim, signal.SIGKILL)
        kept[other].sendall(request("/slow?0.5"))
        assert read_answer(kept[other]).endswith(b"slow")


def test_all_stop_together_and_finish_what_runs() -> None:
    with two(drain_seconds=0.5) as server, server.connect() as connection:
        pids = ready(server)
        connection.sendall(request("/slow?1.5"))
        until(lambda: server.is_ready())
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.is_ready())
        assert read_answer(connection).endswith(b"slow")
        assert server.process.wait(timeout=END_S) == 0
        assert not any(is_alive(pid) for pid in pids)
        assert server.events("worker_died") == []


def test_an_interrupt_from_the_terminal_stops_all_in_order() -> None:
    with two(drain_seconds=0.5) as server:
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(timeout=END_S) == 0


def test_a_second_interrupt_from_the_terminal_ends_all_at_once() -> None:
    with two(drain_seconds=600.0, stop_seconds=900.0) as server:
        pids = ready(server)
        os.killpg(server.process.pid, signal.SIGINT)
        until(lambda: server.get("/readyz")[0] == 503)
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.wait(timeout=END_S)
        until(lambda: not any(is_alive(pid) for pid in pids))


def test_workers_do_not_outlive_their_supervisor() -> None:
    with two(drain_seconds=0.2) as server:
        pids = ready(server)
        os.kill(server.process.pid, signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_worker_stopped_while_it_starts_is_no_failure() -> None:
    with running(workers=2, wait=False) as server:
        until(lambda: server.events("listening"))
        assert server.stop() == 0


def test_workers_that_cannot_start_end_the_supervisor_with_one_line() -> None:
    with running("tiny_app:missing", workers=2, wait=False) as server:
        assert server.process.wait(timeout=END_S) == 1
        until(lambda: server.events("workers_cannot_start"))


def test_a_worker_that_keeps_dying_is_started_ever_more_slowly() -> None:
    with two() as server:
        waits: list[float] = []
        while len(waits) < 4:
            known = len(ready(server))
            os.kill(ready(server)[-1], signal.SIGKILL)
            until(partial(has_started, server, known + 1))
            waits = [line["restart_in_s"] for line in server.events("worker_died")]
        assert waits == [0.0, 0.5, 1.0, 2.0]


def test_one_that_dies_before_it_served_has_not_started_well_however_long_it_took(
    tmp_path: Path,
) -> None:
    ill = tmp_path / "ill"
    variables = {"ILL": str(ill), "SETTLED_S": "0.1"}
    with two(factory="tiny_app:falls_ill", variables=variables) as server:
        ill.touch()
        os.kill(ready(server)[-1], signal.SIGKILL)
        until(lambda: 1.0 in {line["restart_in_s"] for line in server.events("worker_died")})


def counted(server: Running) -> float:
    name = 'consentry_tokens_issued_total{grant_type="refresh_token"} '
    return float(server.get("/metrics")[1].decode().partition(name)[2].split()[0])


def test_whichever_worker_is_scraped_speaks_for_all_and_for_the_dead() -> None:
    with two() as server:
        asked: list[int] = []
        while set(asked) != set(ready(server)):
            assert len(asked) < 1_000, "the kernel gives both workers connections"
            asked.append(int(server.get("/count")[1]))
        until(lambda: {counted(server) for _ in range(10)} == {len(asked)})
        os.kill(ready(server)[0], signal.SIGKILL)
        until(lambda: len(ready(server)) == 3)
        until(lambda: {counted(server) for _ in range(10)} == {len(asked)})
        server.get("/count")
        until(lambda: {counted(server) for _ in range(10)} == {len(asked) + 1})
