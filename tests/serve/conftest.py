"""One server shared by the tests of the wire."""

from collections.abc import Iterator

import pytest

from serve.running import Running, running


@pytest.fixture(scope="session")
def wire() -> Iterator[Running]:
    """A server whose requests must arrive within half a second."""
    with running(request_seconds=0.5) as server:
        yield server
