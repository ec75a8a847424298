"""Tokens and expiry times, under the names of django-oauth2-provider's `utils`."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

from consentry.compat.provider.settings import ProviderSettings
from consentry.crypto import base64url
from consentry.crypto.tokens import ACCESS, CODE, REFRESH

Clock = Callable[[], datetime]
CLIENT_ID: Final = "cns_cl_"
SECRET: Final = "cns_cs_"  # noqa: S105
_OURS: Final = (ACCESS, CODE, REFRESH, SECRET)
_CHECKSUM: Final = 6


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def short_token(prefix: str = CLIENT_ID) -> str:
    """A new client id: prefix and 128 random bits. One of 20 characters stays as it was."""
    return prefix + base64url.encode(secrets.token_bytes(16))


def long_token(prefix: str = ACCESS) -> str:
    """A new token: prefix, 256 random bits and 6 characters of CRC-32 over both.

    The checksum tells a token from what only looks like one without asking a database.
    """
    text = prefix + base64url.encode(secrets.token_bytes(32))
    return text + _checksum(text)


def is_plausible(token: str) -> bool:
    """False for what has a prefix of ours but not its checksum; tokens of old are plausible."""
    if not token.startswith(_OURS):
        return True
    return token[-_CHECKSUM:] == _checksum(token[:-_CHECKSUM])


def get_code_expiry(
    *, settings: ProviderSettings | None = None, clock: Clock = utc_now
) -> datetime:
    """When a code made now ends (aware)."""
    return clock() + timedelta(seconds=(settings or ProviderSettings()).code_lifetime)


def get_token_expiry(
    public: bool = False,
    *,
    lifetime: int | None = None,
    settings: ProviderSettings | None = None,
    clock: Clock = utc_now,
) -> datetime:
    """When an access token made now ends (aware).

    public: for a public client. lifetime: a client's own, in seconds; it wins.
    """
    given = settings or ProviderSettings()
    usual = given.access_token_lifetime_public if public else given.access_token_lifetime
    return clock() + timedelta(seconds=usual if lifetime is None else lifetime)


def _checksum(text: str) -> str:
    return base64url.encode(crc32(text.encode("utf-8", "surrogatepass")).to_bytes(4, "big"))
