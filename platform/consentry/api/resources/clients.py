"""Registered clients."""

from typing import Any

from consentry.api.models.clients import (
    ClientMade,
    ClientPage,
    ClientPatch,
    ClientShown,
    NewClient,
    shown,
)
from consentry.api.models.common import Search, page_of, read_place
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.api.resources.documents import with_documents
from consentry.operations import clients as operations
from consentry.operations.changing import changing
from consentry.operations.lists import clients_page
from consentry.operations.merge import merged

clients = Resource("clients", "Registered clients. A developer sees those they manage.")


@clients("GET", "/clients", "clients.read", query=Search, answer=ClientPage, narrows=True)
async def list_clients(call: Call[Search, None]) -> Any:
    """Clients by id, found by how id or name begins."""
    place = read_place(call.query.after, str) or ""
    page = await clients_page(call.ctx, q=call.query.q, after=place, limit=call.query.limit)
    return page_of(ClientPage, [shown(row) for row in page.items], page)


async def _fetched(call: Call[None, NewClient]) -> Call[None, NewClient]:
    return await with_documents(call, {}, call.body.given())


@clients(
    "POST", "/clients", "clients.write",
    body=NewClient, answer=ClientMade, status=201, creates=True, narrows=True, prepare=_fetched,
)  # fmt: skip
async def create_client(call: Call[None, NewClient]) -> Made:
    """Register a client.

    Its secret is in this answer and in no other. Whoever registers it in person owns it.
    """
    body, given = call.body, merged({}, call.body.given(), prune=True)
    async with changing(call.ctx) as ctx:
        client, secret = await operations.create_client(
            ctx, body.client_id, given, body.client_secret
        )
        if body.disabled:
            await operations.disable_client(ctx, client.client_id)
        row = (await operations.get_client(ctx, client.client_id)).row
    return Made(shown(row, client_secret=secret), address("clients", client.client_id))


@clients("GET", "/clients/{client_id}", "clients.read", answer=ClientShown)
async def get_client(call: Call[None, None]) -> Any:
    """One client."""
    return shown((await operations.get_client(call.ctx, call.path["client_id"])).row)


async def _fetched_again(call: Call[None, ClientPatch]) -> Call[None, ClientPatch]:
    stored = await operations.get_client(call.ctx, call.path["client_id"])
    return await with_documents(call, stored.row.metadata_, call.body.given())


@clients(
    "PATCH", "/clients/{client_id}", "clients.write",
    body=ClientPatch, answer=ClientShown, current=get_client, prepare=_fetched_again,
)  # fmt: skip
async def update_client(call: Call[None, ClientPatch]) -> Any:
    """Change a client's metadata, or disable or enable it (RFC 7396)."""
    ctx, client_id, given = call.ctx, call.path["client_id"], call.body.given()
    stored = await operations.get_client(ctx, client_id)
    if given:
        metadata = merged(stored.row.metadata_, given, prune=False)
        await operations.update_client(ctx, client_id, metadata)
    if call.body.disabled is not None:
        switch = operations.disable_client if call.body.disabled else operations.enable_client
        await switch(ctx, client_id)
    return await get_client(Call(ctx, call.request, call.path, None, None))


@clients("DELETE", "/clients/{client_id}", "clients.write", status=204, current=get_client)
async def delete_client(call: Call[None, None]) -> None:
    """Remove a client with its secrets, consents and authorizations."""
    await operations.delete_client(call.ctx, call.path["client_id"])
