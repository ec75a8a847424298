"""Declared scopes."""

from consentry.api.models.tenant import NewScope, ScopeList, ScopePatch, ScopeShown, scope_shown
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.operations import declared

scopes = Resource("scopes", "Scopes the tenant declares, and what people read about them.")


@scopes("GET", "/scopes", "scopes.read", answer=ScopeList)
async def list_scopes(call: Call[None, None]) -> ScopeList:
    """Declared scopes by name."""
    return ScopeList(items=[scope_shown(row) for row in await declared.list_scopes(call.ctx)])


@scopes(
    "POST", "/scopes", "scopes.write",
    body=NewScope, answer=ScopeShown, status=201, creates=True,
)  # fmt: skip
async def create_scope(call: Call[None, NewScope]) -> Made:
    """Declare a scope."""
    row = await declared.create_scope(call.ctx, call.body.name, call.body.description)
    return Made(scope_shown(row), address("scopes", row.name))


@scopes("GET", "/scopes/{name}", "scopes.read", answer=ScopeShown)
async def get_scope(call: Call[None, None]) -> ScopeShown:
    """One scope."""
    return scope_shown(await declared.get_scope(call.ctx, call.path["name"]))


@scopes(
    "PATCH", "/scopes/{name}", "scopes.write",
    body=ScopePatch, answer=ScopeShown, current=get_scope,
)  # fmt: skip
async def update_scope(call: Call[None, ScopePatch]) -> ScopeShown:
    """Change what people read about a scope."""
    row = await declared.update_scope(call.ctx, call.path["name"], call.body.description)
    return scope_shown(row)


@scopes("DELETE", "/scopes/{name}", "scopes.write", status=204, current=get_scope)
async def delete_scope(call: Call[None, None]) -> None:
    """Take a scope back."""
    await declared.delete_scope(call.ctx, call.path["name"])
