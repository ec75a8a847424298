"""The app of photos with each kind of server, and a client that is registered with it."""

import pytest

from compat.oauth1.photos import Photos, Signer


@pytest.fixture(params=["hooks", "cache"])
def photos(request: pytest.FixtureRequest) -> Photos:
    """The app over hooks (S1), and over a cache and models (S0)."""
    return Photos(kind=request.param)


@pytest.fixture
def printer(photos: Photos) -> Signer:
    """A client of it."""
    return Signer(photos)
