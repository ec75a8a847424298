"""Scopes and APIs a tenant declares: made, changed and taken back one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from consentry.operations.audit import differences, record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound
from consentry.operations.permissions import require
from consentry.operations.rows import with_changes
from consentry.operations.scopes import check_api, check_scope, check_scope_name, joined
from consentry.records.tenant import Api, ScopeRow
from consentry.tenancy.context import TenantContext

LISTS: Final = ("scopes", "resource_servers")


async def list_scopes(ctx: TenantContext) -> Sequence[ScopeRow]:
    """Declared scopes by name. Raises Forbidden."""
    await require(ctx, "scopes.read")
    return await ctx.store.configuration.scopes()


async def get_scope(ctx: TenantContext, name: str) -> ScopeRow:
    """One declared scope. Raises NotFound, Forbidden."""
    await require(ctx, "scopes.read")
    return await _stored_scope(ctx, name)


async def _stored_scope(ctx: TenantContext, name: str) -> ScopeRow:
    for row in await ctx.store.configuration.scopes():
        if row.name == name:
            return row
    raise NotFound("scope", name)


async def create_scope(ctx: TenantContext, name: str, description: str) -> ScopeRow:
    """Declare a scope. Raises Conflict if it is declared, Forbidden, or Refused."""
    await require(ctx, "scopes.write")
    check_scope(name, description)
    async with changing(ctx) as inner:
        if any(row.name == name for row in await inner.store.configuration.scopes()):
            raise Conflict("name", f"the scope {name} is declared already")
        return await _save_scope(inner, "scope.create", name, "", description)


async def update_scope(ctx: TenantContext, name: str, description: str) -> ScopeRow:
    """Change what people read about a scope. Raises NotFound, Forbidden, or Refused."""
    await require(ctx, "scopes.write")
    check_scope(name, description)
    async with changing(ctx) as inner:
        before = (await _stored_scope(inner, name)).description
        return await _save_scope(inner, "scope.update", name, before, description)


async def _save_scope(
    ctx: TenantContext, action: str, name: str, before: str, description: str
) -> ScopeRow:
    await ctx.store.configuration.save_scope(name, description)
    changed = differences({"description": before}, {"description": description})
    await record(ctx, action, target=("scope", name), detail={"changed": changed})
    return ScopeRow(tenant_id=ctx.tenant.tenant_id, name=name, description=description)


async def delete_scope(ctx: TenantContext, name: str) -> None:
    """Take a scope back; clients that list it are left as they are. Raises NotFound, Forbidden."""
    await require(ctx, "scopes.write")
    async with changing(ctx) as inner:
        await _stored_scope(inner, name)
        await inner.store.configuration.remove_scope(name)
        await record(inner, "scope.delete", target=("scope", name))


async def list_apis(ctx: TenantContext) -> Sequence[Api]:
    """Declared APIs by identifier. Raises Forbidden."""
    await require(ctx, "scopes.read")
    return await ctx.store.configuration.apis()


async def get_api(ctx: TenantContext, identifier: str) -> Api:
    """One declared API. Raises NotFound, Forbidden."""
    await require(ctx, "scopes.read")
    return await _stored_api(ctx, identifier)


async def _stored_api(ctx: TenantContext, identifier: str) -> Api:
    for row in await ctx.store.configuration.apis():
        if row.identifier == identifier:
            return row
    raise NotFound("api", identifier)


async def create_api(ctx: TenantContext, identifier: str, given: Mapping[str, Any]) -> Api:
    """Declare an API (RFC 8707). given: its other members, lists as lists.

    Raises Conflict if it is declared, Forbidden, or Refused that names the key.
    """
    await require(ctx, "scopes.write")
    asked = _as_asked(ctx, Api(tenant_id=ctx.tenant.tenant_id, identifier=identifier), given)
    async with changing(ctx) as inner:
        if any(row.identifier == identifier for row in await inner.store.configuration.apis()):
            raise Conflict("identifier", f"the API {identifier} is declared already")
        return await _save_api(inner, "api.create", None, asked)


async def update_api(ctx: TenantContext, identifier: str, given: Mapping[str, Any]) -> Api:
    """Change an API; what is not given stays, null puts a default back.

    Raises NotFound, Forbidden, or Refused that names the key.
    """
    await require(ctx, "scopes.write")
    async with changing(ctx) as inner:
        before = with_changes(await _stored_api(inner, identifier))
        return await _save_api(inner, "api.update", before, _as_asked(inner, before, given))


def _as_asked(ctx: TenantContext, api: Api, given: Mapping[str, Any]) -> Api:
    changes: dict[str, Any] = {}
    for key, value in given.items():
        changes[key] = joined(key, value or ()) if key in LISTS else value
    if "name" in changes:
        changes["name"] = changes["name"] or ""
    changed = with_changes(api, **changes)
    for number, name in enumerate(changed.scopes.split()):
        check_scope_name(name, f"scopes[{number}]")
    check_api(changed, ctx.issuer)
    return changed


async def _save_api(ctx: TenantContext, action: str, before: Api | None, after: Api) -> Api:
    kept = with_changes(after)
    await ctx.store.configuration.save_api(after)
    changed = differences(_outline(before), _outline(kept))
    await record(ctx, action, target=("api", kept.identifier), detail={"changed": changed})
    return kept


def _outline(api: Api | None) -> dict[str, Any]:
    return {} if api is None else api.model_dump(exclude={"tenant_id", "identifier"})


async def delete_api(ctx: TenantContext, identifier: str) -> None:
    """Take an API back; no more tokens for it are given out. Raises NotFound, Forbidden."""
    await require(ctx, "scopes.write")
    async with changing(ctx) as inner:
        await _stored_api(inner, identifier)
        await inner.store.configuration.remove_api(identifier)
        await record(inner, "api.delete", target=("api", identifier))
