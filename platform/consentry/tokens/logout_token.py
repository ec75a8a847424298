"""Logout tokens (OIDC Back-Channel Logout §2.4)."""

import secrets
from typing import Final
from uuid import UUID

from consentry.jose.sign import sign
from consentry.records.client import Client
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import signing_key
from consentry.tokens.id_token import id_token_alg
from consentry.tokens.subject import sid_of, subject_of

# A type of its own, so that it passes for no ID token and none for it (§4.1).
TYP: Final = "logout+jwt"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
# Two minutes at most are advised (§2.4).
LIFETIME_S: Final = 120


async def mint_logout_token(
    ctx: TenantContext, client: Client, user_id: UUID, session_id: UUID
) -> str:
    """A signed logout token that names person and session, with a `jti` of its own.

    Signed as the client's ID tokens are (§2.6).
    """
    now = int(ctx.now().timestamp())
    claims = {
        "iss": ctx.issuer,
        "sub": subject_of(ctx, client, user_id),
        "sid": sid_of(ctx, client, session_id),
        "aud": client.client_id,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
    }
    return sign(claims, await signing_key(ctx, id_token_alg(ctx, client)), typ=TYP)
