"""Several processes that answer a scrape as one."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from consentry import metrics
from consentry.metrics_sharing import Sharing


class Worker:
    """The figures of one process."""

    def __init__(self, directory: Path, place: int) -> None:
        self.registry = CollectorRegistry()
        self.asked = Counter("asked", "Asked.", ["how"], registry=self.registry)
        self.took = Histogram("took", "Took.", buckets=(1.0, 2.0), registry=self.registry)
        self.open = Gauge("open", "Open.", registry=self.registry)
        Info("start", "Start.", registry=self.registry).info({"version": "1"})
        self.backlog = Gauge("backlog", "Backlog.", ["of"], registry=self.registry)
        self.sharing = Sharing(self.registry, directory, place, {"backlog"})

    def render(self) -> list[str]:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self.sharing)
        return generate_latest(registry).decode().splitlines()


def test_counters_histograms_and_gauges_are_added_up(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, 0), Worker(tmp_path, 1)
    first.asked.labels("well").inc(2)
    second.asked.labels("well").inc(3)
    second.asked.labels("badly").inc()
    first.took.observe(0.5)
    second.took.observe(1.5)
    first.open.set(4)
    second.open.set(5)
    second.sharing.publish()
    lines = first.render()
    assert 'asked_total{how="well"} 5.0' in lines
    assert 'asked_total{how="badly"} 1.0' in lines
    assert 'took_bucket{le="1.0"} 1.0' in lines
    assert 'took_bucket{le="+Inf"} 2.0' in lines
    assert "took_sum 2.0" in lines
    assert "open 9.0" in lines
    assert 'start_info{version="1"} 1.0' in lines


def test_what_each_knows_of_the_whole_deployment_is_not_added_up(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, 0), Worker(tmp_path, 1)
    first.backlog.labels("mail").set(4)
    second.backlog.labels("mail").set(5)
    second.sharing.publish()
    assert 'backlog{of="mail"} 4.0' in first.render()


def test_only_what_a_process_holds_itself_is_added_up() -> None:
    gauges = {one for one in metrics.registry._collector_to_names if isinstance(one, Gauge)}
    own = {metrics.pool_size, metrics.pool_idle, metrics.redis_up}
    assert gauges - set(metrics._OF_ALL) == own


def test_what_one_published_itself_is_not_counted_twice(tmp_path: Path) -> None:
    worker = Worker(tmp_path, 0)
    worker.asked.labels("well").inc()
    worker.sharing.publish()
    worker.sharing.publish()
    assert 'asked_total{how="well"} 1.0' in worker.render()


def test_a_successor_goes_on_counting_but_holds_nothing_open(tmp_path: Path) -> None:
    first, other = Worker(tmp_path, 0), Worker(tmp_path, 1)
    first.asked.labels("well").inc(2)
    first.open.set(4)
    first.sharing.publish()
    second = Worker(tmp_path, 0)
    second.asked.labels("well").inc()
    assert 'asked_total{how="well"} 3.0' in second.render()
    assert "open 0.0" in second.render()
    second.sharing.publish()
    assert 'asked_total{how="well"} 3.0' in other.render()
    assert "open 0.0" in other.render()


def test_who_is_asked_shows_its_own_exemplars(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, 0), Worker(tmp_path, 1)
    first.took.observe(0.5, {"trace_id": "a"})
    second.took.observe(0.5, {"trace_id": "b"})
    second.sharing.publish()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(first.sharing)
    shown = openmetrics.generate_latest(registry).decode()  # type: ignore[no-untyped-call]
    (bucket,) = [line for line in shown.splitlines() if line.startswith('took_bucket{le="1.0"}')]
    assert bucket.startswith('took_bucket{le="1.0"} 2.0 # {trace_id="a"} 0.5')
