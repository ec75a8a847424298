"""A tenant's data keys: what seals its tokens, its secrets and its signing keys."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from .derive import bound, subkey
from .seal import KEY_BYTES, Sealer, Unsealable

VERSION_BYTES: Final = 2
MAX_VERSION: Final = 0xFFFF


class UnknownVersion(Unsealable):
    """Sealed under a data key this ring does not hold: made since we read it, or forged."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """version: 0-65535, unique in its tenant. secret: 32 random bytes, never shown."""

    version: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.version <= MAX_VERSION:
            raise ValueError(f"a data key's version is 0 to {MAX_VERSION}, not {self.version}")
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes, not {len(self.secret)}")


class DataKeys:
    """The data keys of one tenant: the first seals, all unseal.

    Every purpose has subkeys of its own, derived when first needed and then kept; purposes are
    a handful of constants of the program, never input. Purpose, tenant and key version are bound
    to what is sealed, so nothing can be spent as something else or elsewhere.
    """

    __slots__ = ("_keys", "_macs", "_sealers", "current", "tenant_id")

    def __init__(self, tenant_id: bytes, keys: Sequence[DataKey]) -> None:
        """Raises ValueError for no keys, or two of one version."""
        if not keys:
            raise ValueError("a tenant has at least one data key")
        self._keys: Final = {key.version: key.secret for key in keys}
        if len(self._keys) != len(keys):
            raise ValueError("two data keys of one version")
        self.tenant_id: Final = tenant_id
        self.current: Final = keys[0].version
        self._sealers: dict[tuple[int, str], tuple[Sealer, bytes]] = {}
        self._macs: dict[tuple[int, str], bytes] = {}

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions held, that which seals first."""
        return tuple(self._keys)

    def seal(self, purpose: str, plaintext: bytes, nonce: bytes | None = None) -> bytes:
        """Key version (2 bytes, big-endian), then nonce, ciphertext and tag (`Sealer.seal`)."""
        sealer, context = self._sealer(self.current, purpose)
        sealed = sealer.seal(plaintext, context=context, nonce=nonce)
        return self.current.to_bytes(VERSION_BYTES, "big") + sealed

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed for this purpose. Raises Unsealable, UnknownVersion among them."""
        if len(sealed) < VERSION_BYTES:
            raise Unsealable("shorter than any sealed value")
        version = int.from_bytes(sealed[:VERSION_BYTES], "big")
        if version not in self._keys:
            raise UnknownVersion(f"no data key of version {version}")
        sealer, context = self._sealer(version, purpose)
        return sealer.unseal(sealed[VERSION_BYTES:], context=context)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 (32 bytes) of a message under the sealing key's subkey for this purpose."""
        return hmac.digest(self._mac_key(self.current, purpose), message, "sha256")

    def version_of(self, sealed: bytes) -> int:
        """The version of the key that sealed something `unseal` accepted."""
        return int.from_bytes(sealed[:VERSION_BYTES], "big")

    def mac_under(self, version: int, purpose: str, message: bytes) -> bytes:
        """`mac` under the key of one version. Raises UnknownVersion."""
        if version not in self._keys:
            raise UnknownVersion(f"no data key of version {version}")
        return hmac.digest(self._mac_key(version, purpose), message, "sha256")

    def verify_mac(self, purpose: str, message: bytes, mac: bytes) -> bool:
        """Whether `mac` came from any key held; every key is tried, each in constant time."""
        expected = (
            hmac.digest(self._mac_key(version, purpose), message, "sha256")
            for version in self._keys
        )
        return any([hmac.compare_digest(mac, one) for one in expected])

    def _sealer(self, version: int, purpose: str) -> tuple[Sealer, bytes]:
        ready = self._sealers.get((version, purpose))
        if ready is None:
            context = bound(purpose, self.tenant_id, version)
            ready = Sealer(subkey(self._keys[version], f"consentry/{purpose}")), context
            self._sealers[version, purpose] = ready
        return ready

    def _mac_key(self, version: int, purpose: str) -> bytes:
        key = self._macs.get((version, purpose))
        if key is None:
            # A purpose holds no "|", so no sealing subkey can have this name.
            bound(purpose, self.tenant_id, version)
            key = subkey(self._keys[version], f"consentry/mac|{purpose}")
            self._macs[version, purpose] = key
        return key
