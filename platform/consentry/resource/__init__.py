"""Protectors for the APIs of others: any Starlette app, so any FastAPI app too.

`ResourceProtector` takes bearer tokens, told good by `JWTBearer`, `IntrospectionBearer` or a
validator of one's own; `OAuth1Protector` takes signed requests by hooks of one's own,
`RemoteOAuth1` has the platform verify them; `AnyOf` joins several on one route. Each is a
decorator, gives a dependency and is what `ProtectMiddleware` is told to ask.

Owns what a protected resource answers: status, `WWW-Authenticate`, body. Needs no database and
imports nothing of the platform but the words of the protocols.
"""

from .access_token import AccessToken
from .bearer import BearerValidator, ResourceProtector
from .current import current_credential, current_token
from .introspection_bearer import IntrospectionBearer
from .jwt_bearer import JWTBearer
from .middleware import ProtectMiddleware
from .oauth1 import OAuth1Access, OAuth1Client, OAuth1Protector, OAuth1Token
from .protector import AnyOf, Protector
from .refused import Refused
from .remote_oauth1 import RemoteCredential, RemoteOAuth1

__all__ = [
    "AccessToken",
    "AnyOf",
    "BearerValidator",
    "IntrospectionBearer",
    "JWTBearer",
    "OAuth1Access",
    "OAuth1Client",
    "OAuth1Protector",
    "OAuth1Token",
    "ProtectMiddleware",
    "Protector",
    "Refused",
    "RemoteCredential",
    "RemoteOAuth1",
    "ResourceProtector",
    "current_credential",
    "current_token",
]
