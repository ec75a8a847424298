"""Token exchange (RFC 8693): the bridge from OAuth 1 token credentials to OAuth 2 tokens."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from consentry.oauth2.checks.target import check_declared
from consentry.oauth2.grants.issue import row_end, token_answer
from consentry.records.authorization import NO_END, Authorization, AuthorizationRow
from consentry.records.client import Client
from consentry.spec.errors import InvalidRequest, InvalidTarget
from consentry.spec.forms import Form
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.asked_scope import asked_scope, within
from consentry.tokens.signed_request import signer_of

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
# RFC 8693 §3 leaves room for types of one's own.
OAUTH1_REQUEST: Final = "urn:consentry:params:oauth:token-type:oauth1-request"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
ENDED = "the subject token is not valid, token_revoked"


async def redeem(ctx: TenantContext, client: Client, form: Form, _address: str) -> dict[str, Any]:
    """OAuth 2 tokens for what a signed OAuth 1 request may do, under the same consent.

    The subject token is the value of the `Authorization` header of an empty `POST` to the
    token endpoint, signed with the client's token credentials; its nonce is spent. Never
    more scope than these have, and no longer where they have an end.
    Raises InvalidRequest, InvalidScope, InvalidTarget (RFC 8693 §2.2.2).
    """
    request = _subject(ctx, client, form)
    resources = check_declared(ctx, form.all("resource"))
    text = form.get("scope")
    asked = None if text is None else asked_scope(ctx, client, Scope.parse(text))
    # What is wrong with the request itself was said before the nonce is spent.
    source, granted = await _signed_for(ctx, request)
    scope = granted if asked is None else within(asked, granted, "scope was not granted")
    row = await _branch(ctx, client, source, scope, resources)
    lasts = source.expires_at == NO_END
    answer = await token_answer(
        ctx, client, row, scope=scope, resources=resources, may_refresh=lasts
    )
    return {**answer, "issued_token_type": ACCESS_TOKEN}


def _subject(ctx: TenantContext, client: Client, form: Form) -> SignedRequest:
    """The signed request that is the subject token, this client's and on a person's behalf."""
    _check_types(form)
    try:
        request = SignedRequest.parse(
            "POST", f"{ctx.issuer}/oauth2/token", authorization=form.require("subject_token")
        )
    except OAuth1Error as error:
        raise _unusable(error) from None
    if request.client_key != client.client_id:
        raise InvalidRequest(
            "the subject token is another client's",
            rule="oauth_consumer_key and client_id",
            received=request.client_key[:255],
            registered=client.client_id,
        )
    if request.token is None:
        raise InvalidRequest("the subject token names no person", rule="oauth_token required")
    return request


def _check_types(form: Form) -> None:
    """One kind of token in, one kind out, nobody between (RFC 8693 §2.1)."""
    _check_type(form.require("subject_token_type"), OAUTH1_REQUEST, "subject_token_type")
    asked = form.get("requested_token_type") or ACCESS_TOKEN
    _check_type(asked, ACCESS_TOKEN, "requested_token_type")
    if "actor_token" in form or "actor_token_type" in form:
        raise InvalidRequest("actor_token is not supported", rule="actor_token")
    if "audience" in form:
        raise InvalidTarget("audience is not supported, name a resource", rule="audience")


def _check_type(given: str, only: str, name: str) -> None:
    if given != only:
        raise InvalidRequest(
            f"{name} is not supported", rule=name, received=given[:200], registered=only
        )


async def _signed_for(ctx: TenantContext, request: SignedRequest) -> tuple[Authorization, Scope]:
    """The authorization behind the request, and the scope it has now; its nonce is spent."""
    try:
        signer = await signer_of(ctx, request)
    except OAuth1Error as error:
        raise _unusable(error) from None
    id = signer.authorization_id
    source = None if id is None else await ctx.store.authorizations.get(id)
    if source is None:
        raise InvalidRequest(ENDED, rule="oauth_token")
    return source, signer.scope


def _unusable(error: OAuth1Error) -> InvalidRequest:
    # RFC 8693 §2.2.2: a subject token that is invalid for any reason is an invalid request.
    return InvalidRequest(
        f"the subject token is not valid, {error.code}: {error.description}",
        rule=error.rule,
        received=error.received,
        registered=error.registered,
    )


async def _branch(
    ctx: TenantContext,
    client: Client,
    source: Authorization,
    scope: Scope,
    resources: Sequence[str],
) -> Authorization:
    """A new authorization beside the one of OAuth 1, in use from the start."""
    now = ctx.now()
    row = AuthorizationRow(
        tenant_id=ctx.tenant.tenant_id,
        id=uuid4(),
        client_id=client.client_id,
        user_id=source.user_id,
        scope=str(scope),
        resource=" ".join(resources),
        auth_time=source.auth_time,
        amr=source.amr,
        created_at=now,
        generation=1,
        last_used_at=now,
        expires_at=min(row_end(ctx, client, now), source.expires_at),
        redirect_uri_given=False,
    )
    await ctx.store.authorizations.create(row)
    # A withdrawal since the signature was checked, whole or of a scope, has not met the new row.
    found = await ctx.store.authorizations.live(source.id, "", now)
    if found is None or not found.is_live or not scope <= Scope.parse(found.authorization.scope):
        await ctx.store.authorizations.revoke(row.id, now)
        raise InvalidRequest(ENDED, rule="oauth_token was revoked")
    return Authorization(
        **{name: getattr(row, name) for name in Authorization.__dataclass_fields__}
    )
