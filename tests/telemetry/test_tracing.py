"""Traces: what they tell, what they never tell, and what they cost who has none."""

import json
import pathlib
import subprocess
import sys
import time
import timeit

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from consentry import metrics, telemetry, tracing
from consentry.web.fetch import Fetcher, FetchRefused
from support.world import PASSWORD, PKCE, SECRET, World
from telemetry.collector import Collector

PLATFORM = pathlib.Path(tracing.__file__).parents[1]
THEIRS = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{THEIRS}-00f067aa0ba902b7-01"
MACHINES = {"grant_type": "client_credentials"}


def named(spans: InMemorySpanExporter, start: str) -> list[ReadableSpan]:
    return [one for one in spans.get_finished_spans() if one.name.startswith(start)]


def context_of(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


def trace_of(span: ReadableSpan) -> str:
    return f"{context_of(span).trace_id:032x}"


async def test_a_request_has_a_span_with_its_grant_and_its_statements(
    each_traced: World, spans: InMemorySpanExporter
) -> None:
    code = await each_traced.authorize()
    spans.clear()
    bought = await each_traced.redeem(code)
    assert bought.status == 200
    (request,), (grant,) = named(spans, "POST token"), named(spans, "grant authorization_code")
    said = dict(request.attributes or {})
    assert said["consentry.tenant"] == "photos"
    assert said["consentry.endpoint"] == "token"
    assert said["http.response.status_code"] == 200
    assert len(str(said["consentry.request_id"])) == 32
    assert grant.parent and grant.parent.span_id == context_of(request).span_id
    (redeemed,) = [one for one in named(spans, "UPDATE authorization")]
    assert redeemed.parent and redeemed.parent.span_id == context_of(grant).span_id


async def test_statements_of_sessions_are_told_with_their_text(
    each_traced: World, spans: InMemorySpanExporter
) -> None:
    await each_traced.sign_in()
    (stored,) = named(spans, "INSERT login")
    said = dict(stored.attributes or {})
    is_sqlite = each_traced.deployment.settings.is_sqlite
    assert said["db.system.name"] == ("sqlite" if is_sqlite else "postgresql")
    assert "INTO login" in str(said["db.query.text"])
    assert stored.end_time and stored.start_time and stored.end_time > stored.start_time


async def test_what_nobody_asked_for_is_not_traced(
    each_traced: World, spans: InMemorySpanExporter
) -> None:
    """Such as the look for news of every half second."""
    await each_traced.deployment.store.tenants.by_slug("photos")
    await each_traced.deployment.store.ping()
    assert not spans.get_finished_spans()


async def test_a_job_has_a_span_with_its_statements(
    each_traced: World, spans: InMemorySpanExporter
) -> None:
    await each_traced.run_job("sweep")
    (job,) = named(spans, "job sweep")
    inside = [one for one in named(spans, "") if one.parent]
    assert job.parent is None and inside
    assert {trace_of(one) for one in inside} == {trace_of(job)}


async def test_no_span_tells_a_secret(traced: World, spans: InMemorySpanExporter) -> None:
    """THREATS 54"""
    browser = traced.new_browser()
    await traced.sign_in(browser, password="wrong horse")
    code = await traced.authorize(browser)
    bought = await traced.redeem(code)
    await traced.refresh(bought.refresh_token)
    await traced.userinfo(bought.access_token)
    told = "\n".join(one.to_json() for one in spans.get_finished_spans())
    secrets = [SECRET, PASSWORD, "wrong horse", code, PKCE.verifier, "af0ifjsldkj"]
    secrets += [bought.access_token, bought.refresh_token, *browser.cookies.values(), "jane"]
    assert not [secret for secret in secrets if secret in told]
    assert "UPDATE authorization" in told


async def test_what_went_wrong_leaves_its_type_and_not_its_text(
    spans: InMemorySpanExporter,
) -> None:
    """THREATS 54"""
    with pytest.raises(KeyError), tracing.span("piece"):
        raise KeyError("s3cret")
    (piece,) = named(spans, "piece")
    assert dict(piece.attributes or {}) == {"error.type": "KeyError"}
    assert not piece.status.is_ok and not piece.events
    assert "s3cret" not in piece.to_json()


async def test_a_fetch_has_a_span_and_sends_no_trace_along(spans: InMemorySpanExporter) -> None:
    fetcher = Fetcher()
    with pytest.raises(FetchRefused):
        await fetcher.get_json("https://127.0.0.1/keys?key=s3cret")
    await fetcher.aclose()
    (fetch,) = named(spans, "fetch")
    assert dict(fetch.attributes or {}) == {
        "server.address": "127.0.0.1",
        "error.type": "FetchRefused",
    }


async def test_the_trace_of_a_trusted_proxy_goes_on(
    proxied: World, spans: InMemorySpanExporter
) -> None:
    """W3C Trace Context, processing model"""
    await proxied.post("/oauth2/token", MACHINES, headers={"traceparent": TRACEPARENT})
    (request,) = named(spans, "POST token")
    assert trace_of(request) == THEIRS
    assert request.parent and request.parent.span_id == 0x00F067AA0BA902B7


async def test_a_proxy_that_does_not_sample_is_heard(
    proxied: World, spans: InMemorySpanExporter
) -> None:
    unsampled = TRACEPARENT.removesuffix("01") + "00"
    await proxied.post("/oauth2/token", MACHINES, headers={"traceparent": unsampled})
    assert not spans.get_finished_spans()


@pytest.mark.parametrize("flags", ["00", "01"])
async def test_a_strangers_trace_is_a_link_and_decides_nothing(
    traced: World, spans: InMemorySpanExporter, flags: str
) -> None:
    """W3C Trace Context, security considerations: denial of service"""
    sent = {"traceparent": TRACEPARENT.removesuffix("01") + flags}
    await traced.post("/oauth2/token", MACHINES, headers=sent)
    (request,) = named(spans, "POST token")
    assert trace_of(request) != THEIRS and request.parent is None
    assert [f"{link.context.trace_id:032x}" for link in request.links] == [THEIRS]


@pytest.mark.parametrize(
    "sent",
    [
        [("traceparent", "00-nonsense")],
        [("traceparent", f"00-{'0' * 32}-00f067aa0ba902b7-01")],
        [("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)],
        [("tracestate", "a=b")],
    ],
    ids=["nonsense", "zero", "twice", "state-alone"],
)
async def test_a_malformed_trace_counts_as_none(
    traced: World, spans: InMemorySpanExporter, sent: list[tuple[str, str]]
) -> None:
    answered = await traced.post("/oauth2/token", MACHINES, headers=sent)
    assert answered.status_code == 200
    (request,) = named(spans, "POST token")
    assert not request.links and request.parent is None


async def test_probes_metrics_and_static_files_are_not_traced(
    traced: World, spans: InMemorySpanExporter
) -> None:
    async with traced.new_browser() as browser:
        for path in ("/healthz", "/readyz", "/static/none.css"):
            await browser.get(path)
        await browser.get("/metrics", headers={"Host": "localhost:8000"})
    assert not named(spans, "GET")


async def test_names_of_spans_are_few_whatever_is_asked(
    traced: World, spans: InMemorySpanExporter
) -> None:
    async with traced.new_browser() as browser:
        await browser.get("/no/such/thing")
        await browser.request("BREW", "/oauth2/token")
    assert [one.name for one in spans.get_finished_spans() if one.parent is None] == [
        "GET other",
        "_OTHER token",
    ]


async def test_the_line_of_a_request_names_its_trace(
    traced: World, spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logging("info")
    capsys.readouterr()
    await traced.token(MACHINES)
    (request,) = named(spans, "POST token")
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["event"] == "request"
    assert line["trace_id"] == trace_of(request)


async def test_a_slow_buckets_exemplar_leads_to_its_trace(
    traced: World, spans: InMemorySpanExporter
) -> None:
    await traced.token(MACHINES)
    (request,) = named(spans, "POST token")
    async with traced.new_browser() as browser:
        asked = {"Host": "localhost:8000", "Accept": "application/openmetrics-text;version=1.0.0"}
        shown = await browser.get("/metrics", headers=asked)
        plain = await browser.get("/metrics", headers={"Host": "localhost:8000"})
    assert shown.headers["content-type"].startswith("application/openmetrics-text")
    assert shown.text.endswith("# EOF\n")
    assert f'# {{trace_id="{trace_of(request)}"}}' in shown.text
    assert plain.headers["content-type"].startswith("text/plain")
    assert "trace_id" not in plain.text


def test_without_a_trace_there_is_no_exemplar() -> None:
    metrics.observed("untraced", 200, 0.001)
    shown = metrics.render("application/openmetrics-text")[0].decode()
    (bucket,) = [
        line for line in shown.splitlines()
        if line.startswith("consentry_request_duration_seconds_bucket{")
        and 'endpoint="untraced"' in line and 'le="0.001"' in line
    ]  # fmt: skip
    assert "#" not in bucket


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_the_standard_variables_ask_for_traces(environment: dict[str, str], asked: bool) -> None:
    assert tracing.is_asked_for(environment) is asked


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {**ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"},
    ],
)
def test_what_is_not_spoken_is_said_in_one_line(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"OTEL_\w+: only"):
        tracing.is_asked_for(environment)


def test_asked_for_without_the_extra_the_start_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(ValueError, match=r"install consentry\[otel\]"):
        tracing.start("0.0.0")
    assert not tracing.is_on()


def test_unasked_nothing_is_imported_and_a_span_costs_nothing() -> None:
    program = (
        "import sys, consentry.tracing as t\n"
        "assert not t.start('0') and not t.is_on()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    words = [sys.executable, "-c", program]
    assert subprocess.run(words, capture_output=True, check=True, text=True).stdout == "[]\n"

    def piece() -> None:
        with tracing.span("piece"):
            pass

    # Measured 0.2 us.
    taken = timeit.repeat(piece, timer=time.thread_time, number=2_000, repeat=5)
    assert min(taken) / 2_000 < 5e-6


def test_only_types_and_what_runs_while_tracing_name_the_sdk() -> None:
    """So that nothing else imports it, whatever is installed."""
    naming = {
        path.relative_to(PLATFORM).as_posix()
        for path in PLATFORM.rglob("*.py")
        if "from opentelemetry" in path.read_text()
    }
    assert naming == {"consentry/tracing.py", "consentry/web/traced.py"}
    traced = (PLATFORM / "consentry/web/traced.py").read_text()
    at_runtime = traced.partition("if TYPE_CHECKING:")[0]
    assert "opentelemetry" not in at_runtime
    assert "\nfrom opentelemetry" not in (PLATFORM / "consentry/tracing.py").read_text()


def test_spans_reach_a_collector_before_the_process_ends(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=for-the-collector")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    assert tracing.start("1.2.3")
    with tracing.span("piece"):
        pass
    tracing.stop()
    ((path, headers, body),) = collector.received
    assert path == "/v1/traces" and headers["api-key"] == "for-the-collector"
    for text in (b"piece", b"consentry", b"1.2.3", b"deployment.environment.name"):
        assert text in body


def test_a_service_name_of_ones_own_wins(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "login-europe")
    tracing.start("1.2.3")
    with tracing.span("piece"):
        pass
    tracing.stop()
    assert b"login-europe" in collector.received[0][2]


def test_a_collector_that_hangs_does_not_keep_the_process(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.answers.clear()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setattr(tracing, "_LAST_S", 0.1)
    tracing.start("1.2.3")
    with tracing.span("piece"):
        pass
    began = time.monotonic()
    tracing.stop()
    assert time.monotonic() - began < 7, "its exporter has the patience of ten seconds"
    collector.answers.set()
