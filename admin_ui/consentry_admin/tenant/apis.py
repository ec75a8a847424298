"""APIs that tokens are for (RFC 8707): identifier, scopes, format and lifetime of tokens."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import declared
from consentry.operations.errors import Refused
from consentry.operations.scopes import LIFETIMES
from consentry.records.tenant import Api
from consentry_admin.listing import listed
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

APIS = f"{HOME}/apis"
FIELDS = ("identifier", "name", "scopes", "access_token_format", "access_token_lifetime",
          "resource_servers")  # fmt: skip


@for_administrator
async def show(visit: Visit) -> Response:
    """All of them, searched and sorted."""
    rows = [_view(one) for one in await declared.list_apis(visit.ctx)]
    apis = listed(
        visit.request,
        rows,
        text=lambda row: f"{row['name']} {row['identifier']}",
        sorts={
            "name": lambda row: row["name"].casefold(),
            "identifier": lambda row: row["identifier"],
        },
    )
    return visit.page("tenant/apis.html", apis=apis, count=len(rows))


def _view(api: Api) -> dict[str, Any]:
    return {
        "identifier": api.identifier,
        "name": api.name or api.identifier,
        "href": api_href(api.identifier),
        "scopes": api.scopes.split(),
        "format": api.access_token_format,
        "lifetime": api.access_token_lifetime,
    }


def api_href(identifier: str) -> str:
    """The address of an API's page."""
    return f"{APIS}/{quote(identifier, safe='')}"


@for_administrator
async def ask(visit: Visit) -> Response:
    """Which API it is to be."""
    return await _form(visit, dict.fromkeys(FIELDS, ""))


@for_administrator
async def add(visit: Visit) -> Response:
    """Declare it."""
    given = await _given(visit)
    try:
        await declared.create_api(visit.ctx, given["identifier"], _members(given))
    except Refused as refusal:
        return await _form(visit, given, refusal)
    return go(APIS, done="api")


@for_administrator
async def show_one(visit: Visit) -> Response:
    """What is declared."""
    api = await declared.get_api(visit.ctx, visit.parameter("identifier"))
    return await _form(visit, _declared(api), is_new=False)


@for_administrator
async def submit(visit: Visit) -> Response:
    """Change it; the identifier stays."""
    identifier = visit.parameter("identifier")
    given = {**await _given(visit), "identifier": identifier}
    try:
        await declared.update_api(visit.ctx, identifier, _members(given))
    except Refused as refusal:
        return await _form(visit, given, refusal, is_new=False)
    return go(APIS, done="api")


@for_administrator
async def ask_delete(visit: Visit) -> Response:
    """What apps lose."""
    api = await declared.get_api(visit.ctx, visit.parameter("identifier"))
    return visit.page("tenant/delete_api.html", api=api, href=api_href(api.identifier))


@for_administrator
async def delete(visit: Visit) -> Response:
    """Take it back."""
    await visit.form()
    await declared.delete_api(visit.ctx, visit.parameter("identifier"))
    return go(APIS, done="api-deleted")


def _declared(api: Api) -> dict[str, str]:
    """The form of an API as it is."""
    return {
        "identifier": api.identifier,
        "name": api.name,
        "scopes": api.scopes,
        "access_token_format": api.access_token_format or "",
        "access_token_lifetime": str(api.access_token_lifetime or ""),
        "resource_servers": "\n".join(api.resource_servers.split()),
    }


async def _given(visit: Visit) -> dict[str, str]:
    form = await visit.form()
    return {name: (form.get(name) or "").strip() for name in FIELDS}


def _members(given: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as the operation takes it. Raises Refused."""
    lifetime = given["access_token_lifetime"]
    if lifetime and not (lifetime.isascii() and lifetime.isdecimal() and len(lifetime) < 10):
        raise Refused("access_token_lifetime", "must be a whole number of seconds")
    return {
        "name": given["name"],
        "scopes": given["scopes"].split(),
        "access_token_format": given["access_token_format"] or None,
        "access_token_lifetime": int(lifetime) if lifetime else None,
        "resource_servers": given["resource_servers"].split(),
    }


async def _form(
    visit: Visit, values: Mapping[str, str], refusal: Refused | None = None, *, is_new: bool = True
) -> Response:
    names: Sequence[str] = [one.name for one in await declared.list_scopes(visit.ctx)]
    return visit.page(
        "tenant/api.html",
        status=400 if refusal else 200,
        values=values,
        is_new=is_new,
        href=api_href(values["identifier"]),
        known=names,
        usual=visit.ctx.policy,
        bounds=(LIFETIMES.start, LIFETIMES.stop - 1),
        wrong=refusal.key.partition("[")[0] if refusal else None,
        error=refusal.reason if refusal else None,
    )
