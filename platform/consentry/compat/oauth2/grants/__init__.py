"""The grants, one file each; a server answers those that were registered on it."""

from .authorization_code import AuthorizationCodeGrant
from .base import AuthorizationEndpointMixin, BaseGrant, TokenEndpointMixin
from .client_credentials import ClientCredentialsGrant
from .device_code import DEVICE_CODE_GRANT_TYPE, DeviceCodeGrant
from .implicit import ImplicitGrant
from .password import ResourceOwnerPasswordCredentialsGrant
from .refresh_token import RefreshTokenGrant

__all__ = [
    "DEVICE_CODE_GRANT_TYPE",
    "AuthorizationCodeGrant",
    "AuthorizationEndpointMixin",
    "BaseGrant",
    "ClientCredentialsGrant",
    "DeviceCodeGrant",
    "ImplicitGrant",
    "RefreshTokenGrant",
    "ResourceOwnerPasswordCredentialsGrant",
    "TokenEndpointMixin",
]
