"""Codes and refresh tokens: sealed references to an authorization."""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from consentry.crypto import tokens as text_form
from consentry.crypto.seal import Unsealable
from consentry.tenancy.context import TenantContext

CODE_PURPOSE = "authorization-code"
REFRESH_PURPOSE = "refresh-token"


class CodeReference(NamedTuple):
    """The authorization a code was issued for and its end, in Unix seconds."""

    authorization_id: UUID
    expires_at: int


class RefreshReference(NamedTuple):
    """The authorization a refresh token belongs to and its place in the family."""

    authorization_id: UUID
    generation: int


def mint_code(ctx: TenantContext, authorization_id: UUID, expires_at: int) -> str:
    """An authorization code (RFC 6749 §4.1.2)."""
    raw = authorization_id.bytes + expires_at.to_bytes(5, "big")
    return text_form.encode(text_form.CODE, ctx.keys.seal(CODE_PURPOSE, raw))


def read_code(ctx: TenantContext, code: str) -> CodeReference | None:
    """What a code refers to; None if forged, foreign or no code. Asks no database."""
    try:
        raw = ctx.keys.unseal(CODE_PURPOSE, text_form.decode(text_form.CODE, code))
    except Unsealable:
        return None
    return CodeReference(UUID(bytes=raw[:16]), int.from_bytes(raw[16:], "big"))


def mint_refresh(ctx: TenantContext, authorization_id: UUID, generation: int) -> str:
    """The refresh token of one generation: always the same text.

    The nonce comes from what is sealed, so the immediate predecessor gets the same
    successor again; AES-GCM-SIV allows that (RFC 8452 §9).
    """
    raw = authorization_id.bytes + generation.to_bytes(4, "big")
    sealed = ctx.keys.seal(REFRESH_PURPOSE, raw, sha256(raw).digest()[:12])
    return text_form.encode(text_form.REFRESH, sealed)


def read_refresh(ctx: TenantContext, token: str) -> RefreshReference | None:
    """What a refresh token refers to; None if forged, foreign or none."""
    try:
        raw = ctx.keys.unseal(REFRESH_PURPOSE, text_form.decode(text_form.REFRESH, token))
    except Unsealable:
        return None
    return RefreshReference(UUID(bytes=raw[:16]), int.from_bytes(raw[16:], "big"))
