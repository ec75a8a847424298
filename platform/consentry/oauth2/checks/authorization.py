"""What an authorization request must satisfy before anybody is asked."""

import orjson

from consentry.oauth2.checks.target import check_declared
from consentry.records.authorization import AuthorizationRow
from consentry.records.client import Client
from consentry.spec.authorization_request import AuthorizationRequest, Preview
from consentry.spec.errors import (
    InvalidRequest,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from consentry.spec.redirect_uri import matches
from consentry.spec.scope import OPENID, Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.asked_scope import asked_scope

LONGEST = {
    name: int(AuthorizationRow.model_fields[name].metadata[0].max_length)
    for name in ("nonce", "resource", "scope", "claims")
}


async def proven_client(ctx: TenantContext, asked: Preview) -> tuple[Client, str]:
    """The client and a redirect_uri of its own. Raises InvalidRequest: never redirect.

    An omitted redirect_uri stands for the only one registered (RFC 6749 §3.1.2.3).
    """
    client = await ctx.client(asked.client_id) if asked.client_id else None
    if client is None or "oauth2" not in client.metadata.protocols:
        raise InvalidRequest(
            "The app that sent you is not known here.", rule="client_id must be registered"
        )
    if client.disabled_at is not None:
        raise InvalidRequest("The app that sent you is disabled.", rule="client is disabled")
    registered = client.metadata.redirect_uris
    if asked.redirect_uri is None and len(registered) == 1:
        return client, registered[0]
    if asked.redirect_uri is None or not matches(registered, asked.redirect_uri):
        raise InvalidRequest(
            "The app asked to return to an address that is not registered for it.",
            rule="redirect_uri must equal a registered one",
            received=asked.redirect_uri or "",
            registered=" ".join(registered),
        )
    return client, asked.redirect_uri


def check_allowed(ctx: TenantContext, client: Client, asked: AuthorizationRequest) -> Scope:
    """The scope it may get at most. Raises the OAuthError its client is told."""
    _check_response_type(ctx, client, asked)
    if "code" in asked.response_type and asked.code_challenge is None:
        # RFC 9700 §2.1.1: a public client always; policy frees confidential ones only.
        if client.is_public or ctx.policy.require_pkce:
            raise InvalidRequest("code_challenge is required", rule="require_pkce")
    scope = asked_scope(ctx, client, asked.scope)
    if not scope:
        raise InvalidScope("scope is required: the client has no default", rule="scope")
    if OPENID in scope and asked.redirect_uri is None:
        # OIDC Core §3.1.2.1
        raise InvalidRequest("redirect_uri is required with openid", rule="redirect_uri")
    if "id_token" in asked.response_type and OPENID not in scope:
        raise InvalidScope("id_token needs the scope openid", rule="response_type")
    check_declared(ctx, asked.resource)
    _check_lengths(asked, scope)
    return scope


def _check_lengths(asked: AuthorizationRequest, scope: Scope) -> None:
    """Raises InvalidRequest for what an authorization has no room to keep."""
    kept = {
        "nonce": asked.nonce or "",
        "resource": " ".join(asked.resource),
        "scope": str(scope),
        "claims": stored_claims(asked) or "",
    }
    for name, text in kept.items():
        if len(text) > LONGEST[name]:
            raise InvalidRequest(f"{name} is too long", rule=f"{name}: {LONGEST[name]} characters")


def stored_claims(asked: AuthorizationRequest) -> str | None:
    """The `claims` parameter as it is kept with the authorization."""
    return orjson.dumps(asked.claims.to_dict()).decode() if asked.claims else None


def _check_response_type(ctx: TenantContext, client: Client, asked: AuthorizationRequest) -> None:
    grant = "authorization_code" if asked.response_type == {"code"} else "implicit"
    text = " ".join(sorted(asked.response_type))
    if grant not in ctx.policy.grant_types_supported:
        raise UnsupportedResponseType(
            "this response type is not supported", rule="grant_types_supported", received=text
        )
    allowed = client.metadata.allows_response_type(asked.response_type)
    if not allowed or not client.allows_grant(grant):
        raise UnauthorizedClient(
            "this response type is not registered for this client",
            rule="response_types",
            received=text,
            registered=", ".join(client.metadata.response_types),
        )
