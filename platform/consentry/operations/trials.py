"""What trying an app out needs: a secret for a moment, and that nothing of it stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound
from consentry.operations.permissions import require
from consentry.operations.secret_rotation import LENT_FOR, add_secret
from consentry.store.lists import Holder
from consentry.tenancy.context import TenantContext

LABEL: Final = "Try it"


@asynccontextmanager
async def lent_secret(ctx: TenantContext, client_id: str) -> AsyncIterator[str]:
    """A secret of the app that counts inside the block, a minute at most, and then is gone.

    The app's own secrets are left alone. Raises NotFound, Forbidden, Refused.
    """
    made, secret = await add_secret(ctx, client_id, label=LABEL, expires_at=ctx.now() + LENT_FOR)
    _forget(ctx, client_id)
    try:
        yield secret
    finally:
        async with changing(ctx) as inner:
            await inner.store.clients.remove_secret(client_id, made.secret_id)
            detail = {"secret_id": str(made.secret_id), "label": LABEL}
            await record(inner, "secret.revoke", target=("client", client_id), detail=detail)
        _forget(ctx, client_id)


def _forget(ctx: TenantContext, client_id: str) -> None:
    """Read the app anew in this process, whichever context asks next.

    The context of a request that follows at once need not be this one: news of the app's last
    change may have made another meanwhile.
    """
    ctx.deployment.clients.drop_if(lambda key: key[1] == client_id)


async def end_trial(ctx: TenantContext, client_id: str, authorization_id: UUID) -> None:
    """End what the acting person allowed the app while trying it out.

    Raises NotFound for an authorization of somebody else or of another app.
    """
    await require(ctx, "clients.write", client_id)
    found = await ctx.store.authorizations.get(authorization_id)
    if found is None or (found.client_id, str(found.user_id)) != (client_id, ctx.actor.id):
        raise NotFound("authorization", str(authorization_id))
    async with changing(ctx) as inner:
        await inner.store.endings.authorizations(Holder(), ctx.now(), id=authorization_id)
        target = ("authorization", str(authorization_id))
        await record(inner, "authorization.revoke", target=target)
