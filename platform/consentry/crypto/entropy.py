"""The kernel's random bytes, fetched for many uses at once.

A call into the kernel costs more than all else that makes a short token. Each piece is given
out once: `deque.pop` is atomic, so no two threads get the same, and a forked child starts anew.
"""

import os
from collections import deque
from typing import Final

PIECE_BYTES: Final = 16
_PIECES_A_CALL: Final = 256
_pieces: deque[bytes] = deque()
os.register_at_fork(after_in_child=_pieces.clear)


def random_piece() -> bytes:
    """16 random bytes, as good as `os.urandom(16)`."""
    try:
        return _pieces.pop()
    except IndexError:
        raw = os.urandom(PIECE_BYTES * _PIECES_A_CALL)
        first, *others = (raw[n : n + PIECE_BYTES] for n in range(0, len(raw), PIECE_BYTES))
        _pieces.extend(others)
        return first
