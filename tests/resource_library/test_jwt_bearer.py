"""RFC 9068 §4 at the API: each check has a token that it alone refuses."""

import base64
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette

from consentry.crypto import base64url
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.keys import generate
from consentry.resource import IntrospectionBearer, JWTBearer, ResourceProtector
from resource_library.api import call, challenges, guarded_by
from resource_library.issuer import API, ISSUER, OPENID_METADATA, Issuer


def bearer(issuer: Issuer, **options: Any) -> JWTBearer:
    options = {"audience": API, "http": issuer.http, "clock": issuer.clock, **options}
    return JWTBearer(ISSUER, options.pop("audience"), **options)


def app_of(issuer: Issuer, **options: Any) -> Starlette:
    return guarded_by(ResourceProtector(bearer(issuer, **options)), "photos.read")


@pytest.fixture
def app(issuer: Issuer) -> Starlette:
    return app_of(issuer)


async def test_a_good_token_is_let_in(issuer: Issuer, app: Starlette) -> None:
    """RFC 9068 §4"""
    assert (await call(app, issuer.token())).json()["sub"] == "jane"
    assert (await call(app, issuer.token(typ="application/AT+JWT"))).status_code == 200
    several = issuer.token(aud=["https://other.example", API])
    assert (await call(app, several)).status_code == 200


async def test_its_claims_are_there_for_the_app(issuer: Issuer) -> None:
    token = issuer.token(roles=["editor"])
    found = await bearer(issuer).validate(token)
    assert found is not None
    assert (found.sub, found.client_id, str(found.scope)) == (
        "jane",
        "printer",
        "photos.read photos.list",
    )
    assert (found["roles"], found.text) == (["editor"], token)
    assert found.expires_at == issuer.clock.now + 600


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"typ": "JWT"}, "typ is not at+jwt"),
        ({"iss": "https://evil.example"}, "not valid here"),
        ({"iss": f"{ISSUER}/"}, "not valid here"),
        ({"aud": "https://other.example"}, "aud is another"),
        ({"aud": ["https://other.example"]}, "aud is another"),
        ({"aud": None}, "has no aud"),
        ({"exp": 1_700_000_000}, "has expired"),
        ({"exp": None}, "has no exp"),
        ({"exp": "tomorrow"}, "exp is not a number"),
        ({"nbf": 1_700_000_001}, "not valid yet"),
        ({"sub": None}, "has no sub"),
        ({"client_id": None}, "has no client_id"),
        ({"iat": None}, "has no iat"),
        ({"jti": None}, "has no jti"),
        ({"sub": 5}, "sub is not text"),
        ({"scope": ["photos.read"]}, "scope is not text"),
        ({"scope": "photos.read\u00e9"}, "scope is malformed"),
        ({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, "bound to a key"),
    ],
)
async def test_each_check_alone_refuses(
    issuer: Issuer, app: Starlette, change: dict[str, Any], told: str
) -> None:
    """THREATS 31, THREATS 22, THREATS 25: RFC 9068 §4, RFC 8725 §3, RFC 9449 §7.2."""
    refused = await call(app, issuer.token(**change))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert told in refused.json()["error_description"]
    assert 'error="invalid_token"' in challenges(refused)[0]


async def test_another_key_is_refused(issuer: Issuer, app: Starlette) -> None:
    """THREATS 22"""
    refused = await call(app, issuer.token(key=generate("ES256")))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


async def test_a_changed_token_is_refused(issuer: Issuer, app: Starlette) -> None:
    """THREATS 22"""
    header, payload, signature = issuer.token().split(".")
    claims = orjson.loads(base64url.decode(payload)) | {"sub": "mallory"}
    forged = f"{header}.{base64url.encode(orjson.dumps(claims))}.{signature}"
    assert (await call(app, forged)).status_code == 401
    assert (await call(app, f"{header}.{payload}.")).status_code == 401


def unsigned(claims: dict[str, Any], header: dict[str, Any], signature: bytes = b"") -> str:
    parts = (orjson.dumps(header), orjson.dumps(claims), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384", "ES256K"])
async def test_the_algorithm_is_decided_before_any_key_is_asked_for(
    issuer: Issuer, app: Starlette, alg: str
) -> None:
    """THREATS 22: RFC 8725 §3.1"""
    token = unsigned(issuer.claims(), {"alg": alg, "typ": "at+jwt", "kid": "any"})
    refused = await call(app, token)
    assert "alg is not allowed" in refused.json()["error_description"]
    assert issuer.asked == []


async def test_only_listed_algorithms_count(issuer: Issuer) -> None:
    """THREATS 22"""
    app = app_of(issuer, algs=["RS256"])
    assert (await call(app, issuer.token())).status_code == 401
    assert issuer.asked == []


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"kid": 5},
        {"jwk": {"kty": "oct", "k": "AA"}, "alg": "none"},
        {"jku": "https://evil.example/jwks", "kid": "evil"},
    ],
)
async def test_no_header_leads_to_other_keys(
    issuer: Issuer, app: Starlette, header: dict[str, Any]
) -> None:
    """THREATS 22: RFC 8725 §3.10"""
    token = unsigned(issuer.claims(), {"alg": "ES256", "typ": "at+jwt", **header}, b"x" * 64)
    assert (await call(app, token)).status_code == 401


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.b", "a.b.c.d", "." * 2, "x" * 20_000])
async def test_what_is_no_jwt_is_refused_without_asking(
    issuer: Issuer, app: Starlette, token: str
) -> None:
    refused = await call(app, token)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert issuer.asked == []


async def test_leeway_is_what_the_app_allows(issuer: Issuer) -> None:
    token = issuer.token(exp=int(issuer.clock.now) - 30)
    assert (await call(app_of(issuer), token)).status_code == 401
    assert (await call(app_of(issuer, leeway=60), token)).status_code == 200


async def test_every_algorithm_of_ours_is_verified() -> None:
    keys = [generate(alg) for alg in SIGNING_ALGS]
    issuer = Issuer(keys)
    app = app_of(issuer)
    for key in keys:
        assert (await call(app, issuer.token(key=key))).status_code == 200, key.alg
    await issuer.http.aclose()


async def test_a_jwt_is_checked_here_and_all_else_by_introspection(issuer: Issuer) -> None:
    """PARITY 5.3 Bearer protector: both kinds behind one protector."""
    issuer.known["opaque"] = {
        "active": True, "sub": "joe", "scope": "photos.read", "token_type": "Bearer",
    }  # fmt: skip
    asking = IntrospectionBearer(f"{ISSUER}/introspect", "api", "secret", http=issuer.http)
    app = guarded_by(ResourceProtector(bearer(issuer), asking), "photos.read")
    assert (await call(app, issuer.token())).json()["sub"] == "jane"
    assert "/introspect" not in issuer.asked
    assert (await call(app, "opaque")).json()["sub"] == "joe"
    asked = len(issuer.asked)
    assert (await call(app, issuer.token(aud="https://other.example"))).status_code == 401
    assert len(issuer.asked) == asked, "a bad JWT is not shown to the endpoint"


async def test_several_issuers_may_be_trusted(issuer: Issuer) -> None:
    """Each with its own keys: one's key does not sign for the other."""
    other = Issuer()
    other.metadata = {"issuer": "https://two.example", "jwks_uri": "https://two.example/jwks"}
    second = JWTBearer("https://two.example", API, http=other.http, clock=other.clock)
    app = guarded_by(ResourceProtector(bearer(issuer), second))
    assert (await call(app, issuer.token())).status_code == 200
    assert (await call(app, other.token(iss="https://two.example"))).status_code == 200
    assert (await call(app, issuer.token(iss="https://two.example"))).status_code == 401
    await other.http.aclose()


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "id.photos.example"},
        {"audience": ""},
        {"audience": []},
        {"algs": []},
        {"algs": ["none"]},
        {"algs": ["RS256", "HS256"]},
    ],
)
def test_what_could_not_work_is_said_at_the_start(wrong: dict[str, Any]) -> None:
    options = {"issuer": ISSUER, "audience": API, **wrong}
    with pytest.raises(ValueError):
        JWTBearer(**options)


async def test_a_client_made_here_is_closed_here() -> None:
    """Nobody listens there: no keys, so nobody is let in."""
    offline = Issuer()
    jwt = JWTBearer(ISSUER, API, jwks_uri="http://127.0.0.1:1/jwks", clock=offline.clock)
    protector = ResourceProtector(jwt)
    assert (await call(guarded_by(protector), offline.token())).status_code == 503
    await protector.aclose()


@pytest.mark.parametrize("path", [OPENID_METADATA, "/.well-known/oauth-authorization-server"])
async def test_keys_are_found_by_either_metadata(issuer: Issuer, path: str) -> None:
    """RFC 8414 §3.1, OIDC Discovery §4"""
    issuer.metadata_path = path
    assert (await call(app_of(issuer), issuer.token())).status_code == 200
    assert issuer.asked[-2:] == [path, "/jwks"]


async def test_an_issuer_with_a_path_has_its_metadata_where_the_rfc_says(issuer: Issuer) -> None:
    """RFC 8414 §3.1"""
    path = f"{ISSUER}/tenants/7"
    issuer.metadata["issuer"] = path
    issuer.metadata_path = "/.well-known/oauth-authorization-server/tenants/7"
    tenant = JWTBearer(path, API, http=issuer.http, clock=issuer.clock)
    assert await tenant.validate(issuer.token(iss=path)) is not None


async def test_a_given_jwks_uri_needs_no_metadata(issuer: Issuer) -> None:
    app = app_of(issuer, jwks_uri=f"{ISSUER}/jwks")
    assert (await call(app, issuer.token())).status_code == 200
    assert issuer.asked == ["/jwks"]
