"""The client credentials grant (RFC 6749 §4.4)."""

from typing import Any

from consentry.oauth2.checks.target import target_of
from consentry.records.client import Client
from consentry.spec.errors import InvalidScope, UnauthorizedClient
from consentry.spec.forms import Form
from consentry.spec.scope import OFFLINE_ACCESS, OIDC_CLAIM_SCOPES, OPENID, Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.access import mint_access
from consentry.tokens.asked_scope import asked_scope

GRANT_TYPE = "client_credentials"
# These speak of a person, and there is none.
_OF_PEOPLE = frozenset({OPENID, OFFLINE_ACCESS, *OIDC_CLAIM_SCOPES})


async def redeem(ctx: TenantContext, client: Client, form: Form, _address: str) -> dict[str, Any]:
    """Trade a client's own credentials for a token; no statement, no refresh token.

    Raises UnauthorizedClient if public, InvalidScope if too wide.
    """
    if client.is_public:
        raise UnauthorizedClient("needs a confidential client", rule="client_credentials")
    text = form.get("scope")
    scope = asked_scope(ctx, client, None if text is None else Scope.parse(text))
    if any(name in _OF_PEOPLE for name in scope):
        raise InvalidScope("scope needs a person", rule="scope", received=str(scope))
    target = target_of(ctx, form.all("resource"), scope)
    expires_at = int(ctx.now().timestamp()) + target.lifetime
    answer = {
        "access_token": await mint_access(
            ctx, client, target, authorization=None, expires_at=expires_at
        ),
        "token_type": "Bearer",
        "expires_in": target.lifetime,
    }
    if scope:
        answer["scope"] = str(target.scope)
    return answer
