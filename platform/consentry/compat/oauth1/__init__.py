"""An OAuth 1.0a provider under the names of Authlib's, async, for any Starlette app.

Owns the three endpoints over an app's own models and hooks, caches, and the protector of its
resources. Leaves what a signature is and when it counts to `spec.oauth1`.
"""

from consentry.resource import Refused, current_credential
from consentry.spec.oauth1.errors import InsecureTransport, OAuth1Error
from consentry.spec.oauth1.signatures import SignatureInput

from .answers import as_tuple
from .cached import BaseServer, CacheAuthorizationServer
from .caches import Cache, MemoryCache, RedisCache, SealedCache
from .errors import MethodNotAllowed, error_code
from .given import subject_id
from .hooked import AuthorizationServer
from .mixins import (
    ClientMixin,
    TemporaryCredential,
    TemporaryCredentialMixin,
    TokenCredentialMixin,
)
from .nonces import create_exists_nonce_func, register_nonce_hooks
from .request import OAuth1Request
from .resource_protector import ResourceProtector
from .settings import Settings
from .temporary import register_temporary_credential_hooks

__all__ = [
    "AuthorizationServer",
    "BaseServer",
    "Cache",
    "CacheAuthorizationServer",
    "ClientMixin",
    "InsecureTransport",
    "MemoryCache",
    "MethodNotAllowed",
    "OAuth1Error",
    "OAuth1Request",
    "RedisCache",
    "Refused",
    "ResourceProtector",
    "SealedCache",
    "Settings",
    "SignatureInput",
    "TemporaryCredential",
    "TemporaryCredentialMixin",
    "TokenCredentialMixin",
    "as_tuple",
    "create_exists_nonce_func",
    "current_credential",
    "error_code",
    "register_nonce_hooks",
    "register_temporary_credential_hooks",
    "subject_id",
]
