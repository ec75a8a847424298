"""Passwords of users: hashed and compared off the event loop."""

import asyncio
from typing import Final

from consentry.crypto import passwords
from consentry.operations.errors import Refused
from consentry.tenancy.deployment import Deployment

MIN_PASSWORD: Final = 8
# Longer ones would only make us hash more; no one types them.
MAX_PASSWORD: Final = 1_024


def check_password(password: str) -> None:
    """Raises Refused for a password too short or too long (NIST SP 800-63B §3.1.1.2)."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Refused("password", f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")


def check_password_hash(phc: str) -> None:
    """Raises Refused unless this is an argon2id hash that we can take over."""
    try:
        passwords.is_phc(phc)
    except ValueError as reason:
        raise Refused("password_hash", str(reason)) from None


async def hashed(deployment: Deployment, password: str) -> str:
    """The PHC string of a new password. Raises Refused."""
    check_password(password)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(deployment.threads, passwords.hash_password, password)
    except ValueError as reason:
        raise Refused("password", str(reason).removeprefix("the password ")) from None


async def fits(deployment: Deployment, password: str, phc: str | None) -> bool:
    """Whether a password is the one hashed."""
    if phc is None:
        return False
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(deployment.threads, passwords.verify_password, password, phc)
