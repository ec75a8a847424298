"""Structured logs, the request they belong to, and the state of this process.

One line a happening, on stderr: JSON for machines, coloured text when stderr is a terminal.
Values under tell-tale names are masked and control characters escaped, so that no secret is
written down and nobody forges a line (OWASP ASVS 5 §16.2.5, §16.4.1).
"""

import contextvars
import json
import logging
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

MASK = "[masked]"

_SECRET_NAMES = frozenset(
    {
        "assertion",
        "authorization",
        "body",
        "code",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "csrf",
        "form",
        "nonce",
        "otp",
        "passphrase",
        "password",
        "private_key",
        "query",
        "query_string",
        "secret",
        "secret_key",
        "secrets",
        "signature",
        "state",
        "ticket",
        "token",
        "tokens",
        "verifier",
    }
)
_SECRET_ENDINGS = (
    "_assertion",
    "_authorization",
    "_cookie",
    "_credential",
    "_csrf",
    "_hint",
    "_password",
    "_secret",
    "_signature",
    "_token",
    "_verifier",
    "api_key",
    "authorization_code",
    "device_code",
    "password_hash",
    "private_key",
    "secret_key",
    "user_code",
)
_USER_INFO = re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]*(?=@)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DEEPEST = 6
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


@dataclass(slots=True)
class ProcessState:
    """What this process is doing; `draining` once it was told to stop and still answers."""

    draining: bool = False


process_state = ProcessState()

log_context: contextvars.ContextVar[dict[str, str]] = contextvars.ContextVar("consentry_log")
"""What every line of the running request carries; the outermost middleware sets it."""


# Whether lines of requests are written straight as JSON; None if people read them.
_shortest: bool | None = None


def get_logger() -> FilteringBoundLogger:
    """A logger of events: `log.info("client_created", client_id=...)`."""
    return cast(FilteringBoundLogger, structlog.get_logger())


def log_request(fields: dict[str, Any]) -> None:
    """Write the line of one finished request, at level `info`, by the shortest way.

    fields: plain values, none of them secret, and no address but a path; they are not masked.
    """
    if _shortest is None:
        get_logger().info("request", **fields)
    elif _shortest:
        stamp = {"event": "request", "level": "info", "at": datetime.now(UTC)}
        _write(_json_line(None, "", {**fields, **stamp}))


def bind(**values: str) -> None:
    """Add values, such as `tenant`, to every further line of the running request."""
    context = log_context.get(None)
    if context is not None:
        context.update(values)


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """True if what stands under this name must not be written down.

    name: a log key, parameter or header name in any case; `-` counts as `_`.
    """
    plain = name.lower().replace("-", "_")
    return plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDINGS)


def masked(value: object, depth: int = 0) -> Any:
    """The value with what must stay secret replaced by `[masked]`.

    Looks into mappings and sequences, six levels deep, and hides `user:password@` in addresses.
    """
    kind = type(value)
    if kind is str:
        text = cast(str, value)
        return _USER_INFO.sub(MASK, text) if "://" in text else text
    if kind is int or kind is float or kind is bool or value is None:
        return value
    if isinstance(value, dict):
        if depth >= _DEEPEST:
            return MASK
        return {
            str(name): MASK if is_secret_name(str(name)) else masked(inner, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(inner, depth + 1) for inner in value] if depth < _DEEPEST else MASK
    return value


def _add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = log_context.get(None)
    return event if context is None else {**context, **event}


def _mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if name.startswith("_") or name == "exc_info":
            continue
        event[name] = MASK if is_secret_name(name) else masked(value)
    return event


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _escape_for_people(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # A traceback keeps its lines, each behind a margin, so that none looks like a new event.
    for name, value in event.items():
        if name == "exception":
            event[name] = "\n".join(f"  | {_escape(line)}" for line in str(value).split("\n"))
        elif not name.startswith("_"):
            event[name] = _escape(value if isinstance(value, str) else str(value))
    return event


def _as_json_value(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _json_line(_: WrappedLogger | None, __: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=_as_json_value, option=_JSON_OPTIONS).decode()
    except TypeError:
        # Lone surrogates and integers past 64 bits, which orjson refuses.
        return json.dumps(event, default=_as_json_value)


def _write(line: str) -> None:
    """One whole line to whatever stderr is now; a reader gone away stops no request."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


class _Stderr:
    """What structlog hands its finished lines to."""

    def msg(self, line: str) -> None:
        _write(line)

    debug = info = warning = error = critical = exception = log = fatal = msg


def _renderers(for_people: bool) -> list[Processor]:
    if not for_people:
        return [_json_line]
    console = structlog.dev.ConsoleRenderer(
        exception_formatter=structlog.dev.plain_traceback, repr_native_str=False
    )
    return [_escape_for_people, console]


def configure_logging(level: str) -> None:
    """Send everything the process logs to stderr, from `level` upwards.

    level: `debug`, `info`, `warning`, `error` or `critical`; ValueError for anything else.
    Other libraries are heard from `warning` upwards only: below, some write down statement
    parameters and headers.
    """
    if level.lower() not in _LEVELS:
        raise ValueError(f"log level {level!r} is none of {', '.join(_LEVELS)}")
    number = _LEVELS[level.lower()]
    shared: list[Processor] = [
        _add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        # Plain text: the frames' local variables may hold secrets and are never shown.
        structlog.processors.format_exc_info,
        _mask,
    ]
    global _shortest
    for_people = sys.stderr.isatty()
    _shortest = None if for_people else number <= logging.INFO
    renderers = _renderers(for_people)
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging(max(number, logging.WARNING), shared, renderers)


def _adopt_standard_logging(
    number: int, shared: list[Processor], renderers: list[Processor]
) -> None:
    handler = _StandardHandler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_name_logger, *shared],
            processors=[ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)


def _name_logger(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["logger"] = event["_record"].name
    return event


class _StandardHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            _write(self.format(record))
        except Exception:
            self.handleError(record)
