"""What a request spends its time on, told to an OpenTelemetry collector.

Off unless the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like) ask for it: then
nothing of OpenTelemetry is imported, and a span costs one comparison. Attributes are names,
codes and the text of statements; values that people or clients sent are not among them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Link, Span, Tracer

Kind = Literal["internal", "client"]
Attributes = Mapping[str, str | int]
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
_NOTHING: AbstractContextManager[None] = nullcontext()
# Left to the exporter when the process stops; what is then unsent is lost.
_LAST_S = 2.0

_tracer: Tracer | None = None
_provider: TracerProvider | None = None


def is_asked_for(environment: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces. Raises ValueError for what is not spoken here.

    By the OpenTelemetry specification, «Environment Variable Specification»; but without a
    word about where to, nothing is sent.
    """
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter == "none":
        return False
    if exporter not in ("", "otlp"):
        raise ValueError("OTEL_TRACES_EXPORTER: only otlp and none are known")
    for name in _PROTOCOLS:
        if environment.get(name, "http/protobuf") not in ("", "http/protobuf"):
            raise ValueError(f"{name}: only http/protobuf is spoken")
    return bool(exporter) or any(environment.get(name) for name in _ENDPOINTS)


def start(version: str, processor: SpanProcessor | None = None) -> bool:
    """Begin to trace, where it is asked for; whether it is.

    processor: takes the spans; without it they go where the environment says. Raises
    ValueError, with one clear line, for settings that cannot be used.
    """
    global _tracer, _provider
    if processor is None and not is_asked_for(os.environ):
        return False
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        raise ValueError("traces are asked for: install consentry[otel]") from None
    resource = Resource({"service.name": "consentry", "service.version": version})
    # What the environment names wins, but for the name it would make up.
    told = Resource.create().attributes
    given = {k: v for k, v in told.items() if not str(v).startswith("unknown_service")}
    resource = resource.merge(Resource(given))
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _provider.add_span_processor(processor or _sending())
    _tracer = _provider.get_tracer("consentry", version)
    return True


def _sending() -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter())


def stop() -> None:
    """Send what is left and trace no more; blocks for two seconds at most."""
    global _tracer, _provider
    provider, _tracer, _provider = _provider, None, None
    if provider is None:
        return
    # A collector that hangs would keep the process for as long as its exporter has patience.
    last = threading.Thread(target=provider.shutdown, daemon=True)
    last.start()
    last.join(_LAST_S)


def is_on() -> bool:
    """Whether this process traces."""
    return _tracer is not None


def is_within() -> bool:
    """Whether something is being traced here: a statement of its own accord is no trace."""
    if _tracer is None:
        return False
    from opentelemetry.trace import get_current_span

    return get_current_span().get_span_context().is_valid


def span(
    name: str, attributes: Attributes | None = None, *, kind: Kind = "internal"
) -> AbstractContextManager[None]:
    """A piece of the running trace, from here to the end of the block.

    An exception that passes leaves its type only: its text may quote what was received.
    """
    if _tracer is None:
        return _NOTHING
    return _child(name, attributes, kind)


@contextmanager
def _child(name: str, attributes: Attributes | None, kind: Kind) -> Iterator[None]:
    made = begun(name, attributes, kind=kind)
    try:
        with current(made):
            yield
    except BaseException as error:
        ended(made, type(error).__name__)
        raise
    ended(made)


def current(span: Span) -> AbstractContextManager[Any]:
    """What begins inside is part of this span."""
    from opentelemetry.trace import use_span

    return use_span(span, record_exception=False, set_status_on_exception=False)


def received(carried: Mapping[str, str], *, is_trusted: bool) -> tuple[Context | None, list[Link]]:
    """What a request's trace hangs on, and what it is linked to.

    carried: the headers of W3C Trace Context §3; what is malformed counts as nothing.
    """
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(carried, context=Context())
    theirs = get_current_span(parent).get_span_context()
    if not theirs.is_valid:
        return None, []
    return (parent, []) if is_trusted else (None, [Link(theirs)])


def request_begun(method: str, parent: Context | None, links: list[Link]) -> Span:
    """The span of a request. Only while tracing is on."""
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind

    return _on().start_span(method, context=parent or Context(), kind=SpanKind.SERVER, links=links)


def begun(name: str, attributes: Attributes | None = None, *, kind: Kind = "client") -> Span:
    """A piece of the running trace that has no block of its own; `ended` ends it.

    Only while tracing is on.
    """
    from opentelemetry.trace import SpanKind

    return _on().start_span(name, kind=SpanKind[kind.upper()], attributes=attributes)


def ended(span: Span, error: str | None = None) -> None:
    """End it; error: the type of what went wrong."""
    from opentelemetry.trace import StatusCode

    if error is not None:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end()


def _on() -> Tracer:
    if _tracer is None:
        raise RuntimeError("nothing is traced")
    return _tracer
