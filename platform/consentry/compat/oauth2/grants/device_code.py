"""The device code grant (RFC 8628 §3.4)."""

from abc import abstractmethod
from typing import Any, Final

from consentry.spec.errors import AccessDenied, InvalidGrant

from ..calls import holds, settle, was_taken
from ..errors import AuthorizationPendingError, ExpiredTokenError, SlowDownError
from .base import BaseGrant, TokenAnswer, TokenEndpointMixin

DEVICE_CODE_GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class DeviceCodeGrant(BaseGrant, TokenEndpointMixin):
    """A token for a code somebody approved on another screen."""

    GRANT_TYPE = DEVICE_CODE_GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    async def validate_token_request(self) -> None:
        """Sets the request's `client`, `credential` and `user`.

        Raises InvalidGrant, and while there is no approval AuthorizationPendingError,
        SlowDownError, AccessDenied or ExpiredTokenError (RFC 8628 §3.5).
        """
        client = await self.authenticate_token_endpoint_client()
        device_code = self.request.form.require("device_code")
        credential = await settle(self.query_device_credential(device_code))
        if credential is None or credential.get_client_id() != client.get_client_id():
            raise InvalidGrant("the device code is not valid here", rule="device_code")
        self.request.credential = credential
        self.request.user = await self.validate_device_credential(credential)

    async def validate_device_credential(self, credential: Any) -> Any:
        """Who approved it: the one person who typed its user code."""
        if credential.is_expired():
            raise ExpiredTokenError("the device code has expired")
        decided = await settle(self.query_user_grant(credential.get_user_code()))
        if decided is not None:
            user, approved = decided
            if not approved:
                raise AccessDenied("the resource owner denied the request")
            return user
        if await holds(self.should_slow_down(credential)):
            raise SlowDownError("wait five seconds longer between requests")
        raise AuthorizationPendingError("nobody has decided yet")

    async def create_token_response(self) -> TokenAnswer:
        """Spend the device code, then issue."""
        credential = self.request.credential
        spent = self.delete_device_credential(credential)
        if not await was_taken(spent, "delete_device_credential"):
            raise InvalidGrant("the device code was used before", rule="a code counts once")
        self.request.scope = credential.get_scope()
        token = await self.generate_token(user=self.request.user, scope=self.request.scope)
        return await self.answer_token(token)

    @abstractmethod
    async def query_device_credential(self, device_code: str) -> Any:
        """What `save_device_credential` stored, as a DeviceCredentialMixin; None when unknown."""

    @abstractmethod
    async def query_user_grant(self, user_code: str) -> tuple[Any, bool] | None:
        """Who typed the code and whether they approved; None while nobody has decided."""

    @abstractmethod
    async def should_slow_down(self, credential: Any) -> bool:
        """Whether this came sooner than the interval allows; notes the time of each call."""

    @abstractmethod
    async def delete_device_credential(self, credential: Any) -> bool:
        """Take the device code out of storage, atomically: True for the one call that did."""
