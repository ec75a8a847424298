"""A client's public keys."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey

from consentry.crypto import base64url
from consentry.jose.jwks import MAX_BYTES, MAX_KEYS, public_only, thumbprint

from .signing import key

VECTORS = json.loads((Path(__file__).parent / "data/jose_vectors.json").read_text())
ES256 = key("ES256").public_jwk
RS256 = key("RS256").public_jwk


@pytest.mark.parametrize("vector", VECTORS["thumbprints"], ids=lambda vector: vector["section"])
def test_a_thumbprint_is_that_of_the_reference(vector: dict[str, Any]) -> None:
    """RFC 7638 §3.1, RFC 8037 appendix A.3"""
    assert thumbprint(vector["jwk"]) == vector["thumbprint"]


def test_only_what_we_use_is_kept() -> None:
    extra = {"x5c": ["…"], "x5u": "https://evil.example", "x5t": "…", "other": 1}
    assert public_only({"keys": [ES256 | extra], "more": 1}) == [ES256]


def test_a_key_without_remarks_is_kept() -> None:
    bare = {name: ES256[name] for name in ("kty", "crv", "x", "y")}
    assert public_only({"keys": [bare]}) == [bare]


@pytest.mark.parametrize(
    "unknown",
    [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": ["RSA"]},
        {},
        ECKey.generate_key("P-384").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        {"kty": "EC"},
        RS256 | {"use": "enc"},
        {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ],
)
def test_a_key_we_do_not_use_is_left_out(unknown: dict[str, Any]) -> None:
    """RFC 7517 §5"""
    assert public_only({"keys": [unknown, ES256]}) == [ES256]


@pytest.mark.parametrize("secret", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="private"):
        public_only({"keys": [ES256, RS256 | {secret: "AA"}]})


@pytest.mark.parametrize(
    "private",
    [
        OctKey.generate_key(256).as_dict(private=True),
        {"kty": "oct"},
        ECKey.generate_key("P-384").as_dict(private=True),
        ECKey.generate_key("P-256").as_dict(private=True) | {"use": "enc"},
    ],
)
def test_a_secret_is_refused_even_in_a_key_we_would_leave_out(private: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="private or shared"):
        public_only({"keys": [ES256, private]})


@pytest.mark.parametrize("bits", [1024, 2047, 8193])
def test_an_rsa_key_of_the_wrong_size_is_refused(bits: int) -> None:
    """RFC 7518 §3.3"""
    number = (1 << (bits - 1)) | 1
    n = base64url.encode(number.to_bytes((bits + 7) // 8, "big"))
    with pytest.raises(ValueError, match=f"not {bits}"):
        public_only({"keys": [{"kty": "RSA", "n": n, "e": "AQAB"}]})


@pytest.mark.parametrize(
    "change",
    [
        {"x": "AA"},
        {"x": ES256["y"]},
        {"x": ES256["x"] + "="},
        {"x": 1},
        {"y": None},
        {"x": "é"},
        {"x": ""},
    ],
)
def test_a_malformed_key_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"malformed|not text"):
        public_only({"keys": [ES256 | change]})


@pytest.mark.parametrize("change", [{"e": "AA"}, {"e": "Ag"}, {"n": "é"}, {"n": "A"}])
def test_a_malformed_rsa_key_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="malformed"):
        public_only({"keys": [RS256 | change]})


@pytest.mark.parametrize("member", ["x", "y"])
def test_a_key_that_lacks_a_member_is_refused(member: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        public_only({"keys": [{k: v for k, v in ES256.items() if k != member}]})


@pytest.mark.parametrize("remark", [{"kid": 1}, {"alg": ["ES256"]}, {"kid": None}])
def test_a_remark_that_is_not_text_is_refused(remark: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not text"):
        public_only({"keys": [ES256 | remark]})


@pytest.mark.parametrize("jwks", [None, [], {}, {"keys": {}}, {"keys": [1]}, {"keys": None}])
def test_what_is_no_set_is_refused(jwks: object) -> None:
    with pytest.raises(ValueError, match="not a JWK Set"):
        public_only(jwks)


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        public_only({"keys": []})


def test_fifty_keys_are_the_most() -> None:
    assert len(public_only({"keys": [ES256] * MAX_KEYS})) == MAX_KEYS
    with pytest.raises(ValueError, match="at most 50 keys"):
        public_only({"keys": [ES256] * (MAX_KEYS + 1)})


def test_64_kib_are_the_most() -> None:
    empty = len(json.dumps({"keys": [ES256], "pad": ""}, separators=(",", ":")))
    pad = "x" * (MAX_BYTES - empty)
    padded = {"keys": [ES256], "pad": pad}
    assert public_only(padded) == [ES256]
    with pytest.raises(ValueError, match="at most 65536 bytes"):
        public_only(padded | {"pad": pad + "x"})


def test_a_set_that_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        public_only({"keys": [ES256], "more": object()})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid"]),
    JSON | st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "sig", "AQAB", "AA"]),
)


@given(st.fixed_dictionaries({"keys": st.lists(MEMBERS | JSON, max_size=3)}))
def test_any_set_is_taken_or_refused_by_value_error(jwks: dict[str, Any]) -> None:
    try:
        assert public_only(jwks)
    except ValueError:
        pass
