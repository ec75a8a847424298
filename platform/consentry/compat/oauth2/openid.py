"""OpenID Connect on top of the code grant: ID tokens and what asks for them (OIDC Core §3.1)."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from consentry.jose.half_hash import half_hash
from consentry.jose.keys import PrivateKey
from consentry.jose.sign import sign
from consentry.spec.errors import InvalidRequest, LoginRequired
from consentry.spec.scope import OPENID, Scope

from .calls import holds, settle
from .grants.authorization_code import AuthorizationCodeGrant
from .grants.base import TokenAnswer
from .request import OAuth2Request

_PROMPTS = ("login", "consent", "select_account")


class UserInfo(dict[str, Any]):
    """Claims about a person; `sub` is always among them (OIDC Core §5.1)."""


class OpenIDCode(ABC):
    """Adds an ID token to the answer of the code grant where `openid` was approved.

    Register it with the grant: `register_grant(CodeGrant, [MyOpenIDCode()])`. The stored code
    offers get_nonce, get_auth_time, get_acr and get_amr. EXPIRES_IN: seconds.
    """

    EXPIRES_IN: ClassVar[int] = 3600

    def __init__(self, require_nonce: bool = False) -> None:
        self.require_nonce = require_nonce

    def __call__(self, grant: AuthorizationCodeGrant) -> None:
        grant.register_hook(
            "after_validate_authorization_request_payload",
            self.validate_openid_authorization_request,
        )
        grant.register_hook("after_validate_consent_request", self.find_prompt)
        grant.register_hook("after_create_token_response", self.process_token)

    async def validate_openid_authorization_request(
        self, grant: AuthorizationCodeGrant, _: str
    ) -> None:
        """Raises InvalidRequest for a nonce that is missing or was seen, and without
        redirect_uri (OIDC Core §3.1.2.1)."""
        asked = grant.request.asked
        if asked is None or not asked.is_oidc:
            return
        if asked.redirect_uri is None:
            raise InvalidRequest("redirect_uri is required with openid", rule="redirect_uri")
        if asked.nonce is None:
            if self.require_nonce:
                raise InvalidRequest("nonce is required", rule="nonce")
        elif await holds(self.exists_nonce(asked.nonce, grant.request)):
            raise InvalidRequest("nonce was used before", rule="nonce")

    async def find_prompt(self, grant: AuthorizationCodeGrant, _: str) -> None:
        """Sets the grant's `prompt`: what the person has to be shown (OIDC Core §3.1.2.1).

        Raises LoginRequired where nothing may be shown and nobody is signed in.
        """
        asked = grant.request.asked
        prompts = asked.prompt if asked is not None else frozenset()
        if grant.request.user is None:
            if "none" in prompts:
                raise LoginRequired("nobody is signed in")
            grant.prompt = "login"
        else:
            grant.prompt = next((one for one in _PROMPTS if one in prompts), None)

    async def process_token(self, grant: AuthorizationCodeGrant, answer: TokenAnswer) -> None:
        """Put the ID token into the answer."""
        token = answer[1]
        if OPENID in Scope.parse(token.get("scope")):
            token["id_token"] = await self.encode_id_token(grant, token)

    async def encode_id_token(self, grant: AuthorizationCodeGrant, token: dict[str, Any]) -> str:
        """The signed ID token (OIDC Core §2, §3.1.3.6)."""
        request, client = grant.request, grant.client
        key: PrivateKey = await settle(self.resolve_client_private_key(client))
        now = int(grant.server.clock())
        user_info = await settle(self.generate_user_info(request.user, token["scope"]))
        claims = {
            **user_info,
            **self.get_authorization_code_claims(request.authorization_code),
            "iss": self.get_issuer(grant),
            "aud": client.get_client_id(),
            "iat": now,
            "exp": now + self.EXPIRES_IN,
            "at_hash": half_hash(token["access_token"], key.alg),
        }
        if not isinstance(claims.get("sub"), str):
            raise TypeError("generate_user_info must give a `sub` of text")
        return sign(claims, key, typ="JWT")

    def get_issuer(self, grant: AuthorizationCodeGrant) -> str:
        """The server's issuer. Raises RuntimeError while it has none."""
        if not grant.server.issuer:
            raise RuntimeError("an ID token needs OAUTH2_ISSUER")
        return grant.server.issuer

    def get_authorization_code_claims(self, authorization_code: Any) -> dict[str, Any]:
        """How and when the person signed in, and the nonce; what is empty is left out."""
        claims = {
            "nonce": authorization_code.get_nonce(),
            "auth_time": authorization_code.get_auth_time(),
            "acr": authorization_code.get_acr(),
            "amr": authorization_code.get_amr(),
        }
        return {name: value for name, value in claims.items() if value}

    @abstractmethod
    async def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Whether a code with this nonce was stored for this client before."""

    @abstractmethod
    async def generate_user_info(self, user: Any, scope: str) -> UserInfo:
        """The claims a scope allows, `sub` always."""

    @abstractmethod
    async def resolve_client_private_key(self, client: Any) -> PrivateKey:
        """The key to sign with, which brings its algorithm."""


def private_key(alg: str, pem: bytes) -> PrivateKey:
    """A signing key from an unencrypted PEM. Raises ValueError for one that is not for `alg`."""
    native = load_pem_private_key(pem, password=None)
    der = native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return PrivateKey.from_bytes(alg, der)
