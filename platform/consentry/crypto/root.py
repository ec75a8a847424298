"""The root keys of the installation (`CONSENTRY_SECRET_KEY`): what wraps tenants' data keys."""

from dataclasses import dataclass, field
from typing import Final, Self

from .derive import bound, subkey
from .seal import Sealer, Unsealable

ID_BYTES: Final = 8
MIN_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True)
class RootKey:
    """id: 8 bytes that name the key and say nothing of it."""

    id: bytes
    sealer: Sealer = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Self:
        """The key a line of text stands for (HKDF-SHA256, RFC 5869).

        Derivation adds no strength: the text itself must be random.
        """
        secret = text.encode()
        return cls(
            id=subkey(secret, "consentry/root-id", length=ID_BYTES),
            sealer=Sealer(subkey(secret, "consentry/root")),
        )


class RootKeys:
    """The configured root keys: the first wraps, all unwrap, so a key is replaced with overlap."""

    __slots__ = ("_keys", "current")

    def __init__(self, keys: list[RootKey]) -> None:
        if not keys:
            raise ValueError("CONSENTRY_SECRET_KEY: no key given")
        self.current: Final = keys[0]
        self._keys: Final = {key.id: key for key in keys}

    @classmethod
    def parse(cls, setting: str) -> Self:
        """Root keys of a comma-separated list, each of at least 32 characters.

        Raises ValueError with one line that names the entry by its place, never its text.
        """
        entries = [entry.strip() for entry in setting.split(",")] if setting.strip() else []
        for place, entry in enumerate(entries, start=1):
            if len(entry) < MIN_CHARACTERS:
                raise ValueError(
                    f"CONSENTRY_SECRET_KEY: key {place} of {len(entries)} has {len(entry)} "
                    f"characters; at least {MIN_CHARACTERS} are needed"
                )
        return cls([RootKey.of(entry) for entry in entries])

    def wrap(self, tenant_id: bytes, purpose: str, version: int, secret: bytes) -> bytes:
        """Root key id (8 bytes), then the secret sealed for this tenant, purpose and version."""
        context = bound(purpose, tenant_id, version)
        return self.current.id + self.current.sealer.seal(secret, context=context)

    def unwrap(self, tenant_id: bytes, purpose: str, version: int, wrapped: bytes) -> bytes:
        """The secret `wrap` was given. Raises Unsealable: no root key fits, or not ours."""
        key = self._keys.get(wrapped[:ID_BYTES])
        if key is None:
            raise Unsealable("no configured root key (CONSENTRY_SECRET_KEY) fits this data key")
        return key.sealer.unseal(wrapped[ID_BYTES:], context=bound(purpose, tenant_id, version))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the first root key wrapped this; if not, it is due to be wrapped again."""
        return wrapped[:ID_BYTES] == self.current.id

    def holds(self, id: str) -> bool:
        """Whether the root key of this id (hex) is one of them."""
        return id in {key.hex() for key in self._keys}
