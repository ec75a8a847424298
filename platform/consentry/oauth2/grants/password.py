"""The password grant, for old clients only (RFC 6749 §4.3, RFC 9700 §2.4)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from consentry.identity.password import check_password
from consentry.oauth2.checks.target import check_declared
from consentry.oauth2.grants.issue import row_end, token_answer
from consentry.records.authorization import AuthorizationRow
from consentry.records.client import Client
from consentry.spec.errors import InvalidGrant
from consentry.spec.forms import Form
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.asked_scope import asked_scope

GRANT_TYPE = "password"


async def redeem(ctx: TenantContext, client: Client, form: Form, address: str) -> dict[str, Any]:
    """Tokens for a person's password, under every throttle of the sign-in page.

    Raises InvalidGrant for wrong credentials, TooManyRequests when throttled.
    """
    text = form.get("scope")
    scope = asked_scope(ctx, client, None if text is None else Scope.parse(text))
    resources = check_declared(ctx, form.all("resource"))
    username, password = form.require("username"), form.require("password")
    # A confidential client's address is its server's: all its people share it.
    guesser = address if client.is_public else ""
    user = await check_password(ctx, username, password, address=guesser, device=None)
    if user is None:
        raise InvalidGrant("username or password is wrong", rule="password")
    now = ctx.now()
    row = AuthorizationRow(
        tenant_id=ctx.tenant.tenant_id,
        id=uuid4(),
        client_id=client.client_id,
        user_id=user.user_id,
        scope=str(scope),
        resource=" ".join(resources),
        auth_time=now,
        created_at=now,
        code_expires_at=now + timedelta(seconds=ctx.policy.authorization_code_lifetime),
        expires_at=row_end(ctx, client, now),
        redirect_uri_given=False,
    )
    if not await ctx.store.authorizations.create(row, proven=user.password_hash):
        raise InvalidGrant("username or password is wrong", rule="password was changed meanwhile")
    # The same transition as a code's, so there is one way an authorization comes to life.
    live = await ctx.store.authorizations.redeem(
        row.id, client.client_id, code_challenge=None, redirect_uri=None, now=now,
        expires_at=row.expires_at,
    )  # fmt: skip
    if live is None:
        raise InvalidGrant("username or password is wrong", rule="user or client is disabled")
    return await token_answer(ctx, client, live, scope=scope, resources=resources)
