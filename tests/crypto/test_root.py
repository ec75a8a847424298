"""The installation's root keys."""

import pytest

from consentry.crypto.root import RootKeys
from consentry.crypto.seal import Unsealable

OLD = "the older root key; thirty-two or more characters"
NEW = "the newer root key; thirty-two or more characters"
WRAPPED = RootKeys.parse(OLD).wrap(b"tenant-a", "data", 1, b"secret")


def test_a_wrapped_secret_comes_back() -> None:
    assert RootKeys.parse(OLD).unwrap(b"tenant-a", "data", 1, WRAPPED) == b"secret"


def test_an_older_root_key_in_the_list_still_unwraps() -> None:
    assert RootKeys.parse(f"{NEW},{OLD}").unwrap(b"tenant-a", "data", 1, WRAPPED) == b"secret"


def test_only_the_first_root_key_wraps() -> None:
    rotated = RootKeys.parse(f" {NEW} , {OLD} ")
    assert not rotated.is_current(WRAPPED)
    again = rotated.wrap(b"tenant-a", "data", 1, b"secret")
    assert rotated.is_current(again)
    assert RootKeys.parse(NEW).unwrap(b"tenant-a", "data", 1, again) == b"secret"


def test_without_its_root_key_the_error_names_the_setting() -> None:
    with pytest.raises(Unsealable, match=r"no configured root key.*CONSENTRY_SECRET_KEY"):
        RootKeys.parse(NEW).unwrap(b"tenant-a", "data", 1, WRAPPED)


@pytest.mark.parametrize(
    ("tenant_id", "purpose", "version"),
    [(b"tenant-b", "data", 1), (b"tenant-a", "signing", 1), (b"tenant-a", "data", 2)],
)
def test_a_wrapped_secret_fits_one_tenant_purpose_and_version(
    tenant_id: bytes, purpose: str, version: int
) -> None:
    with pytest.raises(Unsealable):
        RootKeys.parse(OLD).unwrap(tenant_id, purpose, version, WRAPPED)


@pytest.mark.parametrize("wrapped", [b"", WRAPPED[:8], WRAPPED[:-1]], ids=len)
def test_what_was_cut_is_refused(wrapped: bytes) -> None:
    with pytest.raises(Unsealable):
        RootKeys.parse(OLD).unwrap(b"tenant-a", "data", 1, wrapped)


@pytest.mark.parametrize("setting", ["", "   "])
def test_no_root_key_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="CONSENTRY_SECRET_KEY: no key"):
        RootKeys.parse(setting)


def test_a_root_key_of_31_characters_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="key 2 of 2 has 31 characters") as refused:
        RootKeys.parse(f"{OLD},{'x' * 31}")
    assert "\n" not in str(refused.value)
    assert "xxx" not in str(refused.value)


def test_a_root_key_of_32_characters_is_enough() -> None:
    assert RootKeys.parse("x" * 32).current.id


def test_a_root_key_does_not_show_itself() -> None:
    assert "sealer" not in repr(RootKeys.parse(OLD).current)
