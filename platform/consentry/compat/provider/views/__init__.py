"""The four stages by the names of django-oauth2-provider: Capture, Authorize, Redirect,
AccessToken.

Each request gets a view object of its own, so a method may keep what it needs on `self`.
Rules are in the forms and in `consentry.spec`; rows are the store's.
"""

from consentry.compat.provider.views.access_token import AccessToken, AccessTokenView
from consentry.compat.provider.views.authorize import Authorize
from consentry.compat.provider.views.base import Mixin, OAuthView
from consentry.compat.provider.views.capture import Capture
from consentry.compat.provider.views.redirect import Redirect

__all__ = [
    "AccessToken",
    "AccessTokenView",
    "Authorize",
    "Capture",
    "Mixin",
    "OAuthView",
    "Redirect",
]
