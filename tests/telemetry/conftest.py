"""Spans kept in memory instead of being sent, and a world that makes them."""

from collections.abc import AsyncIterator, Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from consentry import tracing
from support.world import World, running_world
from support.worlds import database
from telemetry.collector import Collector, collecting

__all__ = ["database"]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What was traced since the fixture was asked for."""
    kept = InMemorySpanExporter()
    tracing.start("0.0.0", SimpleSpanProcessor(kept))
    try:
        yield kept
    finally:
        tracing.stop()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Where spans may be sent."""
    with collecting() as made:
        yield made


@pytest.fixture
async def each_traced(spans: InMemorySpanExporter, database: str) -> AsyncIterator[World]:
    """A world on each database, whose process traces."""
    async with running_world(database) as made:
        spans.clear()
        yield made


@pytest.fixture
async def traced(spans: InMemorySpanExporter, sqlite_database: str) -> AsyncIterator[World]:
    """The same, on SQLite alone."""
    async with running_world(sqlite_database, access_log=True) as made:
        spans.clear()
        yield made


@pytest.fixture
async def proxied(spans: InMemorySpanExporter, sqlite_database: str) -> AsyncIterator[World]:
    """The same behind a proxy that is trusted: all come from its address."""
    async with running_world(sqlite_database, trusted_proxies="203.0.113.0/24") as made:
        spans.clear()
        yield made
