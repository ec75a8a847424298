"""Forms by the names of django-oauth2-provider: what is read, by which rules, to what value.

The rules themselves are those of `consentry.spec`. Forms answer nothing and spend nothing.
"""

from consentry.compat.provider.forms.authorization import (
    Asked,
    AuthorizationForm,
    AuthorizationRequestForm,
    Decision,
)
from consentry.compat.provider.forms.base import OAuthForm
from consentry.compat.provider.forms.clients import ClientAuthForm, ClientForm, NewClient
from consentry.compat.provider.forms.fields import ScopeChoiceField, ScopeMixin, check_redirect_uri
from consentry.compat.provider.forms.grants import (
    AuthorizationCodeGrantForm,
    PasswordGrantForm,
    PresentedPassword,
    PresentedRefresh,
    RefreshTokenGrantForm,
    UsedBefore,
)

__all__ = [
    "Asked",
    "AuthorizationCodeGrantForm",
    "AuthorizationForm",
    "AuthorizationRequestForm",
    "ClientAuthForm",
    "ClientForm",
    "Decision",
    "NewClient",
    "OAuthForm",
    "PasswordGrantForm",
    "PresentedPassword",
    "PresentedRefresh",
    "RefreshTokenGrantForm",
    "ScopeChoiceField",
    "ScopeMixin",
    "UsedBefore",
    "check_redirect_uri",
]
