"""Passwords: argon2id (RFC 9106) with OWASP's costs of 19 MiB, two passes, one lane.

Everything here takes tens of milliseconds of processor time and 19 MiB: call it on a bounded
thread pool, never on the event loop.
"""

import os
import re
import unicodedata
from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

MAX_MEMORY_KIB: Final = 256 * 1024
MAX_PASSES: Final = 10
MAX_LANES: Final = 16

# What an unknown user's password is compared with, so that the answer takes the usual time.
# Salt and hash are all zero bits: no password is known to give them.
DUMMY_HASH: Final = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"

_PHC: Final = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,7}),t=([1-9][0-9]?),p=([1-9][0-9]?)"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)


def hash_password(password: str) -> str:
    """The PHC string of a new password, with a random salt.

    Raises ValueError for an empty one, and for control characters or half a character
    (RFC 8265 §4.2.2 by way of RFC 8264 §4.3).
    """
    if not password:
        raise ValueError("the password is empty")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise ValueError("the password has a control character")
    return _derived(password, os.urandom(SALT_BYTES))


def renewed(password: str, phc: str) -> str:
    """The hash of a verified password at today's costs, with the salt that the old one had.

    So whoever has the old hash can still tell that this one took its place. Raises ValueError
    if the old one is no argon2id hash.
    """
    match = _PHC.fullmatch(phc)
    if match is None:
        raise ValueError("is no argon2id hash")
    return _derived(password, b64decode(match[4] + "=" * (-len(match[4]) % 4)))


def takes_place_of(phc: str, former: str) -> bool:
    """Whether a stored hash is this former one, or what `renewed` made of it."""
    before, now = _PHC.fullmatch(former), _PHC.fullmatch(phc)
    has_its_salt = before is not None and now is not None and before[4] == now[4]
    return phc == former or (has_its_salt and is_outdated(former))


def _derived(password: str, salt: bytes) -> str:
    kdf = Argon2id(
        salt=salt,
        length=HASH_BYTES,
        iterations=PASSES,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(_prepare(password))


def verify_password(password: str, phc: str) -> bool:
    """Whether a password is the one hashed; as slow for a wrong or empty one.

    For an unknown user give `DUMMY_HASH`. A stored text that is no argon2id hash fits nothing.
    """
    try:
        Argon2id.verify_phc_encoded(_prepare(password), phc)
    except (InvalidKey, ValueError):
        return False
    return bool(password)


def is_phc(text: str) -> bool:
    """True for an argon2id hash made elsewhere that we can take over; else ValueError says why.

    Costs are bounded (256 MiB, 10 passes, 16 lanes): each sign-in would have to pay them.
    """
    match = _PHC.fullmatch(text)
    if match is None:
        raise ValueError("not of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash")
    memory, passes, lanes = (int(number) for number in match.groups()[:3])
    if not 8 * lanes <= memory <= MAX_MEMORY_KIB:
        raise ValueError(f"m is {8 * lanes} (8 a lane) to {MAX_MEMORY_KIB} KiB, not {memory}")
    if passes > MAX_PASSES:
        raise ValueError(f"t is at most {MAX_PASSES}, not {passes}")
    if lanes > MAX_LANES:
        raise ValueError(f"p is at most {MAX_LANES}, not {lanes}")
    _check_size("salt", match[4], least=8, most=64)
    _check_size("hash", match[5], least=16, most=64)
    return True


def is_outdated(phc: str) -> bool:
    """Whether a hash costs who guesses less than one made today, in memory times passes."""
    match = _PHC.fullmatch(phc)
    return match is not None and int(match[1]) * int(match[2]) < MEMORY_KIB * PASSES


def _check_size(what: str, text: str, *, least: int, most: int) -> None:
    if len(text) % 4 == 1 or not _is_canonical(text):
        raise ValueError(f"the {what} is not base64 without padding")
    size = len(text) * 3 // 4
    if not least <= size <= most:
        raise ValueError(f"the {what} has {least} to {most} bytes, not {size}")


def _is_canonical(text: str) -> bool:
    """Whether no spare bit is set (RFC 4648 §3.5): such a hash could never be verified."""
    raw = b64decode(text + "=" * (-len(text) % 4))
    return b64encode(raw).rstrip(b"=") == text.encode("ascii")


def _prepare(password: str) -> bytes:
    """OpaqueString (RFC 8265 §4.2.2): every kind of space is a space, then NFC, then UTF-8.

    Case and width stay as typed; compatibility forms are kept apart (NFC, not NFKC).
    """
    if password.isascii():
        return password.encode("ascii")
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", spaced).encode("utf-8", "surrogatepass")
