"""For apps that log their users in elsewhere: a registry of OAuth 1 and OAuth 2 clients.

Owns the client's side of both protocols on Starlette and httpx2: redirects and their way back,
tokens and their renewal, ID tokens, requests to APIs. Needs nothing of a running Consentry, and
talks to any provider. Leaves to the app who its users are and where their tokens lie.
"""

from .app import App
from .client_auth import private_key_jwt
from .errors import (
    InvalidIdToken,
    InvalidLogoutToken,
    InvalidToken,
    Misconfigured,
    MismatchingIssuer,
    MismatchingState,
    MissingRequestToken,
    MissingToken,
    OAuthError,
    UnexpectedAnswer,
)
from .fixes import slack_compliance_fix, with_members
from .oauth1_app import OAuth1App
from .oauth2_app import OAuth2App
from .registry import OAuth
from .session import OAuth2Session
from .state_store import CacheStateStore, MemoryStateStore, StateStore
from .tokens import OAuth1Token, OAuth2Token
from .vault import Blobs, MemoryVault, SealedVault, TokenVault

__all__ = [
    "App",
    "Blobs",
    "CacheStateStore",
    "InvalidIdToken",
    "InvalidLogoutToken",
    "InvalidToken",
    "MemoryStateStore",
    "MemoryVault",
    "Misconfigured",
    "MismatchingIssuer",
    "MismatchingState",
    "MissingRequestToken",
    "MissingToken",
    "OAuth",
    "OAuth1App",
    "OAuth1Token",
    "OAuth2App",
    "OAuth2Session",
    "OAuth2Token",
    "OAuthError",
    "SealedVault",
    "StateStore",
    "TokenVault",
    "UnexpectedAnswer",
    "private_key_jwt",
    "slack_compliance_fix",
    "with_members",
]
