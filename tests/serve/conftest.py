"""Servers shared by the tests of the wire."""

from collections.abc import Iterator

import pytest

from serve.running import Running, running


@pytest.fixture(scope="session")
def wire() -> Iterator[Running]:
    """A server that gives requests time to arrive, however busy the machine is."""
    with running(request_seconds=120.0) as server:
        yield server


@pytest.fixture(scope="session")
def hasty() -> Iterator[Running]:
    """A server whose requests must arrive within half a second."""
    with running(request_seconds=0.5) as server:
        yield server
