"""RFC 7662 at the API: what an answer must say, and for how long it is believed."""

import base64
import logging
from typing import Any

import pytest
from starlette.applications import Starlette

from consentry.resource import IntrospectionBearer, ResourceProtector
from resource_library.api import call, challenges, guarded_by
from resource_library.issuer import API, ISSUER, Issuer

GOOD = {"active": True, "sub": "jane", "scope": "photos.read", "token_type": "Bearer"}


def bearer(issuer: Issuer, /, **options: Any) -> IntrospectionBearer:
    options = {"http": issuer.http, "clock": issuer.clock, **options}
    return IntrospectionBearer(f"{ISSUER}/introspect", "photo api", "s:cr+t", **options)


def app_of(issuer: Issuer, /, **options: Any) -> Starlette:
    return guarded_by(ResourceProtector(bearer(issuer, **options)), "photos.read")


async def test_an_active_token_is_let_in(issuer: Issuer) -> None:
    """RFC 7662 §2.2"""
    issuer.known["good"] = GOOD
    assert (await call(app_of(issuer), "good")).json()["sub"] == "jane"
    [basic] = issuer.authorizations
    assert base64.b64decode(basic.removeprefix("Basic ")) == b"photo+api:s%3Acr%2Bt"


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"exp": 1_700_000_000},
        {"exp": "never"},
        {"nbf": 1_700_000_001},
        {"token_type": None},
        {"token_type": "DPoP"},
        {"token_type": 7},
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}},
        {"scope": 7},
    ],
    ids=str,
)
async def test_each_member_alone_refuses(issuer: Issuer, change: dict[str, Any]) -> None:
    """THREATS 31: RFC 7662 §4, RFC 9449 §7.2."""
    app = app_of(issuer, audience=API, issuer=ISSUER)
    full = {**GOOD, "aud": API, "iss": ISSUER, "exp": 1_700_000_060}
    issuer.known["good"] = full
    changed = {**full, **change}
    issuer.known["bad"] = {name: one for name, one in changed.items() if one is not None}
    assert (await call(app, "good")).status_code == 200
    refused = await call(app, "bad")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


async def test_an_endpoint_that_names_no_type_may_be_trusted(issuer: Issuer) -> None:
    """RFC 7662 §2.2: `token_type` is optional."""
    issuer.known["good"] = {"active": True, "scope": "photos.read"}
    assert (await call(app_of(issuer), "good")).status_code == 401
    app = app_of(issuer, requires_token_type=False)
    assert (await call(app, "good")).status_code == 200


async def test_an_answer_is_believed_for_a_few_seconds(issuer: Issuer) -> None:
    app = app_of(issuer)
    issuer.known["good"] = GOOD
    for _ in range(3):
        assert (await call(app, "good")).status_code == 200
    assert len(issuer.asked) == 1
    issuer.known.clear()
    issuer.clock.now += 4
    assert (await call(app, "good")).status_code == 200
    issuer.clock.now += 1
    assert (await call(app, "good")).status_code == 401


async def test_no_answer_outlives_its_token(issuer: Issuer) -> None:
    app = app_of(issuer, cache_ttl=3600)
    issuer.known["good"] = {**GOOD, "exp": 1_700_000_060}
    assert (await call(app, "good")).status_code == 200
    issuer.clock.now += 60
    assert (await call(app, "good")).status_code == 401


async def test_no_lifetime_asks_each_time(issuer: Issuer) -> None:
    app = app_of(issuer, cache_ttl=0)
    issuer.known["good"] = GOOD
    assert (await call(app, "good")).status_code == 200
    issuer.known.clear()
    assert (await call(app, "good")).status_code == 401


async def test_a_bad_answer_is_not_kept(issuer: Issuer) -> None:
    app = app_of(issuer)
    assert (await call(app, "good")).status_code == 401
    issuer.known["good"] = GOOD
    assert (await call(app, "good")).status_code == 200


async def test_the_cache_is_bounded_and_drops_the_longest_unused(issuer: Issuer) -> None:
    app = app_of(issuer, cache_size=2)
    issuer.known |= {name: GOOD for name in ("one", "two", "three")}
    for name in ("one", "two", "one", "three"):
        assert (await call(app, name)).status_code == 200
    issuer.known.clear()
    statuses = [(await call(app, name)).status_code for name in ("one", "two", "three")]
    assert statuses == [200, 401, 200]


@pytest.mark.parametrize("options", [{"cache_ttl": -1}, {"cache_size": 0}])
def test_an_impossible_cache_is_refused_at_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        IntrospectionBearer("https://id.example/introspect", "api", "secret", **options)


@pytest.mark.parametrize("answer", [{}, {"active": "true"}, {"active": None}, [], "text"])
async def test_an_answer_that_says_nothing_lets_nobody_in(issuer: Issuer, answer: Any) -> None:
    issuer.known["good"] = answer
    assert (await call(app_of(issuer), "good")).status_code == 503


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_a_refusing_endpoint_lets_nobody_in(
    issuer: Issuer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """THREATS 54: what is logged tells the operator why, and no token."""
    issuer.known["sesame"], issuer.status = GOOD, status
    with caplog.at_level(logging.WARNING, "consentry.resource"):
        assert (await call(app_of(issuer), "sesame")).status_code == 503
    assert f"status {status}" in caplog.text
    assert "sesame" not in caplog.text and "s:cr" not in caplog.text


async def test_an_endpoint_that_is_away_lets_nobody_in(issuer: Issuer) -> None:
    issuer.known["good"], issuer.away = GOOD, True
    refused = await call(app_of(issuer), "good")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert challenges(refused) == []


async def test_an_endless_token_is_not_handed_on(issuer: Issuer) -> None:
    """THREATS 56"""
    form = {"access_token": "x" * 20_000}
    assert (await call(app_of(issuer), method="POST", data=form)).status_code == 401
    assert issuer.asked == []


async def test_a_client_made_here_is_closed_here() -> None:
    asking = IntrospectionBearer("http://127.0.0.1:1/introspect", "api", "secret")
    protector = ResourceProtector(asking)
    assert (await call(guarded_by(protector), "good")).status_code == 503
    await protector.aclose()
