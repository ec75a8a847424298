"""What is presented at the token endpoint. None of these forms spends anything."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from consentry.compat.provider.errors import OAuthValidationError
from consentry.compat.provider.forms.base import OAuthForm
from consentry.compat.provider.forms.fields import ScopeMixin
from consentry.compat.provider.models import Client, Grant, RefreshToken, digest_of
from consentry.compat.provider.provider import Provider
from consentry.compat.provider.scope import check
from consentry.compat.provider.utils import is_plausible
from consentry.spec.errors import InvalidGrant, InvalidScope, TooManyRequests
from consentry.spec.forms import Form
from consentry.spec.pkce import check_verifier, s256
from consentry.spec.redirect_uri import matches

T = TypeVar("T")


class UsedBefore(OAuthValidationError):
    """A code or refresh token came a second time: `family` has to end."""

    def __init__(self, found: Grant | RefreshToken) -> None:
        super().__init__(InvalidGrant("it was used before", rule="once only").body())
        self.found = found


class GrantForm(OAuthForm[T], ScopeMixin):
    """What the forms of this module are made with, and the rules they share."""

    def __init__(self, data: Form, *, client: Client, provider: Provider) -> None:
        super().__init__(data)
        self.client, self.provider, self.settings = client, provider, provider.settings

    def narrowed(self, granted: int) -> int:
        """The scope asked for, within what was granted; all of that when none is named."""
        if "scope" not in self.data:
            return granted
        scope = self.clean_scope(self.data.get("scope"))
        if not check(scope, granted):
            raise InvalidScope("scope exceeds what was granted", rule="scope")
        return scope

    def check_holder(self, client_id: str, expires: datetime) -> None:
        """Raises InvalidGrant for another client's, or one that has ended."""
        if client_id != self.client.client_id:
            raise InvalidGrant("it was not issued to this client", rule="bound to its client")
        if expires <= self.provider.clock():
            raise InvalidGrant("it has expired", rule="expires")


class AuthorizationCodeGrantForm(GrantForm[Grant]):
    """`code`, `redirect_uri`, `code_verifier`, `scope` (RFC 6749 §4.1.3, RFC 7636 §4.5)."""

    async def clean(self) -> Grant:
        """A code that fits; a scope sent with it must not exceed what it grants.

        Raises UsedBefore for a spent code of this client, whatever else is wrong.
        """
        code = self.data.require("code")
        known = is_plausible(code)
        grant = await self.provider.store.get_grant(digest_of(code)) if known else None
        if grant is None:
            raise InvalidGrant("the code is not valid here", rule="code")
        if grant.spent and grant.client_id == self.client.client_id:
            raise UsedBefore(grant)
        self.check_holder(grant.client_id, grant.expires)
        self._check_redirect_uri(grant)
        self._check_verifier(grant)
        self.narrowed(grant.scope)
        return grant

    def _check_redirect_uri(self, grant: Grant) -> None:
        """The same as was asked with; one nobody asked with must at least be registered."""
        given = self.data.get("redirect_uri")
        if not grant.redirect_uri:
            fits = given is None or matches(self.client.redirect_uris, given)
        else:
            fits = given == grant.redirect_uri
        if not fits:
            raise InvalidGrant("redirect_uri differs from the authorization request")

    def _check_verifier(self, grant: Grant) -> None:
        verifier = self.data.get("code_verifier")
        if (verifier is None) != (grant.code_challenge is None):
            raise InvalidGrant("code_verifier and code_challenge go together", rule="PKCE")
        if verifier is None or grant.code_challenge is None:
            return
        check_verifier(verifier)
        if not hmac.compare_digest(s256(verifier).encode(), grant.code_challenge.encode()):
            raise InvalidGrant("code_verifier does not fit", rule="PKCE")


@dataclass(frozen=True, slots=True)
class PresentedRefresh:
    """A refresh token that fits. scope: bits of the access token to be made."""

    refresh_token: RefreshToken
    scope: int


class RefreshTokenGrantForm(GrantForm[PresentedRefresh]):
    """`refresh_token` and `scope` (RFC 6749 §6)."""

    async def clean(self) -> PresentedRefresh:
        """Raises UsedBefore for a spent token of this client."""
        token = self.data.require("refresh_token")
        known = is_plausible(token)
        found = await self.provider.store.get_refresh_token(digest_of(token)) if known else None
        if found is None:
            raise InvalidGrant("the refresh token is not valid here", rule="refresh_token")
        if found.expired and found.client_id == self.client.client_id:
            raise UsedBefore(found)
        self.check_holder(found.client_id, found.expires)
        return PresentedRefresh(found, self.narrowed(found.scope))


@dataclass(frozen=True, slots=True)
class PresentedPassword:
    """Whose password it was, and the scope asked for in bits."""

    user: str
    scope: int


class PasswordGrantForm(GrantForm[PresentedPassword]):
    """`username`, `password` and `scope` (RFC 6749 §4.3)."""

    async def clean(self) -> PresentedPassword:
        """Raises TooManyRequests past the limit of wrong passwords for one account."""
        username, password = self.data.require("username"), self.data.require("password")
        scope = self.clean_scope(self.data.get("scope"), self.client)
        throttle, now = self.provider.throttle, self.provider.clock()
        if not await throttle.is_open(username.casefold(), now):
            raise TooManyRequests("too many wrong passwords", retry_after=60)
        check_password = self.provider.check_password
        user = await check_password(username, password) if check_password else None
        if user is None:
            await throttle.failed(username.casefold(), now)
            raise InvalidGrant("username or password is wrong")
        return PresentedPassword(user, scope)
