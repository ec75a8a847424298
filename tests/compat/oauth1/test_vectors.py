"""The worked example of RFC 5849 §1.2, which the references show too."""

from datetime import UTC, datetime

import pytest

from compat.oauth1.photos import Client, Photos, SetClock, members
from consentry.compat.oauth1 import AuthorizationServer, TemporaryCredential

INITIATE = (
    'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", '
    'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoS", '
    'oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", '
    'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"'
)
TOKEN = (
    'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", '
    'oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", '
    'oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", '
    'oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"'
)


@pytest.fixture
def photos() -> Photos:
    """The server of the example, at its time."""
    clock = SetClock()
    clock.now = datetime(1974, 5, 7, 4, 0, tzinfo=UTC).timestamp()
    assert clock.now == 137131200
    made = Photos(clock=clock)
    printer = Client("dpf43f3p2l4k3l03", redirect_uris=["http://printer.example.com/ready"])
    made.clients["dpf43f3p2l4k3l03"] = printer
    return made


@pytest.mark.parametrize("moved", [0, 300, 301])
async def test_the_request_for_temporary_credentials_is_good_at_its_time(
    photos: Photos, moved: int
) -> None:
    """PARITY 1.4 POST https initiate: by an injected clock"""
    photos.clock.now += moved
    async with photos.browser() as browser:
        answer = await browser.post("/initiate", headers={"Authorization": INITIATE})
    assert (answer.status_code == 200) == (moved <= 300)


async def test_the_request_for_a_token_is_good_at_its_time(photos: Photos) -> None:
    """PARITY 1.4 POST https token"""
    kept = TemporaryCredential(
        oauth_token="hh5s93j4hdidpola",
        oauth_token_secret="hdhd0244k9j7ao03",
        client_id="dpf43f3p2l4k3l03",
        oauth_callback="http://printer.example.com/ready",
        oauth_verifier="hfdp7dh39dks9884",
        user_id=7,
    )

    async def get(oauth_token: str | None) -> TemporaryCredential | None:
        return kept if oauth_token == kept["oauth_token"] else None

    assert isinstance(photos.server, AuthorizationServer)
    photos.server.register_hook("get_temporary_credential", get)
    async with photos.browser() as browser:
        answer = await browser.post("/token", headers={"Authorization": TOKEN})
    assert answer.status_code == 200, answer.text
    assert photos.tokens[0].oauth_token == members(answer)["oauth_token"]
