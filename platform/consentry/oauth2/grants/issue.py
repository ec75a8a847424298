"""The token answer of an authorization (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from consentry.oauth2.checks.target import target_of
from consentry.records.authorization import Authorization
from consentry.records.client import Client
from consentry.spec.claims import ClaimsRequest
from consentry.spec.scope import OPENID, Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens import claims as user_claims
from consentry.tokens.access import Target, mint_access
from consentry.tokens.id_token import Authentication, IdTokenContents, mint_id_token
from consentry.tokens.reference import mint_refresh


def row_end(ctx: TenantContext, client: Client, now: datetime) -> datetime:
    """When an authorization ends that is used now: with the last token it can make."""
    policy = ctx.policy
    seconds = max(
        policy.access_token_lifetime,
        *(api.access_token_lifetime or 0 for api in ctx.apis.values()),
        policy.refresh_token_lifetime if client.allows_grant("refresh_token") else 0,
    )
    return now + timedelta(seconds=seconds)


async def token_answer(
    ctx: TenantContext,
    client: Client,
    row: Authorization,
    *,
    scope: Scope,
    resources: Sequence[str],
    may_refresh: bool = True,
) -> dict[str, Any]:
    """Access token, refresh token and ID token, as far as scope and client call for them.

    What the client may no longer have is left out, whatever was approved once. may_refresh:
    False for an authorization that no use makes longer.
    """
    scope = scope & client.scope
    target = target_of(ctx, resources, scope)
    access_token, expires_in = await access_for(ctx, client, target, row)
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": expires_in,
    }
    if scope:
        # RFC 6749 §3.3 knows no empty scope.
        answer["scope"] = str(target.scope)
    if may_refresh and client.allows_grant("refresh_token"):
        answer["refresh_token"] = mint_refresh(ctx, row.id, row.generation)
    if OPENID in scope:
        # OIDC Core §12.2: the nonce belongs to the ID token of the code alone.
        nonce = row.nonce if row.generation == 1 else None
        answer["id_token"] = await mint_id_token(
            ctx,
            client,
            Authentication(row.user_id, row.auth_time, row.amr, row.session_id),
            IdTokenContents(nonce, access_token, await asked_claims(ctx, row)),
        )
    return answer


async def access_for(
    ctx: TenantContext, client: Client, target: Target, row: Authorization
) -> tuple[str, int]:
    """An access token that ends no later than its authorization, and its seconds to live."""
    now = int(ctx.now().timestamp())
    expires_at = min(now + target.lifetime, int(row.expires_at.timestamp()))
    token = await mint_access(ctx, client, target, authorization=row, expires_at=expires_at)
    return token, max(0, expires_at - now)


async def asked_claims(ctx: TenantContext, row: Authorization) -> dict[str, Any]:
    """Claims the `claims` parameter wants in the ID token; reads the user only for them."""
    if not row.claims:
        return {}
    asks = ClaimsRequest.from_dict(orjson.loads(row.claims)).id_token
    user = await ctx.store.users.get(row.user_id) if asks else None
    return user_claims.by_name(user, asks) if user else {}
