"""Whom a signed request stands for (RFC 5849 §3.2).

Nothing asks the database before the signature is good: clients are cached, and the secrets of
tokens are derived (only that of an imported one is looked up). Then one statement spends the
nonce and reads who is behind the token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NoReturn
from uuid import UUID

from consentry.crypto.ring import UnknownVersion
from consentry.records.authorization import SignedUse
from consentry.records.client import Client
from consentry.spec.oauth1.errors import (
    ConsumerKeyRefused,
    NonceUsed,
    TokenExpired,
    TokenRejected,
    TokenRevoked,
)
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.imported import ImportedCredential, find_token_credential
from consentry.tokens.signature import prove_client
from consentry.tokens.subject import subject_of
from consentry.tokens.token_credential import TokenCredential

# Kept longer than the request could still be accepted, by whichever process's clock.
SKEW_S = 60
Credential = TokenCredential | ImportedCredential


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: a client, on behalf of a person or (user_id None) on its own."""

    client: Client
    scope: Scope
    user_id: UUID | None
    authorization_id: UUID | None

    def subject(self, ctx: TenantContext) -> str:
        """`sub`: the person as this client knows them, or the client itself."""
        if self.user_id is None:
            return self.client.client_id
        return subject_of(ctx, self.client, self.user_id)


async def signer_of(ctx: TenantContext, request: SignedRequest) -> Signer:
    """Whom a request stands for; its nonce is spent. Raises OAuth1Error.

    Temporary credentials stand for nobody. What a client may no longer have is left out of
    the scope, whatever was approved once.
    """
    token = await find_token_credential(ctx, request.token) if request.token else None
    client = await prove_client(ctx, request, _token_secret(ctx, request, token))
    use = await spend_nonce(ctx, client, request, token.authorization_id if token else None)
    if token is None:
        if not use.is_live:
            raise ConsumerKeyRefused("the client is disabled", rule="client is disabled")
        return Signer(client, client.default_scope, None, None)
    if not use.is_live:
        await _refuse(ctx, client, token)
    scope = Scope.parse(use.scope) & client.scope
    return Signer(client, scope, use.user_id, token.authorization_id)


def _token_secret(
    ctx: TenantContext, request: SignedRequest, token: Credential | None
) -> str | None:
    """The secret a request on a token's behalf is signed with; None if there is no such token."""
    if request.token is None:
        return ""
    if token is None:
        return None
    try:
        return token.secret(ctx, request.client_key)
    except UnknownVersion:
        return None


async def spend_nonce(
    ctx: TenantContext, client: Client, request: SignedRequest, authorization_id: UUID | None
) -> SignedUse:
    """Spend the nonce of a request whose signature is good (§3.3). Raises NonceUsed.

    One statement also reads whether the client, or with an id the token, counts now.
    A PLAINTEXT request may have no nonce (§3.1); then it only reads.
    """
    now = ctx.now()
    if request.nonce is None or request.timestamp is None:
        return await _liveness(ctx, client, authorization_id, now)
    parts = (client.client_id, request.token or "", request.timestamp, request.nonce)
    # No parameter holds a NUL, so no two of these are alike.
    value = sha256("\0".join(parts).encode()).hexdigest()
    window = timedelta(seconds=ctx.policy.oauth1_timestamp_window + SKEW_S)
    until = datetime.fromtimestamp(int(request.timestamp), UTC) + window
    use = await ctx.store.token_credentials.sign(
        authorization_id, client.client_id, nonce=value, nonce_until=until, now=now
    )
    if use is None:
        raise NonceUsed("this nonce was used before", rule="oauth_nonce counts once")
    return use


async def _liveness(
    ctx: TenantContext, client: Client, authorization_id: UUID | None, now: datetime
) -> SignedUse:
    if authorization_id is None:
        return SignedUse(await ctx.store.authorizations.client_is_live(client.client_id, ""))
    found = await ctx.store.authorizations.live(authorization_id, "", now)
    if found is None or not found.is_live or found.authorization.client_id != client.client_id:
        return SignedUse(False)
    return SignedUse(True, found.authorization.user_id, found.authorization.scope)


async def _refuse(ctx: TenantContext, client: Client, token: Credential) -> NoReturn:
    """Say why a token with a good signature does not count."""
    row = await ctx.store.authorizations.get(token.authorization_id)
    if row is None or row.client_id != client.client_id or row.generation == 0:
        raise TokenRejected("the token is unknown", rule="oauth_token")
    if row.revoked_at is not None:
        raise TokenRevoked("the token was revoked", rule="oauth_token was revoked")
    if row.expires_at <= ctx.now():
        raise TokenExpired("the token has expired", rule="oauth1_token_lifetime")
    raise TokenRejected("the token does not count now", rule="its user or client is disabled")
