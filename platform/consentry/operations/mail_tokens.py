"""What links in mails carry: sealed, for one purpose, person and state of the account.

Nothing of them is stored. One that sets a password is bound to the password there was, so it
counts once; one that proves an address is bound to that address.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from consentry.crypto import base64url
from consentry.crypto.seal import Unsealable
from consentry.records.user import User
from consentry.tenancy.context import TenantContext

Purpose = Literal["reset", "welcome", "verify"]
LIFETIMES: Final[dict[Purpose, timedelta]] = {
    "reset": timedelta(minutes=30),
    "welcome": timedelta(days=7),
    "verify": timedelta(days=1),
}
_MARK_BYTES: Final = 16


def mint(ctx: TenantContext, purpose: Purpose, user: User) -> str:
    """A token for a person as they are now."""
    until = int((ctx.now() + LIFETIMES[purpose]).timestamp())
    raw = user.user_id.bytes + until.to_bytes(5, "big") + _mark(purpose, user)
    return base64url.encode(ctx.keys.seal(f"mail-{purpose}", raw))


def read(ctx: TenantContext, purpose: Purpose, token: str) -> UUID | None:
    """Whose token this is; None if it is forged, foreign, of another purpose, or too old.

    Whether it still counts for that person `counts_for` says.
    """
    raw = _opened(ctx, purpose, token)
    if raw is None or int.from_bytes(raw[16:21], "big") <= ctx.now().timestamp():
        return None
    return UUID(bytes=raw[:16])


def counts_for(ctx: TenantContext, purpose: Purpose, token: str, user: User) -> bool:
    """Whether nothing it was bound to changed since, and the person may sign in at all."""
    raw = _opened(ctx, purpose, token)
    is_theirs = raw is not None and raw[:16] == user.user_id.bytes
    return is_theirs and raw is not None and raw[21:] == _mark(purpose, user)


def _opened(ctx: TenantContext, purpose: Purpose, token: str) -> bytes | None:
    try:
        raw = ctx.keys.unseal(f"mail-{purpose}", base64url.decode(token))
    except (ValueError, Unsealable):
        return None
    return raw if len(raw) == 21 + _MARK_BYTES else None


def _mark(purpose: Purpose, user: User) -> bytes:
    """What it is bound to: the address, and whether the account counts; if it is to set a
    password, the one there is."""
    bound = [user.email_key or "", str(user.disabled_at is None)]
    if purpose != "verify":
        bound.append(user.password_hash or "")
    return sha256("\0".join(bound).encode()).digest()[:_MARK_BYTES]
