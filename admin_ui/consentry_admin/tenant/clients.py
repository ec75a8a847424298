"""All apps of the tenant, with who owns them; the pages of each are the developer portal's."""

from typing import Any

from starlette.responses import Response

from consentry.operations.app_figures import AppCard, app_cards
from consentry.operations.lists import clients_page
from consentry.operations.members import owners_of
from consentry.spec.client_metadata import ClientMetadata
from consentry_admin.listing import Listing, address
from consentry_admin.portal.door import app_href
from consentry_admin.portal.kinds import kind_of
from consentry_admin.tenant.door import HOME, PAGE_SIZE, for_administrator
from consentry_admin.visit import Visit, asked

CLIENTS = f"{HOME}/clients"


@for_administrator
async def show(visit: Visit) -> Response:
    """By id, a page at a time; `q` begins a name or an id."""
    q, after = asked(visit, "q"), asked(visit, "after", 255)
    found = await clients_page(visit.ctx, q=q, after=after, limit=PAGE_SIZE)
    owners = await owners_of(visit.ctx, [row.client_id for row in found.items])
    cards = await app_cards(visit.ctx, found.items)
    clients = Listing(
        CLIENTS,
        [_view(one, owners.get(one.row.client_id, [])) for one in cards],
        q,
        previous=address(CLIENTS, q=q) if after else None,
        next=address(CLIENTS, q=q, after=found.next) if found.next else None,
    )
    return visit.page("tenant/clients.html", clients=clients)


def _view(card: AppCard, owners: list[str]) -> dict[str, Any]:
    metadata = ClientMetadata.model_validate(card.row.metadata_)
    return {
        "href": app_href(card.row.client_id),
        "client_id": card.row.client_id,
        "name": metadata.client_name or card.row.client_id,
        "kind": kind_of(metadata),
        "owners": owners,
        "is_disabled": card.row.disabled_at is not None,
        "last_used": card.last_used,
        "refused": card.refused,
    }
