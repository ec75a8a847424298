"""Where an access token will be good (RFC 8707)."""

from collections.abc import Sequence

from consentry.records.tenant import Api
from consentry.spec.errors import InvalidTarget
from consentry.spec.scope import OPENID, Scope
from consentry.tenancy.context import STANDARD_SCOPES, TenantContext
from consentry.tokens.access import Target

# With the longest scope and client_id an access token still holds them all.
LONGEST = 800


def check_declared(ctx: TenantContext, resources: Sequence[str]) -> tuple[str, ...]:
    """The resources, none twice. Raises InvalidTarget unless each is a declared API or the issuer.

    Together they have 800 characters at most.
    """
    distinct = tuple(dict.fromkeys(resources))
    for one in distinct:
        if one not in ctx.apis and one != ctx.issuer:
            raise InvalidTarget(
                "resource is not a declared API",
                rule="resource",
                received=one,
                registered=" ".join(ctx.apis),
            )
    if len(" ".join(distinct)) > LONGEST:
        raise InvalidTarget("too many resources for one token", rule="length of resource")
    return distinct


def target_of(ctx: TenantContext, resources: Sequence[str], scope: Scope) -> Target:
    """Audience, scope, format and lifetime of an access token. Raises InvalidTarget.

    Without a resource it is for the issuer; with `openid` the issuer is in it too. An
    API that lists scopes is given none of another's.
    """
    policy = ctx.policy
    if not resources:
        return Target(
            (ctx.issuer,), scope, policy.access_token_format, policy.access_token_lifetime
        )
    audience = check_declared(ctx, resources)
    if OPENID in scope and ctx.issuer not in audience:
        audience = (*audience, ctx.issuer)
    apis = [ctx.apis[one] for one in audience if one in ctx.apis]
    formats = [api.access_token_format or policy.access_token_format for api in apis]
    lifetimes = [api.access_token_lifetime or policy.access_token_lifetime for api in apis]
    return Target(
        audience=audience,
        scope=_for_apis(scope, apis, ctx.issuer in audience),
        format="jwt" if "jwt" in formats else policy.access_token_format if not apis else "opaque",
        lifetime=min(lifetimes, default=policy.access_token_lifetime),
    )


def _for_apis(scope: Scope, apis: Sequence[Api], with_issuer: bool) -> Scope:
    if not apis or any(not api.scopes for api in apis):
        return scope
    own = {name for api in apis for name in api.scopes.split()}
    if with_issuer:
        own |= STANDARD_SCOPES
    return Scope.of(*(name for name in scope if name in own))
