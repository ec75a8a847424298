"""Endpoints beside authorization and token, one file each; registered by their names."""

from .base import Endpoint, EndpointRequest, TokenEndpoint
from .device_authorization import DeviceAuthorizationEndpoint, DeviceVerification
from .introspection import IntrospectionEndpoint
from .revocation import RevocationEndpoint

__all__ = [
    "DeviceAuthorizationEndpoint",
    "DeviceVerification",
    "Endpoint",
    "EndpointRequest",
    "IntrospectionEndpoint",
    "RevocationEndpoint",
    "TokenEndpoint",
]
