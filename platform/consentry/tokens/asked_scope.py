"""Which scope a request gets (RFC 6749 §3.3)."""

from consentry.records.client import Client
from consentry.spec.errors import InvalidScope
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

# A token may have to hold it whole (`crypto.tokens` bounds a token).
LONGEST = 1_600


def asked_scope(ctx: TenantContext, client: Client, asked: Scope | None) -> Scope:
    """The scope to grant at most: as asked, or the client's default when omitted.

    Raises InvalidScope for what is unknown here (unless policy drops it) or not
    registered for the client, and for more than 1,600 characters.
    """
    scope = client.default_scope if asked is None else _registered(ctx, client, asked)
    if len(str(scope)) > LONGEST:
        raise InvalidScope("scope is too long for one token, name fewer", rule="length of scope")
    return scope


def _registered(ctx: TenantContext, client: Client, asked: Scope) -> Scope:
    known = Scope.of(*(name for name in asked if ctx.declares(name) or name in client.scope))
    if len(known) < len(asked) and ctx.policy.unknown_scopes == "refuse":
        raise InvalidScope(
            "scope is unknown", rule="scope", received=str(asked - known), registered=""
        )
    if not known:
        # Nothing is no default: the client asked for something.
        raise InvalidScope("scope is unknown", rule="scope", received=str(asked))
    return within(known, client.scope, "scope is not registered for this client")


def within(asked: Scope, most: Scope, reason: str) -> Scope:
    """`asked` if it lies within `most`. Raises InvalidScope."""
    if not asked <= most:
        raise InvalidScope(reason, rule="scope", received=str(asked - most), registered=str(most))
    return asked
