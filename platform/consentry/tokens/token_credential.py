"""Token credentials of OAuth 1: they name an authorization, their secret is derived from it."""

from typing import NamedTuple
from uuid import UUID

from consentry.crypto import base64url
from consentry.crypto import tokens as text_form
from consentry.crypto.seal import Unsealable
from consentry.tenancy.context import TenantContext

SECRET_PURPOSE = "oauth1-token-secret"  # noqa: S105


class TokenCredential(NamedTuple):
    """The authorization a token names, and the version of the data key behind its secret."""

    authorization_id: UUID
    key_version: int

    @property
    def text(self) -> str:
        """The `oauth_token`: 31 characters."""
        raw = self.key_version.to_bytes(2, "big") + self.authorization_id.bytes
        return text_form.encode(text_form.TOKEN_CREDENTIAL, raw)

    def secret(self, ctx: TenantContext, client_id: str) -> str:
        """`oauth_token_secret`: 43 characters that only we can derive, other for each client.

        Raises UnknownVersion for a data key that is not there.
        """
        message = self.authorization_id.bytes + client_id.encode()
        mac = ctx.keys.mac_under(self.key_version, SECRET_PURPOSE, message)
        return base64url.encode(mac)


def read_token_credential(text: str) -> TokenCredential | None:
    """What a token names; None for what is none. Whether it was ever issued its secret shows."""
    try:
        raw = text_form.decode(text_form.TOKEN_CREDENTIAL, text)
    except Unsealable:
        return None
    if len(raw) != 18:
        return None
    return TokenCredential(UUID(bytes=raw[2:]), int.from_bytes(raw[:2], "big"))
