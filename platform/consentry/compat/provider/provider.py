"""What every view is given: store, settings, who is signed in, and the clock."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.attempts import Attempts, Throttle
from consentry.compat.provider.flow import FlowSeal
from consentry.compat.provider.jinja import install
from consentry.compat.provider.models import Client
from consentry.compat.provider.settings import ProviderSettings
from consentry.compat.provider.store import ProviderStore
from consentry.compat.provider.utils import Clock, utc_now
from consentry.spec.forms import Form
from consentry.spec.redirect_uri import split

GetUser = Callable[[Request], Awaitable[str | None]]
CheckPassword = Callable[[str, str], Awaitable[str | None]]
ExtensionGrant = Callable[[Any, Request, Form, Client], Awaitable[Response]]


def default_templates() -> Environment:
    """The page of this package: autoescaped, no scripts, no styles."""
    return Environment(
        loader=PackageLoader("consentry.compat.provider"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One mounted provider.

    secret_key: at least 32 random bytes, the same in every process. get_user: who is signed
    in, as text, or None. login_url: where others go, with `next` added. check_password: the
    user of a name and password, or None; needed by the password grant. grants: handlers of
    extension grants by their URI (RFC 6749 §4.5), called with view, request, data and client.
    templates: your own environment; it must find `provider/authorize.html`.
    """

    store: ProviderStore
    settings: ProviderSettings
    secret_key: bytes = field(repr=False)
    get_user: GetUser
    login_url: str
    check_password: CheckPassword | None = None
    grants: Mapping[str, ExtensionGrant] = field(default_factory=dict)
    clock: Clock = utc_now
    throttle: Throttle = field(default_factory=Attempts)
    templates: Environment = field(default_factory=default_templates)
    seal: FlowSeal = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if "password" in self.settings.grant_types and self.check_password is None:
            raise ValueError("the password grant needs check_password")
        for uri in self.grants:
            split(uri)
        object.__setattr__(self, "seal", FlowSeal(self.secret_key))
        install(self.templates, self.settings.scopes)
