"""ID tokens, and when they are not believed."""

import hmac
from typing import Any

import orjson
import pytest

from client_library.kit import SECRET, Now, Provider, Site, back, begin, registered
from consentry.client import InvalidIdToken, Misconfigured, OAuth
from consentry.crypto import base64url
from consentry.jose.half_hash import half_hash
from consentry.jose.keys import generate

AT_HASH = half_hash("at-1", "ES256")
OF_ANOTHER = half_hash("at-2", "ES256")


async def parsed(
    oauth: OAuth, provider: Provider, id_token: str, nonce: str | None = None, **options: Any
) -> Any:
    client = registered(oauth, provider)
    token = {"access_token": "at-1", "token_type": "Bearer", "id_token": id_token}
    return await client.parse_id_token(token, nonce, **options)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": ["printer"]},
        {"aud": ["printer", "other"], "azp": "printer"},
        {"azp": "printer"},
        {"at_hash": AT_HASH},
        {"nonce": "n-1"},
    ],
)
async def test_a_good_one_gives_its_claims(
    oauth: OAuth, provider: Provider, claims: dict[str, Any]
) -> None:
    """S3 parse_id_token"""
    nonce = claims.get("nonce")
    assert (await parsed(oauth, provider, provider.id_token(**claims), nonce))["sub"] == "jane"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["printer", "other"]},
        {"azp": "another"},
        {"aud": ["printer", "other"], "azp": "other"},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"nonce": "n-2"},
        {"nonce": None},
        {"at_hash": OF_ANOTHER},
        {"at_hash": 7},
    ],
)
async def test_one_that_says_the_wrong_thing_is_refused(
    oauth: OAuth, provider: Provider, claims: dict[str, Any]
) -> None:
    """S3 parse_id_token: iss, aud, azp, times, nonce, at_hash (OIDC Core §3.1.3.7)"""
    id_token = provider.id_token(**{"nonce": "n-1", **claims})
    with pytest.raises(InvalidIdToken):
        await parsed(oauth, provider, id_token, "n-1")


async def test_clocks_may_differ_by_two_minutes(oauth: OAuth, provider: Provider, now: Now) -> None:
    """S3 leeway: ID token 120 s"""
    second = int(now())
    inside = provider.id_token(exp=second - 100, iat=second + 100)
    assert await parsed(oauth, provider, inside)
    for outside in (provider.id_token(exp=second - 121), provider.id_token(iat=second + 125)):
        with pytest.raises(InvalidIdToken):
            await parsed(oauth, provider, outside)
    with pytest.raises(InvalidIdToken):
        await parsed(oauth, provider, inside, leeway=30)


async def test_a_login_that_is_older_than_asked_for_is_refused(
    oauth: OAuth, site: Site, provider: Provider, now: Now
) -> None:
    """OIDC Core §3.1.3.7, 13: the browser could have left `max_age` out of the request."""
    registered(oauth, provider, client_kwargs={"scope": "openid"})
    site.asked, statuses = {"max_age": "300"}, []
    for auth_time in (int(now()), int(now()) - 400, int(now()) - 500, None, "now", True):
        async with site.browser() as browser:
            asked = await begin(browser, "other")
            assert asked["max_age"] == "300"
            id_token = provider.id_token(nonce=asked["nonce"], auth_time=auth_time)
            provider.token["id_token"] = id_token
            answer = await browser.get(back(site, "other", state=asked["state"], code="c"))
            statuses.append(answer.status_code)
    assert statuses == [200, 200, 400, 400, 400, 400]
    client = oauth.create_client("other")
    for wrong in (-1, "soon", 1.5):
        with pytest.raises(Misconfigured, match="max_age"):
            await client.create_authorization_url(max_age=wrong)


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "application/at+jwt"])
async def test_another_kind_of_token_is_no_id_token(
    oauth: OAuth, provider: Provider, typ: str
) -> None:
    """THREATS 31 (RFC 8725 §3.11)"""
    with pytest.raises(InvalidIdToken, match="typ"):
        await parsed(oauth, provider, provider.id_token(typ=typ))


async def test_a_key_that_is_not_the_providers_signs_nothing(
    oauth: OAuth, provider: Provider
) -> None:
    """THREATS 22"""
    with pytest.raises(InvalidIdToken):
        await parsed(oauth, provider, provider.id_token(key=generate("ES256")))
    with pytest.raises(InvalidIdToken, match="announces"):
        await parsed(oauth, provider, provider.id_token(key=generate("EdDSA")))
    header, claims, _ = provider.id_token().split(".")
    none = base64url.encode(orjson.dumps({"alg": "none"}))
    for forged in (f"{none}.{claims}.", f"{header}.{claims}.", "no token", ""):
        with pytest.raises(InvalidIdToken):
            await parsed(oauth, provider, forged)


def by_secret(provider: Provider, secret: bytes) -> str:
    claims = provider.id_token().split(".")[1]
    signing_input = f"{base64url.encode(orjson.dumps({'alg': 'HS256'}))}.{claims}"
    mac = hmac.digest(secret, signing_input.encode(), "sha256")
    return f"{signing_input}.{base64url.encode(mac)}"


async def test_hs256_is_for_the_clients_secret_and_only_where_announced(
    oauth: OAuth, provider: Provider
) -> None:
    """THREATS 22: never a public key as a secret (RFC 8725 §2.1)"""
    with pytest.raises(InvalidIdToken, match="announces"):
        await parsed(oauth, provider, by_secret(provider, SECRET.encode()))
    provider.metadata["id_token_signing_alg_values_supported"] = ["HS256"]
    assert await parsed(oauth, provider, by_secret(provider, SECRET.encode()))
    public = orjson.dumps(provider.key.public_jwk)
    for secret in (public, b"", b"another"):
        with pytest.raises(InvalidIdToken):
            await parsed(oauth, provider, by_secret(provider, secret))


async def test_rs256_is_what_a_provider_uses_that_announces_nothing(
    oauth: OAuth, provider: Provider
) -> None:
    """OIDC Core §15.1"""
    del provider.metadata["id_token_signing_alg_values_supported"]
    with pytest.raises(InvalidIdToken, match="announces"):
        await parsed(oauth, provider, provider.id_token())


async def test_several_issuers_can_be_named(oauth: OAuth, provider: Provider) -> None:
    """S3 authorize_access_token: claims_options"""
    id_token = provider.id_token(iss="https://tenant.example")
    for told in ({"values": ["https://tenant.example"]}, {"value": "https://tenant.example"}):
        assert await parsed(oauth, provider, id_token, claims_options={"iss": told})
    with pytest.raises(InvalidIdToken):
        await parsed(oauth, provider, id_token, claims_options={"iss": {"values": ["https://x"]}})


async def test_without_an_issuer_or_keys_nothing_is_believed(oauth: OAuth) -> None:
    client = oauth.register("bare", client_id="printer")
    with pytest.raises(Misconfigured, match="issuer"):
        await client.parse_id_token({"id_token": "a.b.c"}, None)
    assert await client.parse_id_token({"access_token": "at"}, None) is None
    provider = Provider()
    named = oauth.register("named", client_id="printer", issuer=provider.issuer)
    token = {"id_token": provider.id_token(key=generate("RS256"))}
    with pytest.raises(Misconfigured, match="jwks_uri"):
        await named.parse_id_token(token, None)


async def test_metadata_and_keys_can_be_given_by_hand(oauth: OAuth, provider: Provider) -> None:
    """S3 newer keys: provider metadata by its own names"""
    client = oauth.register(
        "given", client_id="printer", issuer=provider.issuer,
        jwks={"keys": [provider.key.public_jwk]}, id_token_signing_alg_values_supported=["ES256"],
    )  # fmt: skip
    claims = await client.parse_id_token({"id_token": provider.id_token()}, None)
    assert claims["sub"] == "jane"
    assert not provider.calls


async def test_a_login_with_openid_needs_its_own_nonce(
    oauth: OAuth, site: Site, provider: Provider
) -> None:
    """S3 authorize_access_token: ID token parsed only if nonce was saved, userinfo attached"""
    registered(oauth, provider, client_kwargs={"scope": "openid"})
    registered(oauth, provider, "plain", client_kwargs={"scope": "photos"})
    async with site.browser() as browser:
        asked, other = await begin(browser, "other"), await begin(browser, "other")
        provider.token["id_token"] = provider.id_token(nonce=asked["nonce"], at_hash=AT_HASH)
        stolen = await browser.get(back(site, "other", state=other["state"], code="c"))
        assert stolen.json()["error"] == "invalid_id_token"
        returned = await browser.get(back(site, "other", state=asked["state"], code="c"))
        assert returned.json() == {"user": "jane"}
        plain = await begin(browser, "plain")
        returned = await browser.get(back(site, "plain", state=plain["state"], code="c"))
        assert returned.json() == {"user": None}
