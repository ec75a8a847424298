"""The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5-4.6)."""

from typing import Any, NoReturn

from consentry.oauth2.grants.issue import row_end, token_answer
from consentry.records.authorization import Authorization
from consentry.records.client import Client
from consentry.spec.errors import InvalidGrant, InvalidTarget
from consentry.spec.forms import Form
from consentry.spec.pkce import check_verifier, s256
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.reference import CodeReference, read_code

GRANT_TYPE = "authorization_code"


async def redeem(ctx: TenantContext, client: Client, form: Form, _address: str) -> dict[str, Any]:
    """Trade a code for tokens; the first good request wins.

    A request that does not fit spends nothing; a second good one revokes what the
    first one bought. Raises InvalidGrant.
    """
    code = read_code(ctx, form.require("code"))
    if code is None:
        raise InvalidGrant("the code is not valid here", rule="code")
    verifier = form.get("code_verifier")
    if verifier is not None:
        check_verifier(verifier)
    if "resource" in form:
        await _check_resources(ctx, client, code, form)
    now = ctx.now()
    if code.expires_at <= now.timestamp():
        await _refuse(ctx, client, code)
    row = await ctx.store.authorizations.redeem(
        code.authorization_id,
        client.client_id,
        code_challenge=None if verifier is None else s256(verifier),
        redirect_uri=form.get("redirect_uri"),
        now=now,
        expires_at=row_end(ctx, client, now),
    )
    if row is None:
        await _refuse(ctx, client, code, form)
    resources = chosen_resources(row, form)
    return await token_answer(ctx, client, row, scope=Scope.parse(row.scope), resources=resources)


async def _check_resources(
    ctx: TenantContext, client: Client, code: CodeReference, form: Form
) -> None:
    """Refuse a resource that was not approved before the code is spent."""
    row = await ctx.store.authorizations.get(code.authorization_id)
    if row is not None and row.client_id == client.client_id and row.generation == 0:
        chosen_resources(row, form)


def chosen_resources(row: Authorization, form: Form) -> list[str]:
    """The resources a token request is for, among those approved (RFC 8707 §2.2)."""
    approved, asked = row.resource.split(), list(form.all("resource"))
    if not set(asked) <= set(approved):
        raise InvalidTarget(
            "resource was not approved",
            rule="resource",
            received=" ".join(asked),
            registered=row.resource,
        )
    return asked or approved


async def _refuse(
    ctx: TenantContext, client: Client, code: CodeReference, form: Form | None = None
) -> NoReturn:
    """Say why a code cannot be spent; a second use ends all the first one bought."""
    row = await ctx.store.authorizations.get(code.authorization_id)
    if row is None or row.client_id != client.client_id:
        raise InvalidGrant("the code is not this client's", rule="code is bound to its client")
    if row.generation > 0:
        await ctx.store.authorizations.revoke(row.id, ctx.now())
        raise InvalidGrant("the code was used before", rule="a code counts once")
    if form is None or (row.code_expires_at is not None and row.code_expires_at <= ctx.now()):
        raise InvalidGrant("the code has expired", rule="authorization_code_lifetime")
    if row.revoked_at is not None:
        raise InvalidGrant("the authorization has ended", rule="revoked")
    given = form.get("redirect_uri")
    if given != row.redirect_uri and (given is not None or row.redirect_uri_given):
        raise InvalidGrant(
            "redirect_uri differs from the authorization request",
            rule="redirect_uri",
            received=given or "",
            registered=row.redirect_uri or "",
        )
    if (form.get("code_verifier") is None) != (row.code_challenge is None):
        raise InvalidGrant("code_verifier and code_challenge go together", rule="code_verifier")
    raise InvalidGrant("code_verifier does not fit", rule="code_verifier")
