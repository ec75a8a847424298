"""What a person's decision on temporary credentials leaves behind."""

from consentry.interaction.steps import Asked
from consentry.records.authorization import AuthorizationRow
from consentry.spec.oauth1.errors import TokenUsed
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.tokens.temporary_credential import TemporaryCredential


async def decide(
    ctx: TenantContext,
    asked: Asked,
    current: SignedIn,
    temporary: TemporaryCredential,
    *,
    approved: bool,
) -> None:
    """Store the one decision there is on temporary credentials (RFC 5849 §2.2).

    A denial is a row as well, revoked from the start, so that nobody approves them later.
    Raises TokenUsed if they were decided before, or the person's login ended meanwhile.
    """
    now = ctx.now()
    row = AuthorizationRow(
        tenant_id=ctx.tenant.tenant_id,
        id=temporary.id,
        client_id=asked.client.client_id,
        user_id=current.user.user_id,
        protocol="oauth1",
        scope=str(asked.scope),
        auth_time=current.login.auth_time,
        amr=current.login.amr,
        created_at=now,
        code_expires_at=temporary.expires_at,
        expires_at=temporary.expires_at,
        revoked_at=None if approved else now,
    )
    if not await ctx.store.token_credentials.decide(row, under=current.login.login_id):
        raise TokenUsed("This request was decided before. Start again at the app you came from.")
