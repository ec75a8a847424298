"""A mount of its own for each test; nothing leaves the process."""

import pytest

from compat.provider.mounted import Mounted


@pytest.fixture
def mounted() -> Mounted:
    return Mounted()
