"""client_secret_jwt and private_key_jwt (RFC 7521 §4.2, RFC 7523 §3, OIDC Core §9)."""

from datetime import UTC, datetime
from hashlib import sha256

import orjson
from starlette.requests import Request

from consentry.crypto import base64url
from consentry.identity.client_auth.key_set import KeySetUnavailable, client_keys
from consentry.identity.client_auth.secret import REFUSED, check_method, known_client
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.verify import BadToken, Verified, verify, verify_hmac
from consentry.records.client import Client
from consentry.spec.errors import InvalidClient, InvalidRequest
from consentry.spec.forms import Form
from consentry.tenancy.context import TenantContext

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_S = 300
LEEWAY_S = 10
# Kept longer than the assertion could still be accepted, by whichever process's clock.
SKEW_S = 60
NONCE_PURPOSE = "client-assertion"
CLAIMS = ("iss", "sub", "aud", "exp", "jti")


async def authenticate(ctx: TenantContext, request: Request, form: Form) -> Client:
    """The client that signed the assertion; its jti is spent. Raises InvalidClient."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(
            "client_assertion_type is not supported",
            rule="client_assertion_type",
            received=(form.get("client_assertion_type") or "")[:100],
            registered=ASSERTION_TYPE,
        )
    token = form.require("client_assertion")
    client_id = _claimed_subject(token)
    request.scope["consentry.client_id"] = client_id
    if form.get("client_id") not in (None, client_id):
        raise InvalidClient(REFUSED, rule="client_id differs from the assertion's sub")
    client = await known_client(ctx, client_id)
    check_method(client, ("private_key_jwt", "client_secret_jwt"))
    audience = _audience(ctx, request)
    try:
        verified = await _verified(ctx, client, token, audience)
        await _spend(ctx, client, verified, audience)
    except (BadToken, KeySetUnavailable) as error:
        raise InvalidClient(REFUSED, rule=f"client_assertion: {error}") from error
    return client


def _audience(ctx: TenantContext, request: Request) -> tuple[str, ...]:
    """What an assertion may be for: us, the token endpoint, or the endpoint it is sent to."""
    return ctx.issuer, f"{ctx.issuer}/oauth2/token", f"{ctx.issuer}{request.scope['path']}"


def _claimed_subject(token: str) -> str:
    """The `sub` of an assertion not yet verified: it only says whose keys to try."""
    try:
        subject = orjson.loads(base64url.decode(token.split(".")[1]))["sub"]
    except (ValueError, IndexError, KeyError, TypeError):
        subject = None
    # No control character is in any client_id (RFC 6749 §A.1), and no database takes a NUL.
    if not isinstance(subject, str) or not subject.isprintable():
        raise InvalidClient(REFUSED, rule="client_assertion must be a JWT with a sub")
    return subject


async def _verified(
    ctx: TenantContext, client: Client, token: str, audience: tuple[str, ...]
) -> Verified:
    now = int(ctx.now().timestamp())
    registered = client.metadata.token_endpoint_auth_signing_alg
    if client.metadata.token_endpoint_auth_method == "client_secret_jwt":  # noqa: S105
        secrets = [
            ctx.keys.unseal("client-secret", one.sealed).decode()
            for one in client.secrets
            if one.sealed is not None and (one.expires_at is None or one.expires_at > ctx.now())
        ]
        return verify_hmac(
            token, secrets, typ=None, now=now, issuer=client.client_id, audience=audience,
            leeway=LEEWAY_S, require=CLAIMS,
        )  # fmt: skip
    algs = frozenset(SIGNING_ALGS if registered is None else (registered,))
    keys = await client_keys(ctx, client, token)
    return verify(
        token, keys, algs=algs, typ=None, now=now, issuer=client.client_id, audience=audience,
        leeway=LEEWAY_S, require=CLAIMS,
    )  # fmt: skip


async def _spend(
    ctx: TenantContext, client: Client, verified: Verified, audience: tuple[str, ...]
) -> None:
    """Hold it to RFC 7523 §3 and spend its jti, which only a good signature may do."""
    claims = verified.claims
    named = claims["aud"]
    if isinstance(named, list) and any(one not in audience for one in named):
        raise BadToken("aud names somebody else too")
    if claims["sub"] != client.client_id:
        raise BadToken("sub is not the client")
    jti = claims["jti"]
    if not isinstance(jti, str) or not jti:
        raise BadToken("jti is no text")
    expires_at = int(claims["exp"])
    if expires_at > ctx.now().timestamp() + LONGEST_S + LEEWAY_S:
        raise BadToken("exp is more than 5 minutes ahead")
    value = sha256(f"{client.client_id}\0{jti}".encode()).hexdigest()
    until = datetime.fromtimestamp(expires_at + LEEWAY_S + SKEW_S, UTC)
    if not await ctx.store.nonces.spend(NONCE_PURPOSE, value, until):
        raise BadToken("jti was used before")
