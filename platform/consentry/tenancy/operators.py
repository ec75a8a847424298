"""The base host as a place of people: operators are the users of a tenant that is no tenant.

No row of the table of tenants stands for it: nothing lists it, no host but the base host leads
to it, and nothing that is asked for by a slug can mean it. Its id is UUID 0.
"""

from dataclasses import replace
from datetime import datetime
from secrets import token_bytes
from typing import Final

from consentry.crypto.ring import DataKeys
from consentry.records.key import TenantKey
from consentry.records.policy import Policy
from consentry.store.ports import Duplicate, Store, TenantStore
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext, TenantInfo
from consentry.tenancy.data_keys import PURPOSE, data_keys
from consentry.tenancy.deployment import Deployment

NAME: Final = "Consentry"
KEY_BYTES: Final = 32


async def open_operators(deployment: Deployment, *, store: Store | None = None) -> TenantContext:
    """The context of the base host; its data key is made when it is first needed.

    store: the one to read and write by, when it is not the deployment's own (a transaction).
    Raises crypto.seal.Unsealable if no configured root key fits its data key.
    """
    if store is not None:
        deployment = replace(deployment, store=store)
    settings, inside = deployment.settings, deployment.store.inside(OPERATORS)
    return TenantContext(
        deployment=deployment,
        tenant=TenantInfo(
            tenant_id=OPERATORS,
            slug="",
            name=NAME,
            issuer=settings.base_url,
            hosts=(settings.base_host,),
            policy=Policy(),
            is_disabled=False,
        ),
        store=inside,
        keys=await _keys(deployment, inside),
        subject_key=b"",
        scopes={},
        apis={},
    )


def is_operators(ctx: TenantContext) -> bool:
    """Whether this is the base host's context and no tenant's."""
    return ctx.tenant.tenant_id == OPERATORS


async def _keys(deployment: Deployment, inside: TenantStore) -> DataKeys:
    held = await inside.keys.tenant_keys()
    if not held:
        await _make_key(deployment, inside, deployment.clock())
        held = await inside.keys.tenant_keys()
    return data_keys(deployment.root_keys, OPERATORS, held)


async def _make_key(deployment: Deployment, inside: TenantStore, now: datetime) -> None:
    wrapped = deployment.root_keys.wrap(OPERATORS.bytes, PURPOSE, 1, token_bytes(KEY_BYTES))
    row = TenantKey(
        tenant_id=OPERATORS,
        purpose=PURPOSE,
        version=1,
        wrapped=wrapped,
        created_at=now,
        active_at=now,
    )
    try:
        await inside.keys.add_tenant_key(row)
    except Duplicate:
        return  # Another process was first; its key is read.
