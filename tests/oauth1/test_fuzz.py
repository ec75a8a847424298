"""Property tests: whatever is sent to OAuth 1's endpoints, they answer, and never with a 5xx."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.spec.oauth1.signing import Credentials
from support.signing import KEY, add_oauth1_client, send_signed, token_credentials
from support.token_side import FORM, basic, send
from support.world import CALLBACK, SECRET, World

QUIET = settings(
    max_examples=100, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
PATHS = st.sampled_from(["/oauth1/initiate", "/oauth1/token", "/api/v1/whoami"])
NAMES = st.sampled_from(
    ["oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature",
     "oauth_timestamp", "oauth_nonce", "oauth_version", "oauth_callback", "oauth_verifier",
     "oauth_body_hash", "oauth_é", "realm", "scope", "a[]", "", "%zz", "%00", "%ff"]
)  # fmt: skip
WORDS = st.sampled_from(
    [KEY, SECRET, "HMAC-SHA1", "RSA-SHA1", "PLAINTEXT", "1.0", "oob", CALLBACK, "1700000000",
     "cns_tc_AAAA", "cns_ot_AAAA", "cns_ot_" + "A" * 24, "%zz", "%", "%E9", "\\", '"', "=", ","]
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=80)
PAIRS = st.lists(st.tuples(NAMES, WORDS | TEXTS), max_size=10)


def header(pairs: list[tuple[str, str]]) -> str:
    return "OAuth " + ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in pairs)


def field(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='%')}={quote(value)}" for name, value in pairs)


HEADERS = st.one_of(
    st.none(), PAIRS.map(header), LATIN, LATIN.map("OAuth {}".format),
    st.tuples(NAMES, WORDS).map(lambda one: f'OAuth {one[0]}="{one[1]}"'),
)  # fmt: skip
BODIES = st.binary(max_size=120) | PAIRS.map(lambda pairs: field(pairs).encode())


@QUIET
@given(path=PATHS, authorization=HEADERS, query=PAIRS.map(field), body=BODIES)
async def test_no_request_breaks_an_endpoint(
    strict_world: World, path: str, authorization: str | None, query: str, body: bytes
) -> None:
    """THREATS 8, 56; PARITY 6 Authlib 1.0 parsing: fuzz"""
    headers: list[Any] = [FORM]
    if authorization is not None:
        headers.append((b"Authorization", authorization.encode("latin-1", "replace")))
    answer = await send(strict_world, f"{path}?{query}", body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.fixture(scope="module")
async def held(strict_world: World) -> Credentials:
    """Token credentials that Jane approved."""
    await add_oauth1_client(strict_world)
    return await token_credentials(strict_world)


EXTRA = st.dictionaries(
    st.sampled_from(["oauth_callback", "oauth_verifier", "oauth_version", "oauth_token",
                     "oauth_timestamp", "oauth_nonce", "oauth_consumer_key", "oauth_é"]),
    WORDS | TEXTS, max_size=4,
)  # fmt: skip


@QUIET
@given(path=PATHS, extra=EXTRA, query=PAIRS.map(field), placement=st.sampled_from(
    ["header", "query", "body"]), own=st.booleans())  # fmt: skip
async def test_no_good_signature_over_odd_values_breaks_an_endpoint(
    strict_world: World,
    held: Credentials,
    path: str,
    extra: dict[str, str],
    query: str,
    placement: Any,
    own: bool,
) -> None:
    """THREATS 56"""
    credentials = Credentials(KEY, SECRET) if own else held
    plain = "" if "%zz" in query or "%00" in query or "%ff" in query else f"?{query}"
    answer = await send_signed(
        strict_world, "POST", path + plain, credentials, extra=extra, placement=placement
    )
    assert answer.status_code < 500, answer.text


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
METHODS = st.sampled_from(["GET", "POST", "get", "G T", ""]) | TEXTS
URLS = st.sampled_from(
    ["https://api.example/?a=b", "http://[::1]:80/", "https://a@b/", "//x", "http://:80/", ""]
) | TEXTS  # fmt: skip
QUESTIONS = st.fixed_dictionaries(
    {"method": METHODS | ANY_JSON, "url": URLS | ANY_JSON},
    optional={
        "headers": st.dictionaries(
            st.sampled_from(["Authorization", "authorization", "Content-Type", "x"]) | TEXTS,
            PAIRS.map(header) | st.just("application/x-www-form-urlencoded") | TEXTS, max_size=4,
        ) | ANY_JSON,
        "body": PAIRS.map(field) | ANY_JSON,
    },
)  # fmt: skip


@QUIET
@given(question=(QUESTIONS | ANY_JSON).map(orjson.dumps) | st.binary(max_size=60))
async def test_no_question_breaks_verify(strict_world: World, question: bytes) -> None:
    """THREATS 9, 56"""
    headers = [("Content-Type", "application/json"), basic()]
    answer = await send(strict_world, "/oauth1/verify", question, headers=headers)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        assert answer.json()["active"] is False


@QUIET
@given(query=st.binary(max_size=60) | PAIRS.map(lambda pairs: field(pairs).encode()))
async def test_no_query_breaks_the_page(strict_world: World, query: bytes) -> None:
    """THREATS 56"""
    async with strict_world.new_browser() as browser:
        answer = await browser.get(f"/oauth1/authorize?{quote(query, safe='%&=')}")
    assert answer.status_code == 400
