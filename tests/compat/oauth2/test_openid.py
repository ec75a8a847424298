"""ID tokens (OIDC Core §3.1) on the code grant."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from compat.oauth2.given import code_grant
from compat.oauth2.shop import Shop, answer_of
from compat.oauth2.tables import CALLBACK, NOW, Client
from consentry.compat.oauth2 import OAuth2Request, OpenIDCode, UserInfo, private_key
from consentry.jose.half_hash import half_hash
from consentry.jose.keys import PrivateKey, generate
from consentry.jose.verify import verify

KEY = generate("ES256")


class MyOpenIDCode(OpenIDCode):
    """What the shop says about people."""

    def __init__(self, shop: Shop, require_nonce: bool = False) -> None:
        super().__init__(require_nonce)
        self.shop = shop

    async def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return any(code.nonce == nonce for code in self.shop.tables.codes.values())

    async def generate_user_info(self, user: Any, scope: str) -> UserInfo:
        return UserInfo(sub=user.name, iss="https://evil.example", aud="everybody")

    async def resolve_client_private_key(self, client: Any) -> PrivateKey:
        return KEY


def openid_shop(require_nonce: bool = False, issuer: str = "https://shop.example.com") -> Shop:
    shop = Shop({"OAUTH2_ISSUER": issuer})
    shop.add(Client("app", "app-secret", scope="openid profile"))
    extension = MyOpenIDCode(shop, require_nonce)
    shop.server.register_grant(code_grant(shop.tables), [extension])
    return shop


async def test_an_id_token_comes_with_openid_and_only_then() -> None:
    """S4 register_grant: an OpenID extension; signed by our own keys"""
    shop = openid_shop()
    assert "id_token" not in await shop.tokens()
    tokens = await shop.tokens(scope="openid profile", nonce="n-1")
    found = verify(
        tokens["id_token"],
        [KEY.public_jwk],
        algs=frozenset({"ES256"}),
        typ="JWT",
        now=NOW,
        issuer="https://shop.example.com",
        audience="app",
    )
    claims = found.claims
    assert (claims["sub"], claims["nonce"], claims["auth_time"]) == ("jane", "n-1", NOW - 5)
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 3600)
    assert claims["at_hash"] == half_hash(tokens["access_token"], "ES256")
    assert "acr" not in claims


async def test_a_nonce_counts_once_and_may_be_asked_for() -> None:
    """S4 hooks: after_validate_authorization_request_payload"""
    shop = openid_shop(require_nonce=True)
    assert answer_of(await shop.ask(scope="openid"))["error"] == "invalid_request"
    await shop.approve(scope="openid", nonce="n-1")
    assert answer_of(await shop.ask(scope="openid", nonce="n-1"))["error"] == "invalid_request"
    assert (await shop.ask(scope="openid", nonce="n-2")).status_code == 200
    assert answer_of(await shop.ask(scope="openid", nonce="n-2", redirect_uri=None))["error"] == (
        "invalid_request"
    )


@pytest.mark.parametrize(
    ("user", "prompt", "found"),
    [
        ("jane", None, None),
        ("jane", "login consent", "login"),
        ("jane", "consent", "consent"),
        ("jane", "select_account", "select_account"),
        ("nobody", None, "login"),
        ("nobody", "consent", "login"),
    ],
)
async def test_a_prompt_says_what_to_show(user: str, prompt: str | None, found: str | None) -> None:
    """S4 hooks: after_validate_consent_request"""
    shop = openid_shop()
    asking = {"response_type": "code", "client_id": "app", "redirect_uri": CALLBACK}
    asking |= {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    asking |= {"prompt": prompt} if prompt else {}
    page = await shop.http.get(
        "/authorize", params={**asking, "scope": "openid"}, headers={"x-user": user}
    )
    assert page.json()["prompt"] == found


async def test_nobody_signed_in_and_nothing_to_show_is_login_required() -> None:
    """S4 hooks: prompt=none"""
    shop = openid_shop()
    assert (await shop.ask(scope="openid", prompt="none")).status_code == 200
    response = await shop.decide("nobody", "yes", scope="openid", prompt="none")
    assert answer_of(response)["error"] == "login_required"


async def test_an_id_token_needs_an_issuer_and_a_subject() -> None:
    """S4 register_grant: what only the app can know is asked of it"""
    shop = openid_shop(issuer="")
    with pytest.raises(RuntimeError, match="OAUTH2_ISSUER"):
        await shop.tokens(scope="openid")

    class Nobody(MyOpenIDCode):
        async def generate_user_info(self, user: Any, scope: str) -> UserInfo:
            return UserInfo()

    shop = openid_shop()
    shop.server._grants.clear()
    shop.server.register_grant(code_grant(shop.tables), [Nobody(shop)])
    with pytest.raises(TypeError, match="sub"):
        await shop.tokens(scope="openid")


def test_a_key_may_come_as_pem() -> None:
    """S4 register_grant: keys people already have"""
    native = load_der_private_key(KEY.to_bytes(), password=None)
    pem = native.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert private_key("ES256", pem).kid == KEY.kid
    with pytest.raises(ValueError, match="RS256"):
        private_key("RS256", pem)
