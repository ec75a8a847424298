"""Why a signature does not fit: for the owners of the client that made it.

Nothing is spent and no secret leaves: what comes out is words.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from inspect import isawaitable

from consentry.crypto.ring import UnknownVersion
from consentry.records.client import Client
from consentry.spec.oauth1.mistakes import key_mistakes, request_mistakes
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureInput, hmac_signature, signing_key
from consentry.tenancy.context import TenantContext
from consentry.tokens.imported import find_token_credential
from consentry.tokens.signature import SECRET_PURPOSE
from consentry.tokens.temporary_credential import TemporaryCredential

OTHER_HASHES = ("HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a signature fits; mistake: what it would fit if that had been done, if known."""

    fits: bool
    mistake: str | None = None


async def judge(
    ctx: TenantContext, client: Client, request: SignedRequest, query: bytes, form: bytes
) -> Verdict:
    """What a signature is worth under the client's secrets and key, and its token's secret.

    query, form: of the request, as sent. Raises KeyError for an unknown signature method.
    """
    token_secret = await _token_secret(ctx, client, request)
    if token_secret is None:
        return Verdict(False, "the token is none of this app's, so no secret fits")
    given = list(_inputs(ctx, client, request, token_secret))
    if not given:
        return Verdict(False, "the app has no secret or key that this method signs with")
    for is_live, one in given:
        if await _is_good(ctx, one):
            return Verdict(is_live, None if is_live else "it was signed with a secret that ended")
    for _, one in given:
        for mistake, variant in request_mistakes(request, query, form):
            if await _is_good(ctx, replace(one, request=variant)):
                return Verdict(False, mistake)
    if request.signature_method.startswith("HMAC-"):
        return Verdict(False, _wrong_key(request, [one for _, one in given]))
    return Verdict(False)


def _wrong_key(request: SignedRequest, given: list[SignatureInput]) -> str | None:
    for one in given:
        for mistake, key in key_mistakes(one.client_secret, one.token_secret):
            if _is_hmac(request, key, request.signature_method):
                return mistake
        key = signing_key(one.client_secret, one.token_secret)
        for name in OTHER_HASHES:
            if name != request.signature_method and _is_hmac(request, key, name):
                return f"it is signed by {name}, and says {request.signature_method}"
    return None


def _is_hmac(request: SignedRequest, key: str, method: str) -> bool:
    expected = hmac_signature(request.base_string, key, method)
    return hmac.compare_digest(expected.encode(), request.signature.encode())


def _inputs(
    ctx: TenantContext, client: Client, request: SignedRequest, token_secret: str
) -> Iterator[tuple[bool, SignatureInput]]:
    """What the client may have signed with; whether it still counts."""
    key = client.metadata.oauth1_rsa_public_key
    if request.signature_method.startswith("RSA-"):
        if key:
            yield True, SignatureInput(request, "", token_secret, key)
        return
    now = ctx.now()
    for one in client.secrets:
        if one.sealed is not None:
            secret = ctx.keys.unseal(SECRET_PURPOSE, one.sealed).decode()
            is_live = one.expires_at is None or one.expires_at > now
            yield is_live, SignatureInput(request, secret, token_secret, key)


async def _token_secret(ctx: TenantContext, client: Client, request: SignedRequest) -> str | None:
    """Empty without a token; None for one that this client does not have."""
    if request.token is None:
        return ""
    temporary = TemporaryCredential.read(ctx, request.token)
    if temporary is not None:
        return temporary.secret(ctx) if temporary.client_id == client.client_id else None
    credential = await find_token_credential(ctx, request.token)
    try:
        return credential.secret(ctx, client.client_id) if credential else None
    except UnknownVersion:
        return None


async def _is_good(ctx: TenantContext, given: SignatureInput) -> bool:
    found = ctx.deployment.signature_methods.verify(given.request.signature_method, given)
    return bool(await found if isawaitable(found) else found)
