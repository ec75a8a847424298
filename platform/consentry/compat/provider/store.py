"""What the views need from a database; write it over your own models."""

from datetime import datetime
from typing import Protocol

from consentry.compat.provider.models import AccessToken, Client, Grant, RefreshToken


class ProviderStore(Protocol):
    """Every method is atomic and durable when it returns. Absent is None.

    `spend_…` has one winner among any number of callers, in any process. Texts of codes and
    tokens are not to be stored: keep `digest`.
    """

    async def get_client(self, client_id: str) -> Client | None:
        """The client, unless it is disabled."""
        ...

    async def add_client(self, client: Client) -> None:
        """Keep a new client."""
        ...

    async def add_grant(self, grant: Grant) -> None:
        """Keep a new code."""
        ...

    async def get_grant(self, digest: bytes) -> Grant | None:
        """The code, spent or not, at least until it expires."""
        ...

    async def spend_grant(self, digest: bytes) -> bool:
        """Mark a code used. True for the one who did, False for all others."""
        ...

    async def add_access_token(self, token: AccessToken) -> bool:
        """Keep a new token. False, and nothing kept, if its family was revoked."""
        ...

    async def get_access_token(self, digest: bytes) -> AccessToken | None:
        """The token, unless it or its family was ended; it may have expired."""
        ...

    async def find_access_token(
        self, user: str, client_id: str, scope: int, now: datetime
    ) -> AccessToken | None:
        """The live token of a person, client and exactly this scope."""
        ...

    async def end_access_token(self, digest: bytes) -> None:
        """No use of it counts from now on."""
        ...

    async def add_refresh_token(self, token: RefreshToken) -> bool:
        """Keep a new token. False, and nothing kept, if its family was revoked."""
        ...

    async def get_refresh_token(self, digest: bytes) -> RefreshToken | None:
        """The token, used or not, at least until it expires; None if its family was revoked."""
        ...

    async def spend_refresh_token(self, digest: bytes) -> bool:
        """Mark a token used. True for the one who did, False for all others."""
        ...

    async def revoke_family(self, family: str) -> None:
        """End all tokens of a family, those still to be added too."""
        ...

    async def consent(self, user: str, client_id: str) -> int:
        """The bits a person has agreed to for a client; 0 for none."""
        ...

    async def remember_consent(self, user: str, client_id: str, scope: int) -> None:
        """Add bits to what was agreed to."""
        ...

    async def spend_once(self, key: str, until: datetime) -> bool:
        """True the first time a key is given; it may be forgotten after `until`."""
        ...

    async def sweep(self, now: datetime, limit: int = 1_000) -> int:
        """Remove at most `limit` rows that have expired; how many went."""
        ...
