"""Property tests: whatever is sent to the token side, it answers, and never with a 5xx."""

from typing import Any
from urllib.parse import quote_from_bytes, quote_plus

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.assertions import TYPE, hs256, jwks_of, key_of, signed
from support.token_side import FORM, basic, bought, send
from support.world import SECRET, World

PATHS = st.sampled_from(["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"])
NAMES = st.sampled_from(
    ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource",
     "client_id", "client_secret", "client_assertion", "client_assertion_type", "token",
     "token_type_hint", "username", "password", "é", ""]
)  # fmt: skip
WORDS = st.sampled_from(
    ["authorization_code", "refresh_token", "client_credentials", "password", "printer", "signer",
     "shared", SECRET, TYPE, "openid", "photos.read", "https://api.photos.example", "cns_at_AAAA",
     "cns_ac_AAAA", "cns_rt_AAAA", "cns_at_", "a.b.c", "e30.e30.e30"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
QUIET = settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def escaped(value: str | bytes) -> bytes:
    return (quote_plus(value) if isinstance(value, str) else quote_from_bytes(value)).encode()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
FIELDS = st.lists(st.tuples(NAMES, WORDS | TEXTS | st.binary(max_size=30)), max_size=8)
BODIES = st.binary(max_size=200) | FIELDS.map(
    lambda fields: b"&".join(escaped(name) + b"=" + escaped(value) for name, value in fields)
)
BASICS = st.tuples(WORDS | TEXTS, WORDS | TEXTS).map(lambda both: basic(*both)[1])
HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)
AUTHORIZATIONS = st.one_of(
    st.none(), HEADER_TEXT, BASICS, st.just(basic()[1]),
    st.tuples(st.sampled_from(["Basic", "basic", "Bearer", "DPoP", "Digest", ""]), HEADER_TEXT).map(
        " ".join
    ),
)  # fmt: skip


async def status(world: World, path: str, body: bytes, authorization: str | None) -> int:
    headers = [FORM] + ([("Authorization", authorization)] if authorization is not None else [])
    return (await send(world, path, body, headers=headers)).status_code


@QUIET
@given(path=PATHS, body=BODIES, authorization=AUTHORIZATIONS)
async def test_no_request_breaks_an_endpoint(
    strict_world: World, path: str, body: bytes, authorization: str | None
) -> None:
    """THREATS 56"""
    assert await status(strict_world, path, body, authorization) < 500


@QUIET
@given(path=PATHS, fields=FIELDS)
async def test_no_form_of_a_good_client_breaks_an_endpoint(
    strict_world: World, path: str, fields: list[tuple[str, Any]]
) -> None:
    """THREATS 56"""
    body = b"&".join(escaped(name) + b"=" + escaped(value) for name, value in fields)
    assert await status(strict_world, path, body, basic()[1]) < 500


@QUIET
@given(authorization=AUTHORIZATIONS, body=BODIES)
async def test_no_bearer_breaks_userinfo(
    strict_world: World, authorization: str | None, body: bytes
) -> None:
    """THREATS 56"""
    assert await status(strict_world, "/oauth2/userinfo", body, authorization) < 500


@QUIET
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64"]), JSON, max_size=3
    ),
    payload=st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "x"]),
        JSON | WORDS, max_size=8,
    ),
    method=st.sampled_from(["signer", "shared"]),
    good=st.booleans(),
)  # fmt: skip
async def test_no_well_signed_assertion_breaks_an_endpoint(
    strict_world: World, header: dict[str, Any], payload: dict[str, Any], method: str, good: bool
) -> None:
    """RFC 7523 §3, THREATS 22, 56"""
    if await strict_world.store().clients.get("signer") is None:
        await strict_world.add_client(
            "signer", token_endpoint_auth_method="private_key_jwt", jwks=jwks_of(key_of())
        )
        await strict_world.add_client("shared", token_endpoint_auth_method="client_secret_jwt")
    if good:
        now = int(strict_world.clock().timestamp())
        known = {"iss": method, "sub": method, "aud": "http://photos.localhost:8000"}
        payload = {**known, "exp": now + 60, "jti": "x", **payload, "sub": method, "iss": method}
    if method == "signer":
        assertion = signed(key_of(), payload, **({} if good else header))
    else:
        assertion = hs256(SECRET, payload, **({} if good else header))
    body = b"grant_type=client_credentials&client_assertion_type=" + escaped(TYPE)
    body += b"&client_assertion=" + escaped(assertion)
    assert await status(strict_world, "/oauth2/token", body, None) < 500


@QUIET
@given(place=st.integers(0, 200), flip=st.integers(1, 255), cut=st.integers(0, 40))
async def test_no_damaged_token_counts_or_breaks(
    strict_world: World, place: int, flip: int, cut: int
) -> None:
    """THREATS 52"""
    held: list[str] = strict_world.__dict__.setdefault("_held", [])
    if not held:
        tokens = await bought(strict_world)
        held += [tokens.access_token, tokens.refresh_token, tokens.body["id_token"]]
    for text in held:
        raw = bytearray(text.encode())
        raw[place % len(raw)] ^= flip & 0x1F or 1
        damaged = bytes(raw[: len(raw) - cut])
        answer = await send(
            strict_world, "/oauth2/introspect", b"token=" + escaped(damaged),
            headers=[FORM, basic()],
        )  # fmt: skip
        assert answer.status_code < 500
        assert answer.json().get("active") is not True
