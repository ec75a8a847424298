"""Proof key for code exchange (RFC 7636): S256, asked of everybody."""

import hmac
from typing import TYPE_CHECKING, Any

from consentry.spec.errors import InvalidGrant, InvalidRequest
from consentry.spec.pkce import S256, check_verifier, s256

from .calls import holds

if TYPE_CHECKING:
    from .grants.authorization_code import AuthorizationCodeGrant


class CodeChallenge:
    """Binds a code to who asked for it.

    required: of every client; False frees confidential clients, never public ones
    (RFC 9700 §2.1.1). The stored code offers `code_challenge` and `code_challenge_method`.
    """

    SUPPORTED_CODE_CHALLENGE_METHOD = (S256,)

    def __init__(self, required: bool = True) -> None:
        self.required = required

    def __call__(self, grant: "AuthorizationCodeGrant") -> None:
        grant.register_hook(
            "after_validate_authorization_request_payload", self.validate_code_challenge
        )
        grant.register_hook("after_validate_token_request", self.validate_code_verifier)

    async def validate_code_challenge(self, grant: "AuthorizationCodeGrant", _: str) -> None:
        """Raises InvalidRequest where one has to be and is not; its form was checked before."""
        asked = grant.request.asked
        if (asked is None or asked.code_challenge is None) and await self._is_required(grant):
            raise InvalidRequest("code_challenge is required", rule="PKCE")

    async def validate_code_verifier(self, grant: "AuthorizationCodeGrant", _: object) -> None:
        """Raises InvalidRequest, and InvalidGrant when the verifier does not fit (§4.6)."""
        verifier = grant.request.form.get("code_verifier")
        if verifier is not None:
            check_verifier(verifier)
        code = grant.request.authorization_code
        challenge = self.get_authorization_code_challenge(code)
        if verifier is None and challenge is None:
            if await self._is_required(grant):
                raise InvalidRequest("code_verifier is required", rule="PKCE")
            return
        if verifier is None or challenge is None:
            raise InvalidGrant("code_verifier and code_challenge go together", rule="PKCE")
        method = self.get_authorization_code_challenge_method(code)
        if method != S256 or not hmac.compare_digest(s256(verifier), challenge):
            raise InvalidGrant("code_verifier does not fit", rule="PKCE")

    def get_authorization_code_challenge(self, authorization_code: Any) -> str | None:
        """The challenge kept with a code; None for none."""
        return authorization_code.code_challenge or None

    def get_authorization_code_challenge_method(self, authorization_code: Any) -> str | None:
        """The method kept with a code."""
        method: str | None = authorization_code.code_challenge_method
        return method

    async def _is_required(self, grant: "AuthorizationCodeGrant") -> bool:
        if self.required:
            return True
        return await holds(grant.client.check_endpoint_auth_method("none", "token"))
