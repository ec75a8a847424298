"""The refresh token grant (RFC 6749 §6, RFC 9700 §4.14)."""

from datetime import timedelta
from typing import Any, NoReturn

from consentry.oauth2.checks.target import target_of
from consentry.oauth2.grants.authorization_code import chosen_resources
from consentry.oauth2.grants.issue import row_end, token_answer
from consentry.records.authorization import Authorization
from consentry.records.client import Client
from consentry.spec.errors import InvalidGrant
from consentry.spec.forms import Form
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.asked_scope import within
from consentry.tokens.imported import find_refresh
from consentry.tokens.reference import RefreshReference

GRANT_TYPE = "refresh_token"
ENDED = "the refresh token is not valid"


async def redeem(ctx: TenantContext, client: Client, form: Form, _address: str) -> dict[str, Any]:
    """New tokens for a refresh token, which is spent.

    Inside the grace window its immediate predecessor gets the same successor again;
    any older one revokes the authorization. One of another product that was imported is the
    first of its family. Raises InvalidGrant.
    """
    token = await find_refresh(ctx, form.require("refresh_token"))
    if token is None:
        raise InvalidGrant(ENDED, rule="refresh_token")
    await _check_narrowing(ctx, client, token, form)
    now = ctx.now()
    row = await ctx.store.authorizations.rotate(
        token.authorization_id,
        client.client_id,
        token.generation,
        grace_from=now - timedelta(seconds=ctx.policy.refresh_grace),
        now=now,
        expires_at=row_end(ctx, client, now),
    )
    if row is None:
        await _refuse(ctx, client, token)
    asked = form.get("scope")
    scope = Scope.parse(row.scope if asked is None else asked)
    return await token_answer(ctx, client, row, scope=scope, resources=chosen_resources(row, form))


async def _check_narrowing(
    ctx: TenantContext, client: Client, token: RefreshReference, form: Form
) -> None:
    """Refuse too wide a scope or resource before the token is spent (RFC 6749 §6)."""
    if "scope" not in form and "resource" not in form:
        return
    row = await ctx.store.authorizations.get(token.authorization_id)
    if row is None or row.client_id != client.client_id:
        raise InvalidGrant(ENDED, rule="refresh_token is bound to its client")
    scope = Scope.parse(row.scope)
    asked = form.get("scope")
    if asked is not None:
        scope = within(Scope.parse(asked), scope, "scope was not granted")
    target_of(ctx, chosen_resources(row, form), scope)


async def _refuse(ctx: TenantContext, client: Client, token: RefreshReference) -> NoReturn:
    row: Authorization | None = await ctx.store.authorizations.get(token.authorization_id)
    if row is None or row.client_id != client.client_id:
        raise InvalidGrant(ENDED, rule="refresh_token is bound to its client")
    if row.revoked_at is not None:
        raise InvalidGrant(ENDED, rule="the authorization was revoked")
    if row.generation > token.generation:
        await ctx.store.authorizations.revoke(row.id, ctx.now())
        raise InvalidGrant(ENDED, rule="a refresh token counts once")
    raise InvalidGrant(ENDED, rule="expired, or its user or client is disabled")
