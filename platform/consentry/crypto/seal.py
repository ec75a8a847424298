"""Authenticated encryption of small values: AEAD_AES_256_GCM_SIV (RFC 8452).

Plain AES-GCM with random 96-bit nonces must stop at 2^32 messages a key (NIST SP 800-38D §8.3),
and a single repeated nonce gives its authentication key away. A busy tenant passes that number,
so we use the nonce misuse-resistant mode: it derives fresh keys from every nonce, which lifts
the limit far beyond what a server can seal, and when a nonce does repeat all that shows is
whether the same plaintext was sealed twice under the same context (RFC 8452 §9). That also
permits a chosen nonce where a value must seal to the same text every time.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from .entropy import random_piece

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
OVERHEAD: Final = NONCE_BYTES + TAG_BYTES


class Unsealable(ValueError):
    """Not something we sealed: altered, cut, of another purpose, or under an unknown key."""


class Sealer:
    """One 256-bit key, made ready for many uses. Raises ValueError for a key of another size."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCMSIV(key)

    def seal(self, plaintext: bytes, *, context: bytes, nonce: bytes | None = None) -> bytes:
        """Nonce (12 bytes), ciphertext and tag (16 bytes) of a plaintext.

        context: bound to the result, not stored in it; unsealing needs the same bytes.
        nonce: random unless given; equal inputs with an equal nonce give an equal result.
        """
        if nonce is None:
            nonce = random_piece()[:NONCE_BYTES]
        elif len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def unseal(self, sealed: bytes, *, context: bytes) -> bytes:
        """The plaintext of what `seal` gave. Raises Unsealable."""
        if len(sealed) < OVERHEAD:
            raise Unsealable("shorter than any sealed value")
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except InvalidTag:
            raise Unsealable("not sealed by us for this") from None


def seal(key: bytes, plaintext: bytes, *, context: bytes, nonce: bytes | None = None) -> bytes:
    """`Sealer.seal` for a key used once."""
    return Sealer(key).seal(plaintext, context=context, nonce=nonce)


def unseal(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """`Sealer.unseal` for a key used once. Raises Unsealable."""
    return Sealer(key).unseal(sealed, context=context)
