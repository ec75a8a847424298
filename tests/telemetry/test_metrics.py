"""What is counted."""

import subprocess
import sys
import time
import timeit

from consentry import metrics


def value(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_a_request_is_counted_and_timed() -> None:
    before = value("consentry_requests_total", endpoint="timed", outcome="4xx")
    metrics.observed("timed", 429, 0.004)
    assert value("consentry_requests_total", endpoint="timed", outcome="4xx") == before + 1
    name = "consentry_request_duration_seconds"
    assert value(f"{name}_bucket", endpoint="timed", le="0.0025") == before
    assert value(f"{name}_bucket", endpoint="timed", le="0.005") == before + 1


def test_tokens_refusals_and_sign_ins_are_counted() -> None:
    names = ("tokens_issued", "grant_type", "refresh_token"), ("refusals", "code", "invalid_grant")
    before = [value(f"consentry_{name}_total", **{label: of}) for name, label, of in names]
    sign_ins = value("consentry_sign_ins_total", outcome="throttled")
    metrics.tokens_issued("refresh_token")
    metrics.refused("invalid_grant")
    metrics.signed_in("throttled")
    after = [value(f"consentry_{name}_total", **{label: of}) for name, label, of in names]
    assert after == [count + 1 for count in before]
    assert value("consentry_sign_ins_total", outcome="throttled") == sign_ins + 1


def test_what_was_never_counted_is_there_as_zero() -> None:
    assert b'consentry_refusals_total{code="unsupported_grant_type"}' in metrics.render()[0]


def test_series_do_not_grow_with_what_is_counted() -> None:
    # In a process of its own: a full set of labels stays full.
    program = (
        "from consentry import metrics\n"
        "for number in range(1_000):\n"
        "    metrics.refused(f'made_up_{number}')\n"
        "    metrics.observed(f'made_up_{number}', 200, 0.001)\n"
        "    metrics.observed('odd', number * 1_000_000, 0.001)\n"
        "print(metrics.render()[0].decode())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    refusals = [line for line in lines if line.startswith("consentry_refusals_total{")]
    assert len(refusals) <= 130
    assert sum(line.startswith("consentry_requests_total{") for line in lines) <= 600
    (others,) = [line for line in refusals if 'code="other"' in line]
    assert float(others.split()[-1]) > 800


def test_the_pool_is_read_when_asked() -> None:
    figures = [5.0, 2.0]
    metrics.watch_pool(lambda: figures[0], lambda: figures[1])
    assert value("consentry_database_pool_size") == 5
    figures[1] = 4.0
    assert value("consentry_database_pool_idle") == 4


def test_the_start_and_the_process_are_described() -> None:
    metrics.started(version="0.1.0", database="sqlite")
    body, content_type = metrics.render()
    assert b'consentry_start_info{database="sqlite",version="0.1.0"} 1.0' in body
    assert b"process_resident_memory_bytes" in body
    assert content_type.startswith("text/plain")


def test_counting_a_request_costs_microseconds() -> None:
    metrics.observed("cheap", 200, 0.001)

    def count() -> None:
        metrics.observed("cheap", 200, 0.001)

    taken = timeit.repeat(count, timer=time.thread_time, number=2_000, repeat=5)
    # Measured 1 us; twenty leave room for a busy machine, and a label look-up each time shows.
    assert min(taken) / 2_000 < 20e-6
