"""Signing keys as a context holds them.

A key's state follows from its times. It is pending before `active_at` (published,
so that verifiers know it), active after, retiring from `retiring_at` on (published
until the last token it signed has expired), then retired. One that was taken out at
once, because others may have it, retired in the moment it stopped signing: it is revoked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, Literal

import orjson

from consentry.crypto.ring import DataKeys
from consentry.jose.keys import PrivateKey
from consentry.records.key import SigningKey

State = Literal["pending", "active", "retiring", "retired", "revoked"]
GONE: Final = ("retired", "revoked")
SEAL_PURPOSE = "signing-key"


@dataclass(frozen=True)
class HeldKey:
    """A stored signing key and the way to its private half."""

    row: SigningKey
    keys: DataKeys
    published_for: timedelta

    @cached_property
    def private(self) -> PrivateKey:
        """The key itself, unsealed when first used."""
        return PrivateKey.from_own(self.row.alg, self.keys.unseal(SEAL_PURPOSE, self.row.sealed))

    @property
    def is_revoked(self) -> bool:
        """Whether nothing it ever signed counts any more."""
        retired_at, retiring_at = self.row.retired_at, self.row.retiring_at
        return retired_at is not None and retiring_at is not None and retired_at <= retiring_at

    def state(self, now: datetime) -> State:
        """Where it is in its life."""
        if self.is_revoked:
            return "revoked"
        if self.row.retired_at is not None and self.row.retired_at <= now:
            return "retired"
        # First: one that was overtaken before it signed has no time of its own left.
        if self.row.retiring_at is not None and self.row.retiring_at <= now:
            return "retiring" if now < self.row.retiring_at + self.published_for else "retired"
        if self.row.retired_at is not None:
            # By a clock since set back: its private half is gone.
            return "retiring"
        return "pending" if self.row.active_at > now else "active"

    def changes(self) -> list[datetime]:
        """When it comes to another state, past and to come."""
        row = self.row
        ends = [row.retiring_at, row.retiring_at + self.published_for] if row.retiring_at else []
        return [row.active_at, *ends, *([row.retired_at] if row.retired_at else [])]


class SigningRing:
    """All signing keys of a tenant, as they were read at `read_at`."""

    def __init__(self, keys: list[HeldKey], read_at: datetime) -> None:
        self.keys, self.read_at = keys, read_at
        self._active: dict[str, HeldKey] = {}
        self._jwks = b""
        # What is kept above holds between these two.
        self._since = self._until = datetime.min.replace(tzinfo=UTC)

    def active(self, alg: str, now: datetime) -> HeldKey | None:
        """The key that signs with an algorithm now."""
        self._settle(now)
        return self._active.get(alg)

    def public(self) -> list[dict[str, Any]]:
        """Every public key that ever signed and was not revoked, for tokens handed back to us."""
        return [k.row.public_jwk for k in self.keys if not k.is_revoked]

    @cached_property
    def kids(self) -> frozenset[str]:
        """The names of all keys."""
        return frozenset(k.row.kid for k in self.keys)

    def jwks(self, now: datetime) -> bytes:
        """The JWK Set of what is pending, active or retiring (RFC 7517 §5)."""
        self._settle(now)
        return self._jwks

    def _settle(self, now: datetime) -> None:
        """Work the states out anew when a key has come to its next one."""
        if self._since <= now < self._until:
            return
        fit = [k for k in self.keys if k.state(now) == "active"]
        fit.sort(key=lambda k: (k.row.active_at, k.row.slot))
        self._active = {k.row.alg: k for k in fit}
        shown = [k.row.public_jwk for k in self.keys if k.state(now) not in GONE]
        self._jwks = orjson.dumps({"keys": shown})
        ahead = [at for k in self.keys for at in k.changes() if at > now]
        self._since, self._until = now, min(ahead, default=datetime.max.replace(tzinfo=UTC))
