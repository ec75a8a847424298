"""What an operator wants to know of all clients at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from consentry.operations.clients import each_client
from consentry.tenancy.context import TenantContext, as_client

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SigningClient:
    """A client registered for OAuth 1.

    methods: those its registration and the tenant both list. speaks_oauth2: registered for
    that too, so that it can move. last_signed_at: None if it never did.
    """

    client_id: str
    client_name: str
    methods: tuple[str, ...]
    speaks_oauth2: bool
    is_disabled: bool
    last_signed_at: datetime | None = None


async def signing_clients(ctx: TenantContext) -> AsyncIterator[SigningClient]:
    """The clients that may sign OAuth 1 requests, by id; without when they last did."""
    listed = ctx.policy.oauth1_signature_methods
    async for stored in each_client(ctx):
        client = as_client(stored)
        if "oauth1" in client.metadata.protocols:
            yield SigningClient(
                client_id=client.client_id,
                client_name=client.name,
                methods=tuple(
                    one
                    for one in client.metadata.oauth1_signature_methods
                    if listed is None or one in listed
                ),
                speaks_oauth2="oauth2" in client.metadata.protocols,
                is_disabled=client.disabled_at is not None,
            )


async def oauth1_report(ctx: TenantContext) -> list[SigningClient]:
    """Who still signs OAuth 1: the one that did last first, those that never did at the end."""
    used = {use.client_id: use.last_used_at for use in await ctx.store.clients.uses("oauth1")}
    found = [
        replace(one, last_signed_at=used.get(one.client_id)) async for one in signing_clients(ctx)
    ]
    return sorted(found, key=lambda one: one.last_signed_at or NEVER, reverse=True)
