"""Authlib's OAuth 2 server, asynchronous, for a Starlette app with its own models.

Owns the class-based form: a server, grants and endpoints to derive from, and mixins for models.
The rules are those of `spec`; protected resources are those of `consentry.resource`.
"""

from consentry.resource import current_token

from .bearer import BearerTokenGenerator
from .client_auth import ClientAuthentication
from .client_mixin import OAuth2ClientMixin
from .code_challenge import CodeChallenge
from .code_mixins import DeviceCredentialMixin, OAuth2AuthorizationCodeMixin
from .endpoints import (
    DeviceAuthorizationEndpoint,
    DeviceVerification,
    Endpoint,
    EndpointRequest,
    IntrospectionEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from .errors import OAuth2Error
from .grants import (
    DEVICE_CODE_GRANT_TYPE,
    AuthorizationCodeGrant,
    AuthorizationEndpointMixin,
    BaseGrant,
    ClientCredentialsGrant,
    DeviceCodeGrant,
    ImplicitGrant,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
    TokenEndpointMixin,
)
from .models import AuthorizationCodeMixin, ClientMixin, TokenMixin
from .openid import OpenIDCode, UserInfo, private_key
from .protector import BearerTokenValidator, ResourceProtector
from .request import OAuth2Payload, OAuth2Request
from .server import AuthorizationServer
from .token_mixin import OAuth2TokenMixin, token_columns, token_digest

__all__ = [
    "DEVICE_CODE_GRANT_TYPE",
    "AuthorizationCodeGrant",
    "AuthorizationCodeMixin",
    "AuthorizationEndpointMixin",
    "AuthorizationServer",
    "BaseGrant",
    "BearerTokenGenerator",
    "BearerTokenValidator",
    "ClientAuthentication",
    "ClientCredentialsGrant",
    "ClientMixin",
    "CodeChallenge",
    "DeviceAuthorizationEndpoint",
    "DeviceCodeGrant",
    "DeviceCredentialMixin",
    "DeviceVerification",
    "Endpoint",
    "EndpointRequest",
    "ImplicitGrant",
    "IntrospectionEndpoint",
    "OAuth2AuthorizationCodeMixin",
    "OAuth2ClientMixin",
    "OAuth2Error",
    "OAuth2Payload",
    "OAuth2Request",
    "OAuth2TokenMixin",
    "OpenIDCode",
    "RefreshTokenGrant",
    "ResourceOwnerPasswordCredentialsGrant",
    "ResourceProtector",
    "RevocationEndpoint",
    "TokenEndpoint",
    "TokenEndpointMixin",
    "TokenMixin",
    "UserInfo",
    "current_token",
    "private_key",
    "token_columns",
    "token_digest",
]
