"""ID tokens (OIDC Core §2)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.jose.half_hash import half_hash
from consentry.jose.sign import sign
from consentry.records.client import Client
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import signing_key
from consentry.tokens.subject import sid_of, subject_of

# The level of one factor, a password (ISO/IEC 29115).
ACR = "1"
ACR_VALUES = (ACR,)


@dataclass(frozen=True, slots=True)
class Authentication:
    """Who signed in, when and how; `amr` is space-delimited (RFC 8176).

    session_id: of the browser they signed in with, if it was one.
    """

    user_id: UUID
    auth_time: datetime
    amr: str
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class IdTokenContents:
    """What else an ID token carries; the access token only to bind it (§3.1.3.6)."""

    nonce: str | None = None
    access_token: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def id_token_alg(ctx: TenantContext, client: Client) -> str:
    """What the client's ID tokens are signed by (OIDC Registration §2)."""
    return client.metadata.id_token_signed_response_alg or ctx.policy.id_token_signed_response_alg


async def mint_id_token(
    ctx: TenantContext, client: Client, who: Authentication, contents: IdTokenContents
) -> str:
    """A signed ID token for one client."""
    alg = id_token_alg(ctx, client)
    now = int(ctx.now().timestamp())
    claims: dict[str, Any] = {
        **contents.extra,
        "iss": ctx.issuer,
        "sub": subject_of(ctx, client, who.user_id),
        "aud": client.client_id,
        "iat": now,
        "exp": now + ctx.policy.id_token_lifetime,
        "auth_time": int(who.auth_time.timestamp()),
        "acr": ACR,
        "amr": who.amr.split(),
    }
    if who.session_id is not None:
        claims["sid"] = sid_of(ctx, client, who.session_id)
    if contents.nonce is not None:
        claims["nonce"] = contents.nonce
    if contents.access_token is not None:
        claims["at_hash"] = half_hash(contents.access_token, alg)
    return sign(claims, await signing_key(ctx, alg), typ="JWT")
