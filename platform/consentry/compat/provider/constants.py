"""The numbers and words of django-oauth2-provider's `constants`, with safer defaults.

Each old constant has its name here; what differs says why. Lifetimes are timedeltas, as there.
"""

from datetime import timedelta
from typing import Final

CONFIDENTIAL: Final = 0
PUBLIC: Final = 1
CLIENT_TYPES: Final = ((CONFIDENTIAL, "Confidential"), (PUBLIC, "Public"))

READ: Final = 1 << 1
WRITE: Final = 1 << 2
READ_WRITE: Final = READ | WRITE
SCOPES: Final = ((READ, "read"), (WRITE, "write"), (READ_WRITE, "read+write"))

RESPONSE_TYPE_CHOICES: Final = ("code",)
"""Without `token`: the implicit grant shows tokens in addresses (RFC 9700 §2.1.2)."""
EXPIRE_DELTA: Final = timedelta(hours=1)
EXPIRE_DELTA_PUBLIC: Final = timedelta(hours=1)
MAX_EXPIRE_DELTA: Final = timedelta(days=1)
EXPIRE_CODE_DELTA: Final = timedelta(seconds=60)
MAX_EXPIRE_CODE_DELTA: Final = timedelta(minutes=10)
"""RFC 6749 §4.1.2 recommends no more."""
ENFORCE_SECURE: Final = True
ENFORCE_CLIENT_SECURE: Final = True
SESSION_KEY: Final = "oauth"
SINGLE_ACCESS_TOKEN: Final = False
DELETE_EXPIRED: Final = False
