"""Tokens that another product issued: found by their digest, standing for an authorization of ours.

Only tenants that imported some are asked, and only about what none of ours could be.
"""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from consentry.crypto import base64url
from consentry.crypto.secrets import digest
from consentry.records.imported_token import FIRST_GENERATION, SECRET_PURPOSE, ImportedToken
from consentry.tenancy.context import TenantContext
from consentry.tokens.reference import RefreshReference, read_refresh
from consentry.tokens.token_credential import TokenCredential, read_token_credential

Kind = Literal["access", "refresh", "oauth1"]
OURS: Final = "cns_"


async def imported_token(ctx: TenantContext, text: str, kind: Kind) -> ImportedToken | None:
    """The unexpired imported token of this text and kind. One read, where there are any."""
    if not ctx.has_imported_tokens or text.startswith(OURS):
        return None
    found = await ctx.store.imported_tokens.get(digest(text).hex(), kind)
    return found if found is not None and found.expires_at > ctx.now() else None


def jti_of(token: ImportedToken) -> str:
    """What names an imported access token once its text is gone: 43 characters."""
    return base64url.encode(bytes.fromhex(token.digest))


async def find_refresh(ctx: TenantContext, text: str) -> RefreshReference | None:
    """What a refresh token refers to, ours or imported; None if it is neither."""
    own = read_refresh(ctx, text)
    if own is not None:
        return own
    found = await imported_token(ctx, text, "refresh")
    if found is None or found.authorization_id is None:
        return None
    return RefreshReference(found.authorization_id, FIRST_GENERATION)


@dataclass(frozen=True, slots=True)
class ImportedCredential:
    """Token credentials whose secret somebody else chose."""

    authorization_id: UUID
    client_id: str
    sealed: bytes

    def secret(self, ctx: TenantContext, client_id: str) -> str | None:
        """`oauth_token_secret`, or None for another client than theirs.

        Raises UnknownVersion for a data key that is not there.
        """
        if client_id != self.client_id:
            return None
        return ctx.keys.unseal(SECRET_PURPOSE, self.sealed).decode()


async def find_token_credential(
    ctx: TenantContext, text: str
) -> TokenCredential | ImportedCredential | None:
    """What an `oauth_token` names, ours or imported; None if it is neither."""
    own = read_token_credential(text)
    if own is not None:
        return own
    found = await imported_token(ctx, text, "oauth1")
    if found is None or found.authorization_id is None or found.sealed is None:
        return None
    return ImportedCredential(found.authorization_id, found.client_id, found.sealed)
