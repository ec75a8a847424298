"""Timestamps."""

import pytest

from consentry.spec.oauth1.errors import ParameterAbsent, TimestampRefused
from consentry.spec.oauth1.timestamp import check_timestamp

from .made import NOW, parsed, parsed_with


@pytest.mark.parametrize("away", [0, 1, -1, 300, -300])
def test_the_window_is_open_both_ways(away: int) -> None:
    """S0 validate_timestamp_and_nonce; THREATS 2"""
    check_timestamp(parsed(oauth_timestamp=str(NOW + away)), NOW + 0.9, 300)


@pytest.mark.parametrize("away", [301, -301, 86_400, -86_400, 10**9])
def test_outside_the_window_is_refused(away: int) -> None:
    """PARITY 6 Authlib 1.0 time; THREATS 2"""
    with pytest.raises(TimestampRefused) as refused:
        check_timestamp(parsed(oauth_timestamp=str(NOW + away)), NOW, 300)
    assert refused.value.status == 401
    assert refused.value.extra == {"oauth_acceptable_timestamps": f"{NOW - 300}-{NOW + 300}"}


@pytest.mark.parametrize(
    "sent",
    [
        "-1",
        "+1",
        "1.0",
        "1e9",
        " 1",
        "1_700_000_000",
        "0x1",
        "abc",
        "\u0661",
        "²",
        "9" * 13,
        "9" * 5_000,
        "1\n",
    ],
)
def test_what_is_not_plain_digits_is_refused(sent: str) -> None:
    """PARITY 2.2 Timestamp; THREATS 2; RFC 5849 §3.3"""
    with pytest.raises(TimestampRefused):
        check_timestamp(parsed(oauth_timestamp=sent), 1, 10**9)


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"oauth_timestamp": None}, "oauth_timestamp"),
        ({"oauth_nonce": None}, "oauth_nonce"),
        ({"oauth_nonce": ""}, "oauth_nonce"),
        ({"oauth_nonce": None, "oauth_timestamp": None}, "oauth_timestamp&oauth_nonce"),
        ({"oauth_signature_method": "PLAINTEXT", "oauth_nonce": None}, "oauth_nonce"),
        ({"oauth_signature_method": "PLAINTEXT", "oauth_timestamp": None}, "oauth_timestamp"),
    ],
)
def test_timestamp_and_nonce_are_required(missing: dict[str, str | None], named: str) -> None:
    """RFC 5849 §3.1"""
    with pytest.raises(ParameterAbsent) as refused:
        check_timestamp(parsed_with(missing), NOW, 300)
    assert refused.value.extra["oauth_parameters_absent"] == named


def test_plaintext_may_come_without_both() -> None:
    """PARITY 2.2 PLAINTEXT; RFC 5849 §3.1"""
    request = parsed(oauth_signature_method="PLAINTEXT", oauth_timestamp=None, oauth_nonce=None)
    check_timestamp(request, NOW, 300)


def test_plaintext_with_both_keeps_the_window() -> None:
    with pytest.raises(TimestampRefused):
        check_timestamp(parsed(oauth_signature_method="PLAINTEXT"), NOW + 301, 300)
