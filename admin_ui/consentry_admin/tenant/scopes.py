"""Scopes: what apps may ask for, and what people read about each."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import declared
from consentry.operations.errors import Refused
from consentry.records.tenant import Api
from consentry_admin.listing import listed
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

SCOPES = f"{HOME}/scopes"


@for_administrator
async def show(visit: Visit) -> Response:
    """All of them, searched and sorted, and the APIs they are for."""
    apis = await declared.list_apis(visit.ctx)
    rows = [_view(one.name, one.description, apis) for one in await declared.list_scopes(visit.ctx)]
    scopes = listed(
        visit.request,
        rows,
        text=lambda row: f"{row['name']} {row['description']}",
        sorts={"name": lambda row: row["name"], "text": lambda row: row["description"].casefold()},
    )
    return visit.page("tenant/scopes.html", scopes=scopes, count=len(rows))


def _view(name: str, description: str, apis: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "href": f"{SCOPES}/{quote(name, safe='')}",
        "apis": [_called(api) for api in apis if name in api.scopes.split()],
    }


def _called(api: Api) -> str:
    return api.name or api.identifier


@for_administrator
async def ask(visit: Visit) -> Response:
    """Which scope it is to be."""
    return _form(visit, {"name": "", "description": ""})


@for_administrator
async def add(visit: Visit) -> Response:
    """Declare it."""
    given = await _given(visit)
    try:
        await declared.create_scope(visit.ctx, given["name"], given["description"])
    except Refused as refusal:
        return _form(visit, given, refusal)
    return go(SCOPES, done="scope")


@for_administrator
async def show_one(visit: Visit) -> Response:
    """What people read about it."""
    row = await declared.get_scope(visit.ctx, visit.parameter("name"))
    return _form(visit, {"name": row.name, "description": row.description}, is_new=False)


@for_administrator
async def submit(visit: Visit) -> Response:
    """Change what people read."""
    name = visit.parameter("name")
    given = {**await _given(visit), "name": name}
    try:
        await declared.update_scope(visit.ctx, name, given["description"])
    except Refused as refusal:
        return _form(visit, given, refusal, is_new=False)
    return go(SCOPES, done="scope")


@for_administrator
async def ask_delete(visit: Visit) -> Response:
    """What apps lose."""
    row = await declared.get_scope(visit.ctx, visit.parameter("name"))
    return visit.page("tenant/delete_scope.html", scope=row, href=f"{SCOPES}/{_segment(row.name)}")


@for_administrator
async def delete(visit: Visit) -> Response:
    """Take it back."""
    await visit.form()
    await declared.delete_scope(visit.ctx, visit.parameter("name"))
    return go(SCOPES, done="scope-deleted")


def _segment(name: str) -> str:
    return quote(name, safe="")


async def _given(visit: Visit) -> dict[str, str]:
    form = await visit.form()
    return {name: (form.get(name) or "").strip() for name in ("name", "description")}


def _form(
    visit: Visit, values: Mapping[str, str], refusal: Refused | None = None, *, is_new: bool = True
) -> Response:
    return visit.page(
        "tenant/scope.html",
        status=400 if refusal else 200,
        values=values,
        is_new=is_new,
        href=f"{SCOPES}/{_segment(values['name'])}",
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )
