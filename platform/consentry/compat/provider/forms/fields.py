"""Scope fields: names on the wire, bits inside; and where answers may be sent."""

from consentry.compat.provider.models import Client
from consentry.compat.provider.settings import ProviderSettings
from consentry.spec.errors import InvalidRequest, InvalidScope
from consentry.spec.redirect_uri import check_registrable
from consentry.spec.scope import Scope


class ScopeChoiceField:
    """Reads the names of registered scopes out of text, a list or a tuple."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.scopes = settings.scopes

    def clean(self, value: object) -> list[str]:
        """The names, each once; empty when none is given.

        Text is split at spaces (RFC 6749 §3.3). Raises InvalidScope for an unknown name,
        InvalidRequest for what is neither text nor list nor tuple.
        """
        if value is None:
            return []
        if isinstance(value, str):
            named = Scope.parse(value)
        elif isinstance(value, list | tuple):
            named = Scope.of(*(str(each) for each in value))
        else:
            raise InvalidRequest("scope must be text or a list")
        for name in named:
            if name not in self.scopes:
                raise InvalidScope(f"{name[:100]} is not a valid scope", received=str(named))
        return list(named)


class ScopeMixin:
    """For forms with a scope: what it means in bits."""

    settings: ProviderSettings

    def clean_scope(self, value: object, client: Client | None = None) -> int:
        """The bits of the names together; of the default scope when none is given.

        Raises InvalidScope for an unknown name, for none where there is no default, and for
        more than the client may have.
        """
        names = ScopeChoiceField(self.settings).clean(value)
        if not names:
            if self.settings.default_scope is None:
                raise InvalidScope("scope is required", rule="default_scope")
            names = [self.settings.default_scope]
        scope = self.settings.scopes.to_int(*names, strict=True)
        if client is not None and not client.may_ask(scope):
            raise InvalidScope("the client may not have this scope", received=" ".join(names))
        return scope


def check_redirect_uri(uri: str, settings: ProviderSettings) -> None:
    """Refuse a URI that must not be registered or answered to; ValueError says why.

    Without `enforce_client_secure` http is taken anywhere; every other rule stays.
    """
    if not settings.enforce_client_secure and uri.startswith("http:"):
        uri = f"https:{uri.removeprefix('http:')}"
    check_registrable(uri)
