"""Second stage: a person is asked, and what they say is kept."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.errors import OAuthError
from consentry.compat.provider.flow import Flow
from consentry.compat.provider.forms.authorization import APPROVE, Asked, AuthorizationForm
from consentry.compat.provider.models import Client, Grant, digest_of
from consentry.compat.provider.scope import Scopes, check
from consentry.compat.provider.utils import get_code_expiry, long_token
from consentry.compat.provider.views.base import read_body
from consentry.compat.provider.views.stage import EXPIRED, Stage, form_of
from consentry.crypto.tokens import CODE
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.forms import Form, parse_form
from consentry.spec.redirect_uri import LOOPBACK_HOSTS, origin, split

DECIDED_FOR: Final = timedelta(seconds=60)
"""How long the browser has to come by the redirect stage."""
_REPEATABLE: Final = frozenset({"scope"})
_FORGED: Final = {
    "error": "access_denied",
    "error_description": "the form was not sent from this page; look at it again",
}


class Authorize(Stage):
    """Shows who asks for what, and saves the decision."""

    user: str = ""

    def get_redirect_url(self, request: Request) -> str:
        """The stage that answers the client."""
        return self.path(request, "redirect/")

    async def get(self, request: Request) -> Response:
        return await self.handle(request)

    async def post(self, request: Request) -> Response:
        return await self.handle(request)

    async def handle(self, request: Request) -> Response:
        """The page, or the next stage. Without a flow of this browser: expired."""
        data, flow = form_of(await self.get_data(request)), self.flow
        if data is None or flow is None:
            return await self.error_response(request, EXPIRED)
        try:
            client, asked = await self.proved_request(data)
        except OAuthError as refusal:
            return await self.error_response(request, refusal.body())
        user = await self.provider.get_user(request)
        if user is None:
            return self.sign_in(request)
        self.user = user
        if request.method == "POST":
            return await self.decide(request, client, asked, flow)
        if await self.may_skip(client, asked):
            approval = _approval(asked, self.settings.scopes)
            form = self.get_authorization_form(request, client, approval, asked)
            return await self.save(request, client, form, asked, flow)
        form = self.get_authorization_form(request, client, None, asked)
        return self.page(request, client, form, asked, flow)

    def sign_in(self, request: Request) -> Response:
        """To the login page, which leads back here."""
        here = self.onward(self.path(request, "authorize/confirm/"))
        joint = "&" if "?" in self.provider.login_url else "?"
        return self.go(f"{self.provider.login_url}{joint}{urlencode({'next': here})}")

    async def may_skip(self, client: Client, asked: Asked) -> bool:
        """Whether nobody has to be asked: the client is trusted, or the person agreed before.

        A public client on the person's own device could be any program, so it is never
        trusted unasked (RFC 8252 §8.6).
        """
        if self.settings.ask_every_time or "consent" in asked.request.prompt:
            return False
        if client.is_public and not _has_web_host(asked.redirect_uri):
            return False
        if client.auto_authorize:
            return True
        return check(asked.scope, await self.store.consent(self.user, client.client_id))

    async def decide(self, request: Request, client: Client, asked: Asked, flow: Flow) -> Response:
        """Take the form; only this browser, tab and person can have sent it (RFC 6749 §10.12)."""
        try:
            given = parse_form(await read_body(request), repeatable=_REPEATABLE)
        except (OAuthError, SpecError) as refusal:
            return await self.error_response(request, refusal.body(), status=refusal.status)
        form = self.get_authorization_form(request, client, given, asked)
        token = given.get("csrf_token") or ""
        if not self.provider.seal.check_csrf(flow, self.mark, self.user, token):
            return self.page(request, client, form, asked, flow, status=403, error=_FORGED)
        if not await form.is_valid():
            return self.page(request, client, form, asked, flow, status=400, error=form.errors)
        return await self.save(request, client, form, asked, flow)

    async def save(
        self, request: Request, client: Client, form: AuthorizationForm, asked: Asked, flow: Flow
    ) -> Response:
        """Keep the decision, one for each flow, and go on."""
        now = self.provider.clock()
        until = datetime.fromtimestamp(flow.until, UTC)
        if not await self.store.spend_once(f"decision:{flow.id}", until):
            return await self.error_response(request, EXPIRED)
        await form.validated()
        code = await self.save_authorization(request, client, form, asked)
        await self.cache_data(request, code, "code")
        await self.cache_data(request, self.user, "user")
        flow.until = min(flow.until, int((now + DECIDED_FOR).timestamp()))
        return self.go(self.onward(self.get_redirect_url(request)))

    def get_authorization_form(
        self, request: Request, client: Client, data: Form | None, client_data: Asked
    ) -> AuthorizationForm:
        """The form a person answers with; `data` is None when it is first shown."""
        given = Form({}) if data is None else data
        return AuthorizationForm(given, asked=client_data, settings=self.settings)

    async def save_authorization(
        self, request: Request, client: Client, form: AuthorizationForm, client_data: Asked
    ) -> str | None:
        """The code for what was agreed to; None when it was refused."""
        decision = form.cleaned_data
        if not decision.approved:
            return None
        if decision.remember:
            await self.store.remember_consent(self.user, client.client_id, decision.scope)
        grant = await self.create_authorization_code(request, client, decision.scope, client_data)
        return grant.code

    async def create_authorization_code(
        self, request: Request, client: Client, scope: int, client_data: Asked
    ) -> Grant:
        """A new code, kept as its digest and bound to all it was asked with."""
        code = long_token(CODE)
        grant = Grant(
            code=code,
            digest=digest_of(code),
            user=self.user,
            client_id=client.client_id,
            expires=get_code_expiry(settings=self.settings, clock=self.provider.clock),
            redirect_uri=client_data.request.redirect_uri or "",
            scope=scope,
            code_challenge=client_data.request.code_challenge,
            family=secrets.token_urlsafe(16),
        )
        await self.store.add_grant(grant)
        return grant

    def page(
        self, request: Request, client: Client, form: AuthorizationForm, asked: Asked, flow: Flow,
        *, status: int = 200, error: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """The question. The template has `client`, `form`, `oauth_data` and what follows."""
        names = self.settings.scopes.names(asked.scope)
        texts = self.settings.scopes.descriptions
        return self.render(
            request,
            status,
            form_action=origin(asked.redirect_uri),
            client=client,
            form=form,
            oauth_data=asked,
            user=self.user,
            scopes=[(name, texts[name]) for name in names],
            action=self.onward(self.path(request, "authorize/confirm/")),
            csrf_token=self.provider.seal.csrf_token(flow, self.mark, self.user),
            error=error,
        )


def _approval(asked: Asked, scopes: Scopes) -> Form:
    """The form of one who need not be asked."""
    return Form({"decision": (APPROVE,), "scope": tuple(scopes.names(asked.scope))})


def _has_web_host(uri: str) -> bool:
    parts = split(uri)
    return parts.scheme == "https" and parts.host not in LOOPBACK_HOSTS
