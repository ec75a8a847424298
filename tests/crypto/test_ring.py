"""A tenant's ring of data keys."""

import pytest

from consentry.crypto.ring import DataKey, DataKeys, UnknownVersion
from consentry.crypto.seal import Unsealable

OLD = DataKey(1, bytes(32))
NEW = DataKey(2, bytes(range(32)))
RING = DataKeys(b"tenant-a", [NEW, OLD])


def test_the_first_key_seals_and_its_version_stands_in_front() -> None:
    sealed = RING.seal("code", b"text")
    assert sealed[:2] == b"\x00\x02"
    assert RING.unseal("code", sealed) == b"text"


def test_what_an_older_key_sealed_still_unseals() -> None:
    sealed = DataKeys(b"tenant-a", [OLD]).seal("code", b"text")
    assert RING.unseal("code", sealed) == b"text"


def test_another_purpose_is_refused() -> None:
    with pytest.raises(Unsealable):
        RING.unseal("refresh", RING.seal("code", b"text"))


def test_another_tenant_with_the_same_key_is_refused() -> None:
    with pytest.raises(Unsealable):
        DataKeys(b"tenant-b", [NEW]).unseal("code", RING.seal("code", b"text"))


def test_a_version_claimed_for_the_same_secret_is_refused() -> None:
    """The version is bound to the sealed value, not only a label in front of it."""
    ring = DataKeys(b"tenant-a", [NEW, DataKey(1, NEW.secret)])
    sealed = ring.seal("code", b"text")
    with pytest.raises(Unsealable):
        ring.unseal("code", b"\x00\x01" + sealed[2:])


def test_an_unknown_version_is_named_as_such() -> None:
    with pytest.raises(UnknownVersion, match="version 2"):
        DataKeys(b"tenant-a", [OLD]).unseal("code", RING.seal("code", b"text"))


@pytest.mark.parametrize("sealed", [b"", b"\x00"])
def test_what_has_no_version_is_refused(sealed: bytes) -> None:
    with pytest.raises(Unsealable, match="shorter"):
        RING.unseal("code", sealed)


def test_a_given_nonce_makes_the_result_repeat() -> None:
    assert RING.seal("code", b"text", bytes(12)) == RING.seal("code", b"text", nonce=bytes(12))


@pytest.mark.parametrize("purpose", ["", "code|tenant"])
def test_a_purpose_that_could_be_read_as_another_is_refused(purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        RING.seal(purpose, b"")
    with pytest.raises(ValueError, match="purpose"):
        RING.mac(purpose, b"")


def test_a_mac_verifies() -> None:
    assert RING.verify_mac("csrf", b"message", RING.mac("csrf", b"message"))


def test_a_mac_of_an_older_key_verifies() -> None:
    mac = DataKeys(b"tenant-a", [OLD]).mac("csrf", b"message")
    assert RING.verify_mac("csrf", b"message", mac)


@pytest.mark.parametrize(
    ("purpose", "message", "cut"),
    [("csrf", b"other", 0), ("logout", b"message", 0), ("csrf", b"message", 1)],
)
def test_a_mac_of_something_else_does_not_verify(purpose: str, message: bytes, cut: int) -> None:
    mac = RING.mac("csrf", b"message")
    assert not RING.verify_mac(purpose, message, mac[: len(mac) - cut])


def test_a_mac_of_a_key_no_longer_held_does_not_verify() -> None:
    assert not DataKeys(b"tenant-a", [OLD]).verify_mac("csrf", b"m", RING.mac("csrf", b"m"))


def test_a_ring_knows_its_versions_newest_first() -> None:
    assert (RING.current, RING.versions, RING.tenant_id) == (2, (2, 1), b"tenant-a")


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        DataKeys(b"tenant-a", [])


def test_two_keys_of_one_version_are_refused() -> None:
    with pytest.raises(ValueError, match="two data keys"):
        DataKeys(b"tenant-a", [OLD, OLD])


@pytest.mark.parametrize("version", [-1, 65536])
def test_a_version_that_does_not_fit_two_bytes_is_refused(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        DataKey(version, bytes(32))


def test_a_data_key_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(1, bytes(31))


def test_a_data_key_does_not_show_its_secret() -> None:
    assert repr(NEW) == "DataKey(version=2)"
