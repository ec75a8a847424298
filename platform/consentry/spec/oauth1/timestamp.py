"""Timestamp and nonce, as far as no memory is needed (RFC 5849 §3.3)."""

import re

from .errors import TimestampRefused
from .request import SignedRequest

_DIGITS = re.compile(r"[0-9]{1,12}")


def check_timestamp(request: SignedRequest, now: float, window: int) -> None:
    """Refuse a request whose timestamp is more than `window` seconds from `now`, either way.

    A PLAINTEXT request may come without timestamp and nonce (§3.1). Raises ParameterAbsent
    and TimestampRefused; whether the nonce was used is for a store to say.
    """
    is_plaintext = request.signature_method == "PLAINTEXT"
    if is_plaintext and request.timestamp is None and request.nonce is None:
        return
    request.require("oauth_timestamp", "oauth_nonce")
    sent = request.timestamp or ""
    earliest, latest = int(now) - window, int(now) + window
    if not _DIGITS.fullmatch(sent) or not earliest <= int(sent) <= latest:
        raise TimestampRefused(
            "oauth_timestamp is too far from our clock",
            rule=f"oauth_timestamp within {window} s",
            received=sent[:20],
            extra={"oauth_acceptable_timestamps": f"{earliest}-{latest}"},
        )
