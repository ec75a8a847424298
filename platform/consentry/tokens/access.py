"""Access tokens: opaque sealed references, or signed JWTs with the same ids inside."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from consentry.crypto import base64url
from consentry.crypto import tokens as text_form
from consentry.crypto.entropy import random_piece
from consentry.crypto.seal import Unsealable
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.sign import sign
from consentry.jose.verify import BadToken, verify
from consentry.records.authorization import Authorization
from consentry.records.client import Client
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import signing_key, verifying_keys
from consentry.tokens.imported import imported_token, jti_of
from consentry.tokens.subject import subject_of

PURPOSE = "access-token"
JWT_TYPE = "at+jwt"
JTI_BYTES = 12
_OWN, _NARROWED, _AUDIENCE = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Target:
    """Where an access token is for (RFC 8707) and what that place wants.

    audience: identifiers; the issuer alone by default. lifetime: seconds.
    """

    audience: tuple[str, ...]
    scope: Scope
    format: Literal["opaque", "jwt"]
    lifetime: int


@dataclass(frozen=True, slots=True)
class AccessReference:
    """What an access token says of itself. Scope and client None: as the authorization has it.

    `jti` names the token; times are Unix seconds.
    """

    jti: str
    authorization_id: UUID | None
    client_id: str | None
    scope: str | None
    audience: tuple[str, ...]
    issued_at: int
    expires_at: int


async def mint_access(
    ctx: TenantContext,
    client: Client,
    target: Target,
    *,
    authorization: Authorization | None,
    expires_at: int,
) -> str:
    """An access token for `target`, until `expires_at` (Unix seconds).

    authorization: whose approval it rests on; None when the client acts for itself.
    """
    if target.format == "jwt":
        return await _mint_jwt(ctx, client, target, authorization, expires_at)
    flags, rest = 0, []
    raw = random_piece()[:JTI_BYTES]
    if authorization is None:
        flags |= _OWN
        rest.append(client.client_id)
    else:
        raw += authorization.id.bytes
    scope = str(target.scope)
    if authorization is None or scope != authorization.scope:
        flags |= _NARROWED
        rest.append(scope)
    if target.audience != (ctx.issuer,):
        flags |= _AUDIENCE
        rest.append(" ".join(target.audience))
    now = int(ctx.now().timestamp())
    head = bytes((flags,)) + now.to_bytes(5, "big") + expires_at.to_bytes(5, "big") + raw
    sealed = ctx.keys.seal(PURPOSE, head + "\n".join(rest).encode())
    return text_form.encode(text_form.ACCESS, sealed)


async def _mint_jwt(
    ctx: TenantContext,
    client: Client,
    target: Target,
    authorization: Authorization | None,
    expires_at: int,
) -> str:
    """A JWT access token (RFC 9068 §2.2)."""
    jti = random_piece()[:JTI_BYTES]
    claims: dict[str, Any] = {
        "iss": ctx.issuer,
        "aud": target.audience[0] if len(target.audience) == 1 else list(target.audience),
        "sub": client.client_id,
        "client_id": client.client_id,
        "iat": int(ctx.now().timestamp()),
        "exp": expires_at,
        "scope": str(target.scope),
    }
    if authorization is not None:
        jti += authorization.id.bytes
        claims["sub"] = subject_of(ctx, client, authorization.user_id)
        claims["auth_time"] = int(authorization.auth_time.timestamp())
    claims["jti"] = base64url.encode(jti)
    key = await signing_key(ctx, ctx.policy.id_token_signed_response_alg)
    return sign(claims, key, typ=JWT_TYPE)


async def read_access(ctx: TenantContext, token: str) -> AccessReference | None:
    """What a good, unexpired access token of this tenant says; None for anything else.

    An imported one of another product is as good as ours. Whether it still counts is for the
    store to say.
    """
    if token.startswith(text_form.ACCESS):
        read = _read_opaque(ctx, token)
    else:
        read = await _read_jwt(ctx, token) or await _read_imported(ctx, token)
    if read is None or read.expires_at <= ctx.now().timestamp():
        return None
    return read


def _read_opaque(ctx: TenantContext, token: str) -> AccessReference | None:
    try:
        raw = ctx.keys.unseal(PURPOSE, text_form.decode(text_form.ACCESS, token))
    except Unsealable:
        return None
    flags, ids_end = raw[0], 11 + JTI_BYTES + (0 if raw[0] & _OWN else 16)
    ids, rest = raw[11:ids_end], raw[ids_end:].decode().split("\n")
    return AccessReference(
        jti=base64url.encode(ids),
        authorization_id=None if flags & _OWN else UUID(bytes=ids[JTI_BYTES:]),
        client_id=rest.pop(0) if flags & _OWN else None,
        scope=rest.pop(0) if flags & _NARROWED else None,
        audience=tuple(rest.pop(0).split(" ")) if flags & _AUDIENCE else (ctx.issuer,),
        issued_at=int.from_bytes(raw[1:6], "big"),
        expires_at=int.from_bytes(raw[6:11], "big"),
    )


async def _read_jwt(ctx: TenantContext, token: str) -> AccessReference | None:
    if token.count(".") != 2:
        return None
    try:
        claims = verify(
            token,
            await verifying_keys(ctx, token),
            algs=frozenset(SIGNING_ALGS),
            typ=JWT_TYPE,
            now=int(ctx.now().timestamp()),
            issuer=ctx.issuer,
            require=("jti", "client_id", "aud", "iat", "sub"),
        ).claims
        jti = base64url.decode(str(claims["jti"]))
    except (BadToken, ValueError):
        return None
    audience = claims["aud"]
    return AccessReference(
        jti=str(claims["jti"]),
        authorization_id=UUID(bytes=jti[JTI_BYTES:]) if len(jti) > JTI_BYTES else None,
        client_id=str(claims["client_id"]),
        scope=str(claims.get("scope", "")),
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
    )


async def _read_imported(ctx: TenantContext, token: str) -> AccessReference | None:
    found = await imported_token(ctx, token, "access")
    if found is None:
        return None
    return AccessReference(
        jti=jti_of(found),
        authorization_id=found.authorization_id,
        client_id=found.client_id if found.authorization_id is None else None,
        scope=found.scope,
        audience=(ctx.issuer,),
        issued_at=int(found.issued_at.timestamp()),
        expires_at=int(found.expires_at.timestamp()),
    )
