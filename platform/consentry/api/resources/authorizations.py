"""Authorizations: what tokens hang on."""

from typing import Any
from uuid import UUID

from consentry.api.models.common import Ended, page_of, read_place
from consentry.api.models.records import (
    AuthorizationPage,
    AuthorizationShown,
    Revocation,
    WhoseAuthorizations,
    authorization_shown,
)
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations import authorizations as operations
from consentry.operations.authorizations import Holder
from consentry.operations.lists import authorizations_page

authorizations = Resource("authorizations", "Approvals that tokens hang on.")


@authorizations(
    "GET", "/authorizations", "authorizations.read",
    query=WhoseAuthorizations, answer=AuthorizationPage,
)  # fmt: skip
async def list_authorizations(call: Call[WhoseAuthorizations, None]) -> Any:
    """Those that count now, of a person, of a client, or all."""
    query = call.query
    place = read_place(query.after, UUID)
    page = await authorizations_page(
        call.ctx, Holder(query.user_id, query.client_id), after=place, limit=query.limit
    )
    return page_of(AuthorizationPage, [authorization_shown(row) for row in page.items], page)


@authorizations(
    "GET", "/authorizations/{authorization_id}", "authorizations.read", answer=AuthorizationShown
)
async def get_authorization(call: Call[None, None]) -> AuthorizationShown:
    """One authorization, ended or not."""
    id = read_id("authorization", call.path["authorization_id"])
    return authorization_shown(await operations.get_authorization(call.ctx, id))


@authorizations("DELETE", "/authorizations/{authorization_id}", "authorizations.write", status=204)
async def revoke_authorization(call: Call[None, None]) -> None:
    """End one with all its tokens."""
    id = read_id("authorization", call.path["authorization_id"])
    await operations.revoke_authorization(call.ctx, id)


@authorizations(
    "POST", "/authorizations/revoke", "authorizations.write", body=Revocation, answer=Ended
)
async def revoke_authorizations(call: Call[None, Revocation]) -> Ended:
    """End all of a person, of a client, or of the person at the client."""
    whose = Holder(call.body.user_id, call.body.client_id)
    return Ended(ended=await operations.revoke_authorizations(call.ctx, whose))
