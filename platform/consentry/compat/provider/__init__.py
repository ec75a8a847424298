"""django-oauth2-provider's interface, async and for Starlette, over your own models.

Integer scopes, settings by their old names, the four stages Capture, Authorize, Redirect and
AccessToken with their paths and hooks. What was unsafe there is not so here, and the guide says
where. It owns the shape of that interface; every rule is one of `consentry.spec`, and rows,
people and sign-in stay with your app.
"""

from consentry.compat.provider import constants, imports, scope, utils
from consentry.compat.provider.attempts import Attempts, Throttle
from consentry.compat.provider.errors import OAuthError, OAuthValidationError
from consentry.compat.provider.jinja import install
from consentry.compat.provider.manifest import manifest_notes, manifest_of
from consentry.compat.provider.memory import MemoryStore
from consentry.compat.provider.models import AccessToken, Client, Grant, RefreshToken, digest_of
from consentry.compat.provider.protect import accepted_scopes
from consentry.compat.provider.provider import Provider
from consentry.compat.provider.routes import provider_routes
from consentry.compat.provider.scope import Scopes
from consentry.compat.provider.settings import ProviderSettings, SettingError, policy_from
from consentry.compat.provider.store import ProviderStore

__all__ = [
    "AccessToken",
    "Attempts",
    "Client",
    "Grant",
    "MemoryStore",
    "OAuthError",
    "OAuthValidationError",
    "Provider",
    "ProviderSettings",
    "ProviderStore",
    "RefreshToken",
    "Scopes",
    "SettingError",
    "Throttle",
    "accepted_scopes",
    "constants",
    "digest_of",
    "imports",
    "install",
    "manifest_notes",
    "manifest_of",
    "policy_from",
    "provider_routes",
    "scope",
    "utils",
]
