"""What this process counts and measures, in the form Prometheus reads.

Labels are small closed sets: neither tenants nor clients nor people are among them, so the
number of series does not grow with the deployment. Each series is bound once and kept; a
finished request costs a few dictionary look-ups and additions.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.process_collector import ProcessCollector

from consentry.metrics_sharing import Sharing

OTHER = "other"
_MOST_VALUES = 128
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()
# Of this process alone; with several there is no telling whose figures a scrape gets.
_process = ProcessCollector(registry=registry)

requests_total = Counter(
    "consentry_requests",
    "Requests answered, by endpoint and class of status.",
    ["endpoint", "outcome"],
    registry=registry,
)
request_seconds = Histogram(
    "consentry_request_duration_seconds",
    "Time from a request's head to the end of its answer.",
    ["endpoint"],
    buckets=_BUCKETS,
    registry=registry,
)
tokens_total = Counter(
    "consentry_tokens_issued",
    "Successful answers of the token endpoint, by grant type.",
    ["grant_type"],
    registry=registry,
)
refusals_total = Counter(
    "consentry_refusals", "Refused requests, by error code.", ["code"], registry=registry
)
sign_ins_total = Counter(
    "consentry_sign_ins", "Attempts to sign in, by outcome.", ["outcome"], registry=registry
)
outbox_waiting = Gauge(
    "consentry_outbox_waiting", "Effects that are not done yet.", registry=registry
)
outbox_dead = Gauge("consentry_outbox_dead", "Effects tried in vain.", registry=registry)
outbox_lag = Gauge(
    "consentry_outbox_lag_seconds",
    "How long the longest waiting effect has been due.",
    registry=registry,
)
job_seconds = Histogram(
    "consentry_job_duration_seconds",
    "Time a run of a job took.",
    ["job"],
    buckets=(0.01, 0.1, 1.0, 10.0, 60.0, 600.0),
    registry=registry,
)
job_failures_total = Counter(
    "consentry_job_failures", "Runs of a job that failed.", ["job"], registry=registry
)
job_last_success = Gauge(
    "consentry_job_last_success_seconds",
    "When a job last ended well, in Unix time.",
    ["job"],
    registry=registry,
)
job_interval = Gauge(
    "consentry_job_interval_seconds",
    "Time from the end of a job's run to the next one.",
    ["job"],
    registry=registry,
)
swept_rows_total = Counter(
    "consentry_swept_rows", "Expired rows that were deleted.", ["table"], registry=registry
)
oldest_expired = Gauge(
    "consentry_oldest_expired_seconds",
    "How long the oldest expired row that the last sweep left had been due.",
    ["table"],
    registry=registry,
)
signing_keys_overdue = Gauge(
    "consentry_signing_key_rotation_overdue",
    "Signing keys that should have been followed by new ones a day ago.",
    registry=registry,
)
clock_skew = Gauge(
    "consentry_clock_skew_seconds",
    "How far this process's clock is ahead of the database's; below 0, behind.",
    registry=registry,
)
pool_size = Gauge("consentry_database_pool_size", "Database connections open.", registry=registry)
pool_idle = Gauge(
    "consentry_database_pool_idle", "Database connections open and unused.", registry=registry
)
# Read from the database by every process alike; the clock is that of their host.
_OF_ALL = (
    outbox_waiting, outbox_dead, outbox_lag, job_last_success, oldest_expired, signing_keys_overdue,
    job_interval, clock_skew,
)  # fmt: skip
redis_up = Gauge("consentry_redis_up", "Processes whose Redis answers.", registry=registry)
start_info = Info("consentry_start", "What was started.", registry=registry)


class _Series:
    """The bound children of one counter, by the value of its only label."""

    def __init__(self, counter: Counter, known: tuple[str, ...]) -> None:
        self._counter = counter
        self._bound = {value: counter.labels(value) for value in (*known, OTHER)}

    def __getitem__(self, value: str) -> Counter:
        """The child of a value; past 128 values everything new counts as `other`."""
        child = self._bound.get(value)
        if child is None:
            if len(self._bound) >= _MOST_VALUES:
                return self._bound[OTHER]
            child = self._bound[value] = self._counter.labels(value)
        return child


_tokens = _Series(tokens_total, ("authorization_code", "refresh_token", "client_credentials"))
_refusals = _Series(
    refusals_total,
    (
        "access_denied",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "invalid_token",
        "server_error",
        "unauthorized_client",
        "unsupported_grant_type",
    ),
)
_sign_ins = _Series(sign_ins_total, ("accepted", "refused", "throttled"))
_endpoints: dict[tuple[str, int], tuple[Counter, Histogram]] = {}


def _bind_endpoint(endpoint: str, status_class: int) -> tuple[Counter, Histogram]:
    if len(_endpoints) >= 4 * _MOST_VALUES:
        endpoint = OTHER
    outcome = f"{status_class}xx" if 1 <= status_class <= 5 else OTHER
    pair = requests_total.labels(endpoint, outcome), request_seconds.labels(endpoint)
    _endpoints[endpoint, status_class] = pair
    return pair


def observed(endpoint: str, status: int, seconds: float, trace_id: str | None = None) -> None:
    """Count one finished request.

    endpoint: the name its route gave it, never its path. trace_id: where it is recorded, kept
    as the exemplar of its histogram's bucket.
    """
    pair = _endpoints.get((endpoint, status // 100)) or _bind_endpoint(endpoint, status // 100)
    pair[0].inc()
    pair[1].observe(seconds, {"trace_id": trace_id} if trace_id else None)


def tokens_issued(grant_type: str) -> None:
    """Count one successful answer of the token endpoint."""
    _tokens[grant_type].inc()


def refused(code: str) -> None:
    """Count one refusal; code: an error code of ours, such as `invalid_grant`."""
    _refusals[code].inc()


def signed_in(outcome: str) -> None:
    """Count one attempt: `accepted`, `refused` or `throttled`."""
    _sign_ins[outcome].inc()


def outbox(waiting: int, dead: int, lag_s: float) -> None:
    """Tell how much waits in the outbox, is dead there, and since when."""
    outbox_waiting.set(waiting)
    outbox_dead.set(dead)
    outbox_lag.set(lag_s)


def expect_jobs(names: Iterable[str]) -> None:
    """Count their failures from 0 on: to who watches, a count that begins at 1 has not grown."""
    for name in names:
        job_failures_total.labels(name)


def job_ran(job: str, seconds: float, *, failed: bool) -> None:
    """Count one run of a job."""
    job_seconds.labels(job).observe(seconds)
    if failed:
        job_failures_total.labels(job).inc()


def job_succeeded(job: str, at: float) -> None:
    """Tell when a job last ended well; at: Unix time."""
    job_last_success.labels(job).set(at)


def job_due_every(job: str, seconds: int) -> None:
    """Tell how long after a run of a job the next one begins."""
    job_interval.labels(job).set(seconds)


def swept(table: str, rows: int) -> None:
    """Count expired rows of a table that this process deleted."""
    swept_rows_total.labels(table).inc(rows)


def left_to_sweep(table: str, seconds: float) -> None:
    """Tell how long the oldest expired row of a table has been due; 0 if there is none."""
    oldest_expired.labels(table).set(seconds)


def keys_overdue(count: int) -> None:
    """Tell how many signing keys should have been followed by new ones a day ago."""
    signing_keys_overdue.set(count)


def clock_differs(seconds: float) -> None:
    """Tell how far our clock is ahead of the database's."""
    clock_skew.set(seconds)


def watch_pool(size: Callable[[], float], idle: Callable[[], float]) -> None:
    """Read the database pool's figures from these at each scrape."""
    pool_size.set_function(size)
    pool_idle.set_function(idle)


def watch_redis(is_up: Callable[[], bool]) -> None:
    """Read at each scrape whether Redis answers."""
    redis_up.set_function(lambda: float(is_up()))


def started(**facts: str) -> None:
    """State what was started: `version`, `database`, and the like; nothing secret."""
    start_info.info(facts)


def share(directory: Path, place: int) -> Callable[[], None]:
    """Add up with the workers that share the directory; `render` then speaks for all.

    place: this worker's number among them. Returns what to call every few seconds.
    """
    global _answering
    registry.unregister(_process)
    alike = frozenset(metric.name for gauge in _OF_ALL for metric in gauge.describe())
    sharing = Sharing(registry, directory, place, alike)
    _answering = CollectorRegistry(auto_describe=False)
    _answering.register(sharing)
    return sharing.publish


_answering = registry


def show_on(host: str, port: int) -> None:
    """Show the figures of a process that serves nothing else. Raises OSError."""
    start_http_server(port, host, registry)


def render(accept: str = "") -> tuple[bytes, str]:
    """All figures as text, and the content type to send them under.

    accept: what the scraper takes; OpenMetrics, which alone has exemplars, is for who names it.
    """
    if "application/openmetrics-text" in accept:
        figures: bytes = openmetrics.generate_latest(_answering)  # type: ignore[no-untyped-call]
        return figures, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest(_answering), CONTENT_TYPE_LATEST
