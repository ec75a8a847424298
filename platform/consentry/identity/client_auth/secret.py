"""client_secret_basic and client_secret_post (RFC 6749 §2.3.1)."""

from hashlib import sha256

from starlette.requests import Request

from consentry.crypto.secrets import matches
from consentry.identity.password import network
from consentry.records.client import Client
from consentry.settings import Limit
from consentry.spec.errors import InvalidClient, TooManyRequests
from consentry.tenancy.context import TenantContext

REFUSED = "client authentication failed"


async def known_client(
    ctx: TenantContext, client_id: str, protocols: tuple[str, ...] = ("oauth2",)
) -> Client:
    """An enabled client of one of the protocols. Raises InvalidClient."""
    client = await ctx.client(client_id)
    if client is None or not set(protocols) & set(client.metadata.protocols):
        raise InvalidClient(REFUSED, rule="client_id must be registered")
    if client.disabled_at is not None:
        raise InvalidClient(REFUSED, rule="client is disabled")
    return client


def check_method(client: Client, methods: tuple[str, ...]) -> None:
    """Raises InvalidClient unless the registered method is among `methods`."""
    registered = client.metadata.token_endpoint_auth_method
    if registered not in methods:
        raise InvalidClient(
            REFUSED, rule="token_endpoint_auth_method", received=methods[0], registered=registered
        )


async def authenticate(
    ctx: TenantContext,
    request: Request,
    client_id: str,
    given: str,
    method: str,
    protocols: tuple[str, ...] = ("oauth2",),
) -> Client:
    """The client whose live secret this is.

    Raises InvalidClient, and TooManyRequests after too many wrong ones from one address.
    """
    address = network(request.scope.get("consentry.address", ""))
    who = f"{client_id}\0{address}"
    key = (ctx.tenant.tenant_id, who)
    failed_before = ctx.deployment.failing.get(key)
    if failed_before:
        await _count(ctx, who)
    client = await known_client(ctx, client_id, protocols)
    check_method(client, (method,))
    now = ctx.now()
    for one in client.secrets:
        if (one.expires_at is None or one.expires_at > now) and matches(given, one.digest):
            use = (ctx.tenant.tenant_id, client_id, one.secret_id)
            ctx.deployment.secret_uses[use] = now
            if failed_before:
                ctx.deployment.failing.drop(key)
                await ctx.store.throttles.give_back(_subject(who))
            return client
    if not failed_before:
        ctx.deployment.failing.put(key, True)
        await _count(ctx, who)
    raise InvalidClient(REFUSED, rule="client_secret")


def _subject(who: str) -> str:
    return sha256(f"client-secret\0{who}".encode()).hexdigest()


async def _count(ctx: TenantContext, who: str) -> None:
    settings = ctx.deployment.settings
    if settings.limits == "off":
        return
    limit: Limit = settings.limit_client_secret
    wait = await ctx.store.throttles.take(
        _subject(who), count=limit.attempts, period_s=limit.period_s, now=ctx.now()
    )
    if wait:
        raise TooManyRequests("too many failed attempts", retry_after=wait)
