"""Token credentials of OAuth 1 (RFC 5849) as a store keeps them."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.authorization import Authorization, AuthorizationRow, SignedUse


class TokenCredentials(Protocol):
    """OAuth 1: the same authorizations, by its own transitions, one statement each."""

    async def decide(self, row: AuthorizationRow, *, under: str) -> bool:
        """Store what a person decided of temporary credentials, whose id the row has.

        under: the `login_id` they were decided in. False if they were decided before, whichever
        way (RFC 5849 §2.2), or if the login is live no more: a password that was changed
        meanwhile ends what was allowed by the one before.
        """

    async def exchange(
        self,
        id: UUID,
        client_id: str,
        *,
        is_right: bool,
        most_tries: int,
        now: datetime,
        expires_at: datetime,
    ) -> Authorization | None:
        """Spend approved temporary credentials, in one statement (RFC 5849 §2.3).

        is_right: the verifier was the approval's; if not, one of `most_tries` is counted and
        the row comes back with `generation` 0. None if not spendable: `get` says why.
        """

    async def sign(
        self, id: UUID | None, client_id: str, *, nonce: str, nonce_until: datetime, now: datetime
    ) -> SignedUse | None:
        """Spend the nonce of a signed request and read whom it stands for, in one statement.

        id: of the token credentials; None when the client signs for itself. None if the
        nonce was spent before (RFC 5849 §3.3).
        """
