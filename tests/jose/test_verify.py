"""Checking signed tokens: every rule alone."""

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.crypto import base64url
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.compact import MAX_CHARACTERS
from consentry.jose.jwks import PublicJwk
from consentry.jose.sign import sign
from consentry.jose.verify import MAX_TRIES, BadToken, Verified, verify, verify_hmac

from .signing import ALL_ALGS, CLAIMS, ISSUER, NOW, forge, key, segment

VECTORS = json.loads((Path(__file__).parent / "data/jose_vectors.json").read_text())["vectors"]
SIGNER = key("ES256")
PUBLIC = SIGNER.public_jwk
BARE = {name: PUBLIC[name] for name in ("kty", "crv", "x", "y")}
HEADER = {"alg": "ES256", "kid": SIGNER.kid, "typ": "JWT"}


def _check(token: str, *keys: PublicJwk, **rules: Any) -> Verified:
    return verify(
        token,
        keys or [PUBLIC],
        **{"algs": ALL_ALGS, "typ": None, "now": NOW, **rules},
    )


def _refuse(reason: str, token: str, *keys: PublicJwk, **rules: Any) -> None:
    with pytest.raises(BadToken, match=reason):
        _check(token, *keys, **rules)


@pytest.mark.parametrize("vector", VECTORS[:2], ids=lambda vector: vector["section"])
def test_a_reference_token_is_accepted(vector: dict[str, Any]) -> None:
    """RFC 7515 appendix A.2 and A.3"""
    found = _check(vector["jws"], vector["jwk"], algs=frozenset([vector["alg"]]), ignore_exp=True)
    assert found.header == {"alg": vector["alg"]}
    assert found.claims["iss"] == "joe"


def test_the_reference_signature_of_ed25519_fits() -> None:
    """RFC 8037 appendix A.4: what it signs is a sentence, so only the claims are refused."""
    vector = VECTORS[2]
    _refuse("malformed claims", vector["jws"], vector["jwk"])


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_what_we_sign_is_accepted(alg: str) -> None:
    token = sign(CLAIMS, key(alg), typ="JWT")
    found = _check(token, key(alg).public_jwk, typ="JWT", issuer=ISSUER, audience="client")
    assert found == Verified({"alg": alg, "kid": key(alg).kid, "typ": "JWT"}, CLAIMS)


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_a_changed_signature_is_refused(alg: str) -> None:
    signing_input, _, signature = sign(CLAIMS, key(alg), typ="JWT").rpartition(".")
    raw = bytearray(base64url.decode(signature))
    raw[0] ^= 1
    _refuse("signature", f"{signing_input}.{segment(bytes(raw))}", key(alg).public_jwk)


@pytest.mark.parametrize("alg", SIGNING_ALGS)
@pytest.mark.parametrize("signature", [b"", b"short", bytes(64), bytes(256)])
def test_a_signature_of_any_other_kind_is_refused(alg: str, signature: bytes) -> None:
    signing_input = sign(CLAIMS, key(alg), typ="JWT").rpartition(".")[0]
    _refuse("signature", f"{signing_input}.{segment(signature)}", key(alg).public_jwk)


def test_claims_under_anothers_signature_are_refused() -> None:
    header, _, signature = sign(CLAIMS, SIGNER, typ="JWT").split(".")
    _refuse("signature", ".".join((header, segment(CLAIMS | {"sub": "eve"}), signature)))


# Algorithm (RFC 8725 §2.1, §3.1)


def test_an_algorithm_not_allowed_here_is_refused() -> None:
    _refuse("alg is not allowed", sign(CLAIMS, SIGNER, typ="JWT"), algs=frozenset(["RS256"]))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_that_is_not_signed_is_refused(alg: str) -> None:
    token = f"{segment({'alg': alg})}.{segment(CLAIMS)}."
    _refuse("alg is not allowed", token, algs=ALL_ALGS | {alg})


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_shared_secret(alg: str) -> None:
    """Not even where a caller allows HS256 by mistake."""
    signing_input = f"{segment({'alg': alg})}.{segment(CLAIMS)}"
    mac = hmac.digest(json.dumps(PUBLIC).encode(), signing_input.encode(), "sha256")
    _refuse("alg is not allowed", f"{signing_input}.{segment(mac)}", algs=ALL_ALGS | {alg})


@pytest.mark.parametrize("header", [{}, {"alg": 1}, {"alg": None}, {"alg": ["ES256"]}])
def test_a_header_without_an_algorithm_is_refused(header: dict[str, Any]) -> None:
    _refuse("no alg", forge(header, CLAIMS, SIGNER))


def test_a_key_registered_for_another_algorithm_is_not_used() -> None:
    """PS256 with a key published for RS256"""
    signer = key("PS256")
    token = sign(CLAIMS, signer, typ="JWT")
    assert _check(token, signer.public_jwk)
    _refuse("no key", token, signer.public_jwk | {"alg": "RS256"})


def test_a_key_of_another_type_is_not_used() -> None:
    token = forge(HEADER | {"alg": "RS256"}, CLAIMS, SIGNER)
    _refuse("no key", token, {name: PUBLIC[name] for name in PUBLIC if name != "alg"})


def test_a_key_of_another_curve_is_not_used() -> None:
    _refuse("no key", sign(CLAIMS, SIGNER, typ="JWT"), BARE | {"crv": "P-384"})


@pytest.mark.parametrize(("signed", "published"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
def test_the_two_names_of_ed25519_are_one(signed: str, published: str) -> None:
    """RFC 9864 §2.2"""
    signer = key(signed)
    assert _check(sign(CLAIMS, signer, typ="JWT"), signer.public_jwk | {"alg": published})


@pytest.mark.parametrize("published", ["EdDSA", "Ed25519"])
def test_no_other_names_are_one(published: str) -> None:
    _refuse("no key", sign(CLAIMS, SIGNER, typ="JWT"), PUBLIC | {"alg": published})


# Key choice


def test_a_key_for_encryption_is_not_used() -> None:
    _refuse("no key", sign(CLAIMS, SIGNER, typ="JWT"), PUBLIC | {"use": "enc"})


def test_the_kid_picks_among_the_keys_given() -> None:
    other = key("ES256", 1)
    token = sign(CLAIMS, SIGNER, typ="JWT")
    assert _check(token, other.public_jwk, PUBLIC)
    _refuse("no key", token, other.public_jwk)


def test_a_kid_that_names_another_key_of_the_set_is_refused() -> None:
    other = key("ES256", 1).public_jwk
    _refuse("signature", forge(HEADER | {"kid": other["kid"]}, CLAIMS, SIGNER), PUBLIC, other)


def test_a_key_published_without_a_name_is_tried() -> None:
    assert _check(sign(CLAIMS, SIGNER, typ="JWT"), BARE)


def test_a_token_without_a_kid_is_tried_with_every_fitting_key() -> None:
    token = forge({"alg": "ES256"}, CLAIMS, SIGNER)
    assert _check(token, key("RS256").public_jwk, key("ES256", 1).public_jwk, PUBLIC)


def test_a_token_that_names_no_key_costs_a_bounded_number_of_checks() -> None:
    token = forge({"alg": "ES256"}, CLAIMS, SIGNER)
    assert _check(token, *[PUBLIC] * MAX_TRIES)
    _refuse("must name its key", token, *[PUBLIC] * (MAX_TRIES + 1))


@pytest.mark.parametrize("kid", [1, None, ["a"]])
def test_a_kid_that_is_not_text_is_refused(kid: object) -> None:
    _refuse("no kid", forge(HEADER | {"kid": kid}, CLAIMS, SIGNER))


@pytest.mark.parametrize("source", ["jku", "x5u", "jwk", "x5c"])
def test_a_key_the_token_brings_itself_is_ignored(source: str) -> None:
    """RFC 8725 §3.10"""
    brought = key("ES256", 1)
    values = {"jwk": brought.public_jwk, "x5c": ["AA"]}
    header = {"alg": "ES256", source: values.get(source, "https://evil.example/keys")}
    _refuse("signature", forge(header, CLAIMS, brought))
    assert _check(forge(header, CLAIMS, SIGNER))


def test_without_keys_nothing_is_accepted() -> None:
    with pytest.raises(BadToken, match="no key"):
        verify(sign(CLAIMS, SIGNER, typ="JWT"), [], algs=ALL_ALGS, typ=None, now=NOW)


@pytest.mark.parametrize("change", [{"x": "AA"}, {"x": None}, {"x": ["a"]}, {"y": PUBLIC["x"]}])
def test_a_malformed_key_fits_nothing(change: dict[str, Any]) -> None:
    _refuse("signature", sign(CLAIMS, SIGNER, typ="JWT"), PUBLIC | change)


# Header


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp", None])
def test_a_critical_header_is_refused(crit: object) -> None:
    """RFC 7515 §4.1.11"""
    _refuse("critical", forge(HEADER | {"crit": crit, "exp": 1}, CLAIMS, SIGNER))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_a_kind_of_token_may_be_spelled_in_each_way_allowed(typ: str) -> None:
    """RFC 7515 §4.1.9"""
    assert _check(forge(HEADER | {"typ": typ}, CLAIMS, SIGNER), typ="at+jwt")


@pytest.mark.parametrize("typ", ["JWT", "", "at", "at+jwt ", None, 1, "text/at+jwt"])
def test_another_kind_of_token_is_refused(typ: object) -> None:
    """RFC 8725 §3.11"""
    _refuse("typ is not", forge(HEADER | {"typ": typ}, CLAIMS, SIGNER), typ="at+jwt")


def test_a_token_that_does_not_name_its_kind_is_refused_where_one_is_due() -> None:
    token = forge({"alg": "ES256"}, CLAIMS, SIGNER)
    assert _check(token)
    _refuse("typ is not", token, typ="JWT")


# Shape


def test_16_kib_are_the_most() -> None:
    room = CLAIMS | {"pad": ""}
    missing = MAX_CHARACTERS - len(sign(room, SIGNER, typ="JWT"))
    longest = sign(room | {"pad": "x" * (missing * 3 // 4)}, SIGNER, typ="JWT")
    assert MAX_CHARACTERS - 4 < len(longest) <= MAX_CHARACTERS
    assert _check(longest)
    _refuse("over 16384", sign(room | {"pad": "x" * missing}, SIGNER, typ="JWT"))


@pytest.mark.parametrize("token", ["", ".", "a.b", "a.b.c.d", "a.b.c.d.e"])
def test_what_has_not_three_parts_is_refused(token: str) -> None:
    _refuse("three parts", token)


def test_three_empty_parts_are_refused() -> None:
    _refuse("malformed token", "..")


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("ending", ["=", "\n", "A", "é"])
def test_a_part_spelled_in_another_way_is_refused(part: int, ending: str) -> None:
    parts = sign(CLAIMS, SIGNER, typ="JWT").split(".")
    parts[part] += ending
    _refuse(r"malformed token|signature", ".".join(parts))


@pytest.mark.parametrize(
    "header", [b'{"alg":"ES256","alg":"none"}', b"[]", b"", b"{", b'"ES256"', b"[" * 3000]
)
def test_a_header_with_two_readings_or_none_is_refused(header: bytes) -> None:
    _refuse("malformed token", forge(header, CLAIMS, SIGNER))


@pytest.mark.parametrize(
    "claims",
    [
        b'{"exp":1700000060,"sub":"a","sub":"b"}',
        b"[]",
        b"",
        b"null",
        b'{"exp":1700000060,"deep":' + b"[" * 40 + b"]" * 40 + b"}",
    ],
)
def test_claims_with_two_readings_or_none_are_refused(claims: bytes) -> None:
    _refuse("malformed claims", forge(HEADER, claims, SIGNER))


@given(st.text(max_size=80) | st.from_regex(r"\A[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\Z"))
def test_any_text_is_refused_as_a_bad_token(token: str) -> None:
    with pytest.raises(BadToken):
        _check(token)


# Claims (RFC 7519 §4.1)


def _with(**changes: object) -> str:
    return sign(CLAIMS | changes, SIGNER, typ="JWT")


def _without(name: str) -> str:
    return sign({k: v for k, v in CLAIMS.items() if k != name}, SIGNER, typ="JWT")


def test_a_token_that_never_ends_is_refused() -> None:
    _refuse("no exp", _without("exp"))


def test_a_token_ends_at_its_exp() -> None:
    assert _check(_with(exp=NOW + 1))
    _refuse("expired", _with(exp=NOW))


def test_leeway_moves_the_end() -> None:
    assert _check(_with(exp=NOW - 4), leeway=5)
    _refuse("expired", _with(exp=NOW - 5), leeway=5)


def test_expiry_is_ignored_where_asked() -> None:
    """OIDC RP-Initiated Logout 1.0 §4: an id_token_hint may have expired."""
    assert _check(_with(exp=1), ignore_exp=True)
    assert _check(_without("exp"), ignore_exp=True)


def test_a_token_begins_at_its_nbf() -> None:
    assert _check(_with(nbf=NOW))
    _refuse("not valid yet", _with(nbf=NOW + 1))
    assert _check(_with(nbf=NOW + 5), leeway=5)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat", "auth_time"])
@pytest.mark.parametrize("value", ["1700000060", True, None, [1700000060], {}])
def test_a_time_that_is_not_a_number_is_refused(name: str, value: object) -> None:
    """RFC 7519 §2"""
    _refuse(f"{name} is not a number", _with(**{name: value}), ignore_exp=True)


def test_a_time_may_have_a_fraction() -> None:
    assert _check(_with(exp=NOW + 0.5))


@pytest.mark.parametrize("iss", ["https://other.example.com", ISSUER + "/", None, [ISSUER]])
def test_another_issuer_is_refused(iss: object) -> None:
    assert _check(_with(iss=iss))
    _refuse("iss is another", _with(iss=iss), issuer=ISSUER)


def test_a_token_without_an_issuer_is_refused_where_one_is_due() -> None:
    _refuse("iss is another", _without("iss"), issuer=ISSUER)


@pytest.mark.parametrize("aud", ["client", ["client"], ["other", "client"], ["client", 1]])
def test_a_token_for_us_among_others_is_accepted(aud: object) -> None:
    """RFC 7519 §4.1.3"""
    assert _check(_with(aud=aud), audience="client")
    assert _check(_with(aud=aud), audience=["client", "alias"])


@pytest.mark.parametrize(
    "aud", ["other", "clien", ["other"], [], None, {"client": 1}, [["client"]]]
)
def test_a_token_for_another_is_refused(aud: object) -> None:
    assert _check(_with(aud=aud))
    _refuse("aud is another", _with(aud=aud), audience="client")


def test_a_token_for_no_one_is_refused_where_an_audience_is_due() -> None:
    _refuse("aud is another", _without("aud"), audience="client")


def test_no_audience_at_all_accepts_nothing() -> None:
    _refuse("aud is another", _with(), audience=[])


def test_a_required_claim_must_be_there() -> None:
    assert _check(_with(jti="1"), require=["jti", "sub"])
    _refuse("no jti", _with(), require=["sub", "jti"])


# Shared secrets (RFC 7518 §3.2, OIDC Core §9 client_secret_jwt)


def _hs256(secret: str, claims: object = CLAIMS, **header: object) -> str:
    signing_input = f"{segment({'alg': 'HS256', **header})}.{segment(claims)}"
    mac = hmac.digest(secret.encode(), signing_input.encode(), "sha256")
    return f"{signing_input}.{segment(mac)}"


def test_a_token_made_with_any_of_the_secrets_is_accepted() -> None:
    for secret in ("old secret", "new sécret"):
        found = verify_hmac(_hs256(secret), ["old secret", "new sécret"], typ=None, now=NOW)
        assert found.claims == CLAIMS


@pytest.mark.parametrize("secrets", [["other"], [], [""]])
def test_a_token_made_with_none_of_the_secrets_is_refused(secrets: list[str]) -> None:
    with pytest.raises(BadToken, match="signature"):
        verify_hmac(_hs256("secret"), secrets, typ=None, now=NOW)


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(BadToken, match="signature"):
        verify_hmac(_hs256(""), [""], typ=None, now=NOW)


def test_a_public_key_algorithm_is_refused_where_a_secret_is_due() -> None:
    with pytest.raises(BadToken, match="alg is not allowed"):
        verify_hmac(sign(CLAIMS, SIGNER, typ="JWT"), ["secret"], typ=None, now=NOW)


@pytest.mark.parametrize("alg", ["none", "HS384", "HS512"])
def test_no_other_algorithm_of_secrets_is_taken(alg: str) -> None:
    with pytest.raises(BadToken, match="alg is not allowed"):
        verify_hmac(_hs256("secret", alg=alg), ["secret"], typ=None, now=NOW)


@pytest.mark.parametrize(
    ("claims", "rules", "reason"),
    [
        ({"exp": NOW}, {}, "expired"),
        ({}, {}, "no exp"),
        ({"exp": NOW + 1}, {"issuer": "client"}, "iss"),
        ({"exp": NOW + 1}, {"audience": ISSUER}, "aud"),
        ({"exp": NOW + 1}, {"require": ["jti"]}, "no jti"),
        ({"exp": NOW + 1}, {"typ": "JWT"}, "typ"),
    ],
)
def test_a_secret_does_not_excuse_from_the_other_rules(
    claims: dict[str, Any], rules: dict[str, Any], reason: str
) -> None:
    token = _hs256("secret", claims)
    with pytest.raises(BadToken, match=reason):
        verify_hmac(token, ["secret"], **{"typ": None, "now": NOW, **rules})


def test_leeway_holds_for_secrets_too() -> None:
    assert verify_hmac(_hs256("s", {"exp": NOW}), ["s"], typ=None, now=NOW, leeway=1)
