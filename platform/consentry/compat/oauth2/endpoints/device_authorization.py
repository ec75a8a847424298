"""The device authorization endpoint (RFC 8628 §3.1) and the page where its code is typed."""

import re
import secrets
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

from consentry.spec.errors import InvalidRequest, UnauthorizedClient
from consentry.spec.redirect_uri import append_params

from ..answers import NO_STORE
from ..calls import holds, settle, was_taken
from ..grants.device_code import DEVICE_CODE_GRANT_TYPE
from ..settings import random_token
from .base import EndpointRequest, TokenEndpoint

# RFC 8628 §6.1: no vowels, so no words; 20⁸ codes.
CONSONANTS: Final = "BCDFGHJKLMNPQRSTVWXZ"
DIGITS: Final = "0123456789"
DEVICE_CODE_LENGTH: Final = 42
_BETWEEN: Final = re.compile(r"[\s\-]+")


class DeviceAuthorizationEndpoint(TokenEndpoint):
    """Hands out a device code and the user code that goes with it.

    EXPIRES_IN, INTERVAL: seconds. USER_CODE_TYPE: `string` (WDJB-MJHT) or `digital`
    (019-450-730).
    """

    ENDPOINT_NAME = "device_authorization"
    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
    USER_CODE_TYPE: ClassVar[str] = "string"
    EXPIRES_IN: ClassVar[int] = 1800
    INTERVAL: ClassVar[int] = 5

    async def create_response(self, validated: EndpointRequest) -> Any:
        """The answer of RFC 8628 §3.2. Raises UnauthorizedClient, InvalidScope."""
        request, client = validated.request, validated.request.proven_client()
        if not await holds(client.check_grant_type(DEVICE_CODE_GRANT_TYPE)):
            raise UnauthorizedClient(
                "this grant type is not registered for this client", rule="grant_types"
            )
        scope = await self.server.allowed_scope(client, request.payload.scope)
        user_code, uri = self.generate_user_code(), self.get_verification_uri()
        members = {
            "device_code": self.generate_device_code(),
            "user_code": user_code,
            "verification_uri": uri,
            "verification_uri_complete": append_params(uri, {"user_code": user_code}),
            "expires_in": self.EXPIRES_IN,
            "interval": self.INTERVAL,
        }
        await settle(self.save_device_credential(client.get_client_id(), scope, members))
        return 200, members, NO_STORE

    def generate_user_code(self) -> str:
        """A code short enough to type."""
        if self.USER_CODE_TYPE == "digital":
            return "-".join(_random(DIGITS, 3) for _ in range(3))
        return "-".join(_random(CONSONANTS, 4) for _ in range(2))

    def generate_device_code(self) -> str:
        """A code nobody types."""
        return random_token(DEVICE_CODE_LENGTH)

    @abstractmethod
    def get_verification_uri(self) -> str:
        """Where the user code is typed, short enough to be typed too."""

    @abstractmethod
    async def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> Any:
        """Store what was handed out; `data` has the members of the answer."""


class DeviceVerification(ABC):
    """The page where a signed-in person types a user code and decides (RFC 8628 §3.3).

    The decision belongs to who typed it: the first one stands, nobody decides again.
    """

    @abstractmethod
    async def query_by_user_code(self, user_code: str) -> Any:
        """The stored credential as a DeviceCredentialMixin; None when unknown."""

    @abstractmethod
    async def save_user_grant(self, user_code: str, user: Any, approved: bool) -> bool:
        """Store a decision, atomically: False when there was one already."""

    async def find(self, typed: str) -> Any:
        """What a typed code asks for, to be shown before anybody decides.

        Case, spaces and hyphens do not matter. Raises InvalidRequest for a code that is
        unknown or expired: count these by person and by address.
        """
        found = await settle(self.query_by_user_code(normalized_user_code(typed)))
        if found is None or found.is_expired():
            raise InvalidRequest("this code is not known, or has expired", rule="user_code")
        return found

    async def decide(self, typed: str, user: Any, approved: bool) -> Any:
        """Store what this person decided; gives the credential. Raises InvalidRequest."""
        found = await self.find(typed)
        saved = self.save_user_grant(found.get_user_code(), user, approved)
        if not await was_taken(saved, "save_user_grant"):
            raise InvalidRequest("this code was decided on before", rule="user_code")
        return found


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def normalized_user_code(typed: str) -> str:
    """A typed code as it was handed out (RFC 8628 §6.1)."""
    plain = _BETWEEN.sub("", typed).upper()
    size = 3 if plain.isdigit() else 4
    return "-".join(plain[start : start + size] for start in range(0, len(plain), size))
