"""Token credentials (RFC 5849 §2.3)."""

import hmac
from datetime import timedelta
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics
from consentry.oauth1.answers import form_answer
from consentry.records.authorization import NO_END
from consentry.records.client import Client
from consentry.spec.oauth1.errors import (
    ConsumerKeyRefused,
    TokenExpired,
    TokenRejected,
    TokenRevoked,
    TokenUsed,
    VerifierInvalid,
)
from consentry.spec.oauth1.request import SignedRequest
from consentry.tenancy.context import TenantContext
from consentry.tokens.signature import prove_client
from consentry.tokens.signed_request import spend_nonce
from consentry.tokens.temporary_credential import TemporaryCredential, as_typed
from consentry.tokens.token_credential import TokenCredential
from consentry.web.signed import check_transport, received_signed
from consentry.web.successes import record_success

# What guessing costs: five wrong verifiers void the temporary credentials (RFC 5849 §2.2).
MOST_TRIES = 5


async def token(request: Request) -> Response:
    """Token credentials for approved temporary ones, which are spent.

    A request that is not signed with their secret costs them nothing.
    """
    check_transport(request)
    ctx, signed = TenantContext.of(request), received_signed(request)
    request.scope["consentry.client_id"] = signed.client_key
    signed.require("oauth_token", "oauth_verifier")
    temporary = TemporaryCredential.read(ctx, signed.token or "")
    client = await prove_client(ctx, signed, temporary.secret(ctx) if temporary else None)
    if temporary is None or temporary.client_id != client.client_id:
        raise TokenRejected("the token is another client's", rule="oauth_token and its client")
    if not (await spend_nonce(ctx, client, signed, None)).is_live:
        raise ConsumerKeyRefused("the client is disabled", rule="client is disabled")
    credential = await _exchange(ctx, client, temporary, signed)
    metrics.tokens_issued("oauth1_token")
    record_success(request, "token credentials issued")
    return form_answer(
        {
            "oauth_token": credential.text,
            "oauth_token_secret": credential.secret(ctx, client.client_id),
        }
    )


async def _exchange(
    ctx: TenantContext, client: Client, temporary: TemporaryCredential, signed: SignedRequest
) -> TokenCredential:
    lifetime, now = ctx.policy.oauth1_token_lifetime, ctx.now()
    row = await ctx.store.token_credentials.exchange(
        temporary.id,
        client.client_id,
        is_right=_is_right(ctx, temporary, signed.verifier or ""),
        most_tries=MOST_TRIES,
        now=now,
        expires_at=NO_END if lifetime is None else now + timedelta(seconds=lifetime),
    )
    if row is None:
        await _refuse(ctx, temporary)
    if row.generation == 0:
        raise VerifierInvalid("the verifier does not fit", rule="oauth_verifier")
    return TokenCredential(row.id, ctx.keys.current)


def _is_right(ctx: TenantContext, temporary: TemporaryCredential, verifier: str) -> bool:
    """In constant time; one that a person typed counts however it was spaced."""
    sent = as_typed(verifier) if temporary.is_oob else verifier
    return hmac.compare_digest(temporary.verifier(ctx).encode(), sent.encode())


async def _refuse(ctx: TenantContext, temporary: TemporaryCredential) -> NoReturn:
    row = await ctx.store.authorizations.get(temporary.id)
    if row is not None and row.generation > 0:
        raise TokenUsed("the temporary credentials were used before", rule="one use")
    if row is not None and row.revoked_at is not None:
        raise TokenRevoked("access was denied or taken back", rule="denied or withdrawn")
    if row is not None and row.wrong_tries >= MOST_TRIES:
        raise TokenRejected("too many wrong verifiers", rule=f"{MOST_TRIES} tries")
    if temporary.expires_at <= ctx.now():
        raise TokenExpired("the temporary credentials have expired", rule="lifetime")
    if row is None:
        # Right or wrong, a verifier before the approval tells nothing.
        raise VerifierInvalid("the verifier does not fit", rule="not approved yet")
    raise TokenRejected("the token does not count now", rule="its user or client is disabled")
