"""My apps, and a new one."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.app_figures import AppCard, app_cards
from consentry.operations.clients import create_client
from consentry.operations.errors import NotFound, Refused
from consentry.operations.lists import clients_page
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.errors import InvalidScope
from consentry.spec.oauth1.signatures import STANDARD_METHODS
from consentry.spec.scope import Scope
from consentry_admin.listing import Listing, address
from consentry_admin.portal import permissions, shown_once
from consentry_admin.portal.door import HOME, app_href, for_developer
from consentry_admin.portal.kinds import KINDS, Kind, kind_of
from consentry_admin.portal.redirects import checked, lines_of
from consentry_admin.visit import Visit, asked

PAGE_SIZE = 24
METHOD = "method:"
# RFC 5849 has no newer hash; SHA-1 is for software that cannot do better.
OFFERED = tuple(name for name in STANDARD_METHODS if name != "PLAINTEXT")
USUAL_METHODS = ("HMAC-SHA256", "RSA-SHA256")


@for_developer
async def show(visit: Visit) -> Response:
    """The apps of who looks, all of them for an administrator; by id, searched by prefix."""
    q, after = asked(visit, "q"), asked(visit, "after", 255)
    found = await clients_page(visit.ctx, q=q, after=after, limit=PAGE_SIZE)
    cards = [_card_view(one) for one in await app_cards(visit.ctx, found.items)]
    apps = Listing(
        HOME,
        cards,
        q,
        previous=address(HOME, q=q) if after else None,
        next=address(HOME, q=q, after=found.next) if found.next else None,
    )
    is_searchable = bool(q or after or found.next or len(cards) > 5)
    return visit.page("portal/apps.html", apps=apps, is_searchable=is_searchable)


def _card_view(card: AppCard) -> dict[str, Any]:
    metadata = ClientMetadata.model_validate(card.row.metadata_)
    return {
        "href": app_href(card.row.client_id),
        "name": metadata.client_name or card.row.client_id,
        "client_id": card.row.client_id,
        "kind": kind_of(metadata),
        "protocols": metadata.protocols,
        "is_disabled": card.row.disabled_at is not None,
        "last_used": card.last_used,
        "refused": card.refused,
    }


@for_developer
async def choose(visit: Visit) -> Response:
    """What kind of app it is to be."""
    return visit.page("portal/new.html", kinds=list(KINDS.values()))


@for_developer
async def show_new(visit: Visit) -> Response:
    """What this kind needs to be told."""
    return _form(visit, _kind(visit), {})


@for_developer
async def create(visit: Visit) -> Response:
    """Register it, then show its secret once; or say what is wrong with the form."""
    form, kind = await visit.form(), _kind(visit)
    uris = lines_of(form.get("redirect_uris"))
    bad = [one for one in checked(uris, is_oauth1=kind.is_oauth1) if one.problem]
    if bad:
        return _form(visit, kind, form, Refused("redirect_uris", "has an address we refuse"))
    try:
        metadata = _metadata(form, kind, uris)
        client, secret = await create_client(visit.ctx, None, metadata)
    except Refused as refusal:
        return _form(visit, kind, form, refusal)
    except InvalidScope as error:
        return _form(visit, kind, form, Refused("scope", error.description))
    response = go(f"{app_href(client.client_id)}/credentials", done="created")
    if secret is not None:
        shown_once.hand_over(visit, response, client.client_id, secret)
    return response


def _kind(visit: Visit) -> Kind:
    found = KINDS.get(visit.parameter("kind"))
    if found is None:
        raise NotFound("kind of app", visit.parameter("kind"))
    return found


def _metadata(form: Mapping[str, str], kind: Kind, uris: Sequence[str]) -> dict[str, Any]:
    name = (form.get("client_name") or "").strip()
    if not name:
        raise Refused("client_name", "is required")
    metadata: dict[str, Any] = {
        **kind.metadata,
        "client_name": name,
        "redirect_uris": list(uris),
        "scope": permissions.chosen_of(form, Scope()),
    }
    if kind.is_oauth1:
        methods = [one for one in OFFERED if METHOD + one in form]
        if not methods:
            raise Refused("oauth1_signature_methods", "at least one is needed")
        metadata["oauth1_signature_methods"] = methods
        metadata["oauth1_rsa_public_key"] = (form.get("oauth1_rsa_public_key") or "").strip()
    return metadata


def _form(
    visit: Visit, kind: Kind, form: Mapping[str, str], refusal: Refused | None = None
) -> Response:
    chosen = {name.removeprefix(permissions.PREFIX) for name in form}
    methods = {name.removeprefix(METHOD) for name in form if name.startswith(METHOD)}
    return visit.page(
        "portal/new_app.html",
        status=400 if refusal else 200,
        kind=kind,
        values=form,
        boxes=permissions.are_boxes(visit.ctx),
        scopes=permissions.choices(visit.ctx, chosen, personal=kind.is_personal),
        methods=methods_view(visit, methods if form else USUAL_METHODS),
        lines=checked(lines_of(form.get("redirect_uris")), is_oauth1=kind.is_oauth1),
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )


def methods_view(visit: Visit, chosen: Sequence[str] | set[str]) -> list[dict[str, Any]]:
    """The signature methods to choose from: those the tenant takes."""
    allowed = visit.ctx.policy.oauth1_signature_methods
    return [
        {"field": METHOD + name, "name": name, "checked": name in chosen}
        for name in OFFERED
        if allowed is None or name in allowed
    ]
