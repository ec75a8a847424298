"""What a client asks, and what a person answers."""

from dataclasses import dataclass
from typing import Final

from consentry.compat.provider.errors import OAuthValidationError
from consentry.compat.provider.forms.base import OAuthForm
from consentry.compat.provider.forms.fields import ScopeMixin, check_redirect_uri
from consentry.compat.provider.models import Client
from consentry.compat.provider.scope import check
from consentry.compat.provider.settings import ProviderSettings
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import InvalidRequest, InvalidScope, UnsupportedResponseType
from consentry.spec.forms import Form
from consentry.spec.redirect_uri import matches

APPROVE: Final = "approve"
DENY: Final = "deny"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that holds. redirect_uri: the proved one. scope: in bits."""

    request: AuthorizationRequest
    redirect_uri: str
    scope: int


class AuthorizationRequestForm(OAuthForm[Asked], ScopeMixin):
    """The request of a client (RFC 6749 §4.1.1, RFC 7636 §4.3)."""

    def __init__(self, data: Form, *, client: Client, settings: ProviderSettings) -> None:
        super().__init__(data)
        self.client, self.settings = client, settings

    def clean_redirect_uri(self) -> str:
        """One of the client's registered URIs: the one named, or its only one.

        Raises OAuthValidationError with the error `redirect_uri`: nobody is sent anywhere
        (RFC 6749 §4.1.2.1).
        """
        registered, named = self.client.redirect_uris, self.data.get("redirect_uri")
        if named is None:
            if len(registered) != 1:
                raise _unproved("redirect_uri is required")
            named = registered[0]
        elif not matches(registered, named):
            raise _unproved("the requested redirect_uri is not registered for this client")
        try:
            check_redirect_uri(named, self.settings)
        except ValueError as reason:
            raise _unproved(f"redirect_uri {reason}") from None
        return named

    async def clean(self) -> Asked:
        """The redirect URI is proved before anything else."""
        redirect_uri = self.clean_redirect_uri()
        asked = self.data.require("response_type")
        if asked not in self.settings.response_types:
            raise UnsupportedResponseType(f"{asked[:100]} is not a supported response type")
        request = AuthorizationRequest.parse(self.data)
        if request.code_challenge is None and (self.client.is_public or self.settings.require_pkce):
            raise InvalidRequest("code_challenge is required", rule="PKCE")
        scope = self.clean_scope(self.data.get("scope"), self.client)
        return Asked(request, redirect_uri, scope)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said. remember: not to be asked again for as much."""

    approved: bool
    scope: int
    remember: bool = False


class AuthorizationForm(OAuthForm[Decision], ScopeMixin):
    """The person's form: two buttons named `decision`, the scopes chosen, `remember`.

    Denying takes a press on that button; a form without either is no answer.
    """

    def __init__(self, data: Form, *, asked: Asked, settings: ProviderSettings) -> None:
        super().__init__(data)
        self.asked, self.settings = asked, settings

    async def clean(self) -> Decision:
        decision = self.data.require("decision")
        if decision == DENY:
            return Decision(False, 0)
        if decision != APPROVE:
            raise InvalidRequest("decision is approve or deny")
        chosen = self.data.all("scope")
        if not chosen:
            raise InvalidScope("choose at least one scope, or deny")
        scope = self.clean_scope(list(chosen))
        if not check(scope, self.asked.scope):
            raise InvalidScope("more was chosen than was asked for")
        return Decision(True, scope, "remember" in self.data)


def _unproved(reason: str) -> OAuthValidationError:
    return OAuthValidationError({"error": "redirect_uri", "error_description": reason})
