"""Where a person returns to after deciding (RFC 5849 §2.1)."""

from collections.abc import Collection
from typing import Final

from consentry.spec.redirect_uri import matches

OOB: Final = "oob"
"""The callback of a client that cannot be called back: the person carries the verifier."""


def callback_fits(registered: Collection[str], callback: str) -> bool:
    """Whether a client with these callbacks may name this one.

    `oob` where it is registered or nothing is; an address only if it equals one.
    """
    if callback == OOB:
        return not registered or OOB in registered
    return matches(registered, callback)
