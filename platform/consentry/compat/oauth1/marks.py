"""What happened to temporary credentials, told by single steps of a cache.

The credentials themselves are an app's own; these marks give each approval and each exchange
one winner, and count wrong verifiers, whatever the app keeps them in.
"""

from typing import Final

from .caches import Cache
from .shelf import Shelf

LIFETIME: Final = 86_400


class Marks:
    """Marks on temporary credentials by their token.

    attempts: how many verifiers may be tried before the credential is void (THREATS 6).
    """

    def __init__(self, cache: Cache, attempts: int) -> None:
        self._shelf, self._attempts = Shelf(cache, "oauth1_mark:"), attempts

    async def decide(self, token: str) -> bool:
        """Whether this is the first decision about it."""
        return await self._shelf.claim(LIFETIME, "decided", token)

    async def is_decided(self, token: str) -> bool:
        """Whether somebody approved or refused it."""
        return await self._shelf.is_claimed("decided", token)

    async def undecide(self, token: str) -> None:
        """Take back a decision that could not be written down."""
        await self._shelf.drop("decided", token)

    async def spend(self, token: str) -> bool:
        """Whether this is its one exchange."""
        return await self._shelf.claim(LIFETIME, "spent", token)

    async def is_spent(self, token: str) -> bool:
        """Whether it was traded in, refused or voided."""
        return await self._shelf.is_claimed("spent", token)

    async def unspend(self, token: str) -> None:
        """Take back an exchange that gave nothing."""
        await self._shelf.drop("spent", token)

    async def attempt(self, token: str) -> int | None:
        """A place for one try at its verifier, taken before looking; None when all are gone."""
        for place in range(self._attempts):
            if await self._shelf.claim(LIFETIME, "attempt", token, str(place)):
                return place
        return None

    def is_last(self, place: int) -> bool:
        """Whether no further try is left after this one."""
        return place == self._attempts - 1

    async def forgive(self, token: str, place: int) -> None:
        """Give back the place of a right verifier."""
        await self._shelf.drop("attempt", token, str(place))
