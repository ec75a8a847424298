"""Which step a flow needs next (OIDC Core §3.1.2.3-3.1.2.4)."""

from dataclasses import dataclass
from datetime import timedelta

from consentry.interaction.flow import Flow
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.verify import BadToken, verify
from consentry.records.client import Client
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    UnmetAuthenticationRequirements,
)
from consentry.spec.scope import CLAIMS_BY_SCOPE, Scope
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import verifying_keys
from consentry.tokens.id_token import ACR_VALUES
from consentry.tokens.subject import subject_of


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request with its client and the scope it may get at most."""

    request: AuthorizationRequest
    client: Client
    scope: Scope

    @property
    def shown(self) -> Scope:
        """What the person is asked for: the scope, and what single claims would tell.

        A claim of the `claims` parameter counts as the scope it belongs to (OIDC Core
        §5.4, §5.5), so that nobody's claims leave unasked.
        """
        asks = {*self.request.claims.id_token, *self.request.claims.userinfo}
        told = [scope for scope, names in CLAIMS_BY_SCOPE.items() if asks & set(names)]
        return self.scope | Scope.of(*told)


async def next_step(
    ctx: TenantContext, flow: Flow, asked: Asked, current: SignedIn | None
) -> str | None:
    """`/login`, `/login/select`, `/consent`, or None when there is nothing left to ask.

    Raises the error the client is told: LoginRequired, ConsentRequired, AccessDenied,
    UnmetAuthenticationRequirements.
    """
    silent = "none" in asked.request.prompt
    _check_acr(asked.request)
    if flow.decision is not None:
        _check_decider(flow, current)
    if current is None or not await _is_fresh(ctx, flow, asked, current):
        if silent:
            raise LoginRequired("the person must sign in", rule="prompt none")
        return "/login"
    if "select_account" in asked.request.prompt and not flow.account_chosen:
        return "/login/select"
    if flow.decision == "deny":
        raise AccessDenied("the person denied the request", rule="denied")
    if flow.decision == "approve" or not await needs_consent(ctx, asked, current):
        return None
    if silent:
        raise ConsentRequired("the person must consent", rule="prompt none")
    return "/consent"


def _check_decider(flow: Flow, current: SignedIn | None) -> None:
    # RFC 6749 §10.2: a decision counts for the person who made it.
    if current is None or current.user.user_id != flow.user_id:
        raise AccessDenied("another person decided", rule="decision is bound to its person")


async def _is_fresh(ctx: TenantContext, flow: Flow, asked: Asked, current: SignedIn) -> bool:
    """Whether this login will do, or the person must sign in (again)."""
    request = asked.request
    auth_time = current.login.auth_time
    if auth_time < flow.began_at:
        if "login" in request.prompt:
            return False
        max_age = request.max_age
        if max_age is None:
            max_age = asked.client.metadata.default_max_age
        if max_age is not None and flow.began_at - auth_time > timedelta(seconds=max_age):
            return False
    if await _is_wanted(ctx, asked, current):
        return True
    if flow.account_chosen:
        # OIDC Core §3.1.2.1: whoever signed in now is not whom the client wants.
        raise LoginRequired("another person signed in", rule="id_token_hint or sub")
    return False


async def _is_wanted(ctx: TenantContext, asked: Asked, current: SignedIn) -> bool:
    """Whether it is the person of `id_token_hint` and of a `sub` in `claims` (§5.5.1)."""
    subject = subject_of(ctx, asked.client, current.user.user_id)
    ask = asked.request.claims.id_token.get("sub")
    if ask is not None and ask.values and subject not in ask.values:
        return False
    hint = asked.request.id_token_hint
    return hint is None or (await hinted(ctx, hint))["sub"] == subject


async def hinted(ctx: TenantContext, id_token: str) -> dict[str, object]:
    """The claims of an ID token of ours, expired or not. Raises InvalidRequest."""
    try:
        verified = verify(
            id_token, await verifying_keys(ctx, id_token), algs=frozenset(SIGNING_ALGS), typ="JWT",
            now=int(ctx.now().timestamp()), issuer=ctx.issuer, require=("sub", "aud"),
            ignore_exp=True,
        )  # fmt: skip
    except BadToken as error:
        raise InvalidRequest("id_token_hint is not valid", rule=f"id_token_hint: {error}") from None
    return verified.claims


def _check_acr(request: AuthorizationRequest) -> None:
    ask = request.claims.id_token.get("acr")
    if ask is None or not ask.essential or not ask.values:
        return
    if not any(value in ACR_VALUES for value in ask.values):
        raise UnmetAuthenticationRequirements(
            "the acr asked for cannot be met", rule="acr", registered=" ".join(ACR_VALUES)
        )


async def needs_consent(ctx: TenantContext, asked: Asked, current: SignedIn) -> bool:
    """Whether the person must be asked: for what is new, or because the client wants it."""
    if "consent" in asked.request.prompt:
        return True
    if asked.client.metadata.skip_consent:
        return False
    agreed = await ctx.store.consents.get(current.user.user_id, asked.client.client_id)
    # No word yet is not the same as nothing new: OAuth 1 knows clients without any scope.
    return any(
        one not in agreed or asked.shown - Scope.parse(agreed[one])
        for one in consent_resources(ctx, asked)
    )


async def consent_news(
    ctx: TenantContext, asked: Asked, current: SignedIn
) -> list[tuple[str, Scope]]:
    """Each resource asked for with what of it was not yet agreed to."""
    agreed = await ctx.store.consents.get(current.user.user_id, asked.client.client_id)
    resources = consent_resources(ctx, asked)
    return [(one, asked.shown - Scope.parse(agreed.get(one, ""))) for one in resources]


def consent_resources(ctx: TenantContext, asked: Asked) -> tuple[str, ...]:
    """What a consent is kept under: the APIs asked for; empty stands for the issuer."""
    named = ("" if one == ctx.issuer else one for one in asked.request.resource)
    return tuple(dict.fromkeys(named)) or ("",)
