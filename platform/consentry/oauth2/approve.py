"""What an approved request is answered with: a code, or tokens where policy allows."""

from datetime import datetime, timedelta
from uuid import uuid4

from consentry.interaction.steps import Asked
from consentry.oauth2.checks.authorization import stored_claims
from consentry.oauth2.checks.target import target_of
from consentry.oauth2.grants.issue import access_for
from consentry.operations.logout import note_client
from consentry.records.authorization import Authorization, AuthorizationRow
from consentry.spec.scope import OFFLINE_ACCESS, OPENID
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.tokens import claims as user_claims
from consentry.tokens.id_token import Authentication, IdTokenContents, mint_id_token
from consentry.tokens.reference import mint_code


async def approve(
    ctx: TenantContext, asked: Asked, current: SignedIn, *, redirect_uri_given: bool
) -> dict[str, str] | None:
    """Store the authorization and give the parameters of the response (RFC 6749 §4.1.2).

    None if the login ended meanwhile: what ends with it must not begin behind it.
    """
    now = ctx.now()
    row = _row(ctx, asked, current, now)
    row.redirect_uri_given = redirect_uri_given
    if OPENID in asked.scope and not await note_client(ctx, asked.client, current.login):
        return None
    if asked.request.response_type != {"code"}:
        return await _implicit(ctx, asked, current, row)
    if not await ctx.store.authorizations.create(row, under=current.login.login_id):
        return None
    until = now + timedelta(seconds=ctx.policy.authorization_code_lifetime)
    return {"code": mint_code(ctx, row.id, int(until.timestamp()))}


def _row(ctx: TenantContext, asked: Asked, current: SignedIn, now: datetime) -> AuthorizationRow:
    request = asked.request
    code_until = now + timedelta(seconds=ctx.policy.authorization_code_lifetime)
    offline = OFFLINE_ACCESS in asked.scope
    return AuthorizationRow(
        tenant_id=ctx.tenant.tenant_id,
        id=uuid4(),
        client_id=asked.client.client_id,
        user_id=current.user.user_id,
        # Without offline_access it ends with the login that made it.
        login_id=None if offline else current.login.login_id,
        session_id=current.login.session_id,
        expires_at=code_until if offline else current.login.expires_at,
        scope=str(asked.scope),
        resource=" ".join(request.resource),
        claims=stored_claims(request),
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        redirect_uri=request.redirect_uri,
        auth_time=current.login.auth_time,
        amr=current.login.amr,
        created_at=now,
        code_expires_at=code_until,
    )


async def _implicit(
    ctx: TenantContext, asked: Asked, current: SignedIn, row: AuthorizationRow
) -> dict[str, str] | None:
    """Tokens in the response itself, for old clients (RFC 6749 §4.2, OIDC Core §3.2)."""
    answer: dict[str, str] = {}
    types = asked.request.response_type
    if "token" in types:
        target = target_of(ctx, asked.request.resource, asked.scope)
        row.generation, row.code_expires_at = 1, None
        row.expires_at = min(
            current.login.expires_at, row.created_at + timedelta(seconds=target.lifetime)
        )
        if not await ctx.store.authorizations.create(row, under=current.login.login_id):
            return None
        values = {name: getattr(row, name) for name in Authorization.__dataclass_fields__}
        token, expires_in = await access_for(ctx, asked.client, target, Authorization(**values))
        answer |= {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": str(expires_in),
            "scope": str(target.scope),
        }
    if "id_token" in types:
        extra = user_claims.by_name(current.user, asked.request.claims.id_token)
        if "token" not in types:
            # OIDC Core §5.4: with no access token the claims have no other way to travel.
            extra = user_claims.by_scope(current.user, asked.scope) | extra
        who = Authentication(row.user_id, row.auth_time, row.amr, row.session_id)
        contents = IdTokenContents(row.nonce, answer.get("access_token"), extra)
        answer["id_token"] = await mint_id_token(ctx, asked.client, who, contents)
    return answer
