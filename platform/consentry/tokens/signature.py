"""Whose signature it is: checked without asking the database (RFC 5849 §3.2, §3.4)."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import shake_256
from inspect import isawaitable
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consentry.records.client import Client
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.oauth1.errors import (
    ConsumerKeyRefused,
    SignatureInvalid,
    SignatureMethodRejected,
)
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureInput
from consentry.spec.oauth1.timestamp import check_timestamp
from consentry.tenancy.context import TenantContext

SECRET_PURPOSE = "client-secret"  # noqa: S105
NOBODYS = "nobody has this secret"
_USUAL_METHODS = ClientMetadata.model_validate({"protocols": ["oauth1"]}).oauth1_signature_methods


async def prove_client(
    ctx: TenantContext, request: SignedRequest, token_secret: str | None
) -> Client:
    """The client whose signature this is. Nothing is spent. Raises OAuth1Error.

    token_secret: empty without a token, None for a token that does not exist. An unknown
    client, token or signature cost the same and answer alike.
    """
    request.require("oauth_consumer_key", "oauth_signature_method", "oauth_signature")
    client = await ctx.client(request.client_key)
    if client is not None and "oauth1" not in client.metadata.protocols:
        client = None
    _check_method(ctx, client, request)
    check_timestamp(request, ctx.now().timestamp(), ctx.policy.oauth1_timestamp_window)
    candidates = []
    if client is not None and token_secret is not None:
        candidates = list(_candidates(ctx, client, request, token_secret))
    if not candidates:
        await _is_good(ctx, SignatureInput(request, NOBODYS, NOBODYS, _nobodys_key()))
    for secret_id, given in candidates:
        if client is not None and await _is_good(ctx, given):
            _note_use(ctx, client, secret_id)
            if client.disabled_at is not None:
                raise ConsumerKeyRefused("the client is disabled", rule="client is disabled")
            return client
    raise SignatureInvalid(
        "the signature does not fit: check the key, both secrets and the URL that was signed",
        rule="oauth_signature",
        received=f"{request.method} {request.uri}"[:500],
    )


def _check_method(ctx: TenantContext, client: Client | None, request: SignedRequest) -> None:
    """Only what deployment, tenant and client all list (§3.4); PLAINTEXT over TLS (§3.4.4)."""
    name, listed = request.signature_method, ctx.policy.oauth1_signature_methods
    # A client that nobody knows is held to the same methods as most that are known (§4).
    own = client.metadata.oauth1_signature_methods if client else _USUAL_METHODS
    allowed = [
        one
        for one in ctx.deployment.signature_methods.names
        if one in own and (listed is None or one in listed)
    ]
    if name not in allowed:
        raise SignatureMethodRejected(
            "this signature method is not allowed for this client",
            rule="oauth1_signature_methods",
            received=name[:60],
            registered=" ".join(allowed),
        )
    if name == "PLAINTEXT" and not request.uri.startswith("https:"):
        if not ctx.deployment.settings.oauth1_plaintext_over_http:
            raise SignatureMethodRejected("PLAINTEXT needs https", rule="PLAINTEXT over TLS only")


def _candidates(
    ctx: TenantContext, client: Client, request: SignedRequest, token_secret: str
) -> Iterator[tuple[UUID | None, SignatureInput]]:
    """What the client may have signed with: its key, or each of its live secrets."""
    key = client.metadata.oauth1_rsa_public_key
    if request.signature_method.startswith("RSA-"):
        # RFC 5849 §3.4.3: the secrets play no part, and none is fallen back to.
        if key:
            yield None, SignatureInput(request, "", token_secret, key)
        return
    now = ctx.now()
    for one in client.secrets:
        if one.sealed is not None and (one.expires_at is None or one.expires_at > now):
            secret = client.opened.get(one.secret_id)
            if secret is None:
                secret = ctx.keys.unseal(SECRET_PURPOSE, one.sealed).decode()
                client.opened[one.secret_id] = secret
            yield one.secret_id, SignatureInput(request, secret, token_secret, key)


async def _is_good(ctx: TenantContext, given: SignatureInput) -> bool:
    name = given.request.signature_method
    found = ctx.deployment.signature_methods.verify(name, given)
    if isawaitable(found):
        found = await found
    if found is not True and found is not False:
        raise TypeError(f"signature method {name} must answer True or False")
    return found


def _note_use(ctx: TenantContext, client: Client, secret_id: UUID | None) -> None:
    tenant_id, now = ctx.tenant.tenant_id, ctx.now()
    ctx.deployment.client_uses[tenant_id, client.client_id, "oauth1"] = now
    if secret_id is not None:
        ctx.deployment.secret_uses[tenant_id, client.client_id, secret_id] = now


@lru_cache(maxsize=1)
def _nobodys_key() -> str:
    """An RSA key nobody has the other half of: what an unknown client is checked against."""
    modulus = int.from_bytes(shake_256(NOBODYS.encode()).digest(256), "big") | 1 << 2047 | 1
    key = RSAPublicNumbers(65_537, modulus).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
