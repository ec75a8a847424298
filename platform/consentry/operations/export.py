"""Write tenants in the form of a manifest, secrets and passwords left out."""

from typing import Any

from consentry.operations.clients import each_client
from consentry.operations.tenants import each_tenant, get_tenant
from consentry.operations.users import each_user
from consentry.records.tenant import Api, Tenant
from consentry.records.user import User
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment


async def export(deployment: Deployment, slug: str | None = None) -> dict[str, Any]:
    """A manifest, in plain JSON types, of one tenant or of all. Raises NotFound.

    Applying it to this database changes nothing; applying it to an empty one makes all
    but secrets, passwords and keys.
    """
    async with deployment.store.begin() as store:
        if slug is not None:
            tenants = [await get_tenant(store, slug)]
        else:
            tenants = [one async for one in each_tenant(store)]
        return {
            "tenants": [
                await _tenant(await open_tenant(deployment, one, store=store), one)
                for one in tenants
            ]
        }


async def _tenant(ctx: TenantContext, row: Tenant) -> dict[str, Any]:
    configuration = ctx.store.configuration
    scopes = await configuration.scopes()
    made = {
        "slug": row.slug,
        "name": row.name,
        "domains": [one.host for one in await configuration.domains()],
        "settings": row.settings,
        "apis": [_api(one) for one in await configuration.apis()],
        "scopes": [_present(name=one.name, description=one.description) for one in scopes],
        "users": [_user(one) async for one in each_user(ctx)],
        "clients": [
            {
                "client_id": one.row.client_id,
                **one.row.metadata_,
                **_disabled(one.row.disabled_at is not None),
            }
            async for one in each_client(ctx)
        ],
    }
    return {
        **{key: value for key, value in made.items() if value not in ([], {})},
        **_disabled(row.disabled_at is not None),
    }


def _api(api: Api) -> dict[str, Any]:
    return _present(
        identifier=api.identifier,
        name=api.name,
        scopes=api.scopes.split(),
        access_token_format=api.access_token_format,
        access_token_lifetime=api.access_token_lifetime,
        resource_servers=api.resource_servers.split(),
    )


def _user(user: User) -> dict[str, Any]:
    return {
        **_present(
            username=user.username,
            email=user.email,
            roles=user.roles.split(),
            claims=user.claims,
        ),
        **_disabled(user.disabled_at is not None),
    }


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _disabled(is_disabled: bool) -> dict[str, bool]:
    return {"disabled": True} if is_disabled else {}
