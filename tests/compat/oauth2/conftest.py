"""A shop for each test."""

import pytest

from compat.oauth2.shop import Shop


@pytest.fixture
def shop() -> Shop:
    """A shop with the grants most have."""
    return Shop().with_usual_grants()
