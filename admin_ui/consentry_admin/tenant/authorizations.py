"""Authorizations: searched by person or by app, ended one by one or all of one search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.authorizations import (
    get_authorization,
    revoke_authorization,
    revoke_authorizations,
)
from consentry.operations.errors import NotFound
from consentry.operations.lists import authorizations_page, usernames_of
from consentry.operations.users import get_user
from consentry.records.authorization import AuthorizationRow
from consentry.records.user import User
from consentry.store.lists import Holder
from consentry_admin.listing import Listing, address
from consentry_admin.portal.door import app_href
from consentry_admin.tenant.door import HOME, PAGE_SIZE, for_administrator
from consentry_admin.visit import Visit, asked

AUTHORIZATIONS = f"{HOME}/authorizations"
MANY = 1_000


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed, and whom it names; is_nobody: a person who is not there."""

    user: str
    client: str
    person: User | None
    is_nobody: bool

    @property
    def whose(self) -> Holder:
        """The same for the operations."""
        return Holder(self.person.user_id if self.person else None, self.client or None)

    @property
    def is_narrow(self) -> bool:
        """Whether it names somebody, so that all of it may end at once."""
        return not self.is_nobody and self.whose != Holder()

    def href(self, path: str = AUTHORIZATIONS, **more: str) -> str:
        """An address with this search in it."""
        return address(path, user=self.user, client=self.client, **more)


async def _searched(visit: Visit, user: str | None, client: str | None) -> Search:
    name = (user or "")[:320].strip()
    try:
        person = await get_user(visit.ctx, name) if name else None
    except NotFound:
        person = None
    return Search(name, (client or "")[:255].strip(), person, bool(name) and person is None)


@for_administrator
async def show(visit: Visit) -> Response:
    """Those that count now, by id; `user` is a username or e-mail, `client` an id."""
    search = await _searched(visit, asked(visit, "user", 320), asked(visit, "client", 255))
    after = _uuid(asked(visit, "after"))
    rows: Sequence[AuthorizationRow] = []
    onward = None
    if not search.is_nobody:
        page = await authorizations_page(visit.ctx, search.whose, after=after, limit=PAGE_SIZE)
        rows, onward = page.items, page.next
    listing = Listing(
        AUTHORIZATIONS,
        await _views(visit, rows),
        previous=search.href() if after else None,
        next=search.href(after=str(onward)) if onward else None,
    )
    return visit.page("tenant/authorizations.html", found=listing, search=search)


async def _views(visit: Visit, rows: Sequence[AuthorizationRow]) -> list[dict[str, Any]]:
    names = await usernames_of(visit.ctx, (row.user_id for row in rows))
    views = []
    for row in rows:
        client = await visit.ctx.client(row.client_id)
        views.append(
            {
                "row": row,
                "username": names.get(row.user_id, str(row.user_id)),
                "user_href": f"{HOME}/users/{row.user_id}",
                "client": client.name if client else row.client_id,
                "client_href": f"{app_href(row.client_id)}/settings",
                "href": f"{AUTHORIZATIONS}/{row.id}/revoke",
            }
        )
    return views


@for_administrator
async def ask(visit: Visit) -> Response:
    """Which one ends."""
    row = await get_authorization(visit.ctx, _named(visit))
    client = await visit.ctx.client(row.client_id)
    names = await usernames_of(visit.ctx, [row.user_id])
    return visit.page(
        "tenant/revoke.html",
        row=row,
        client=client.name if client else row.client_id,
        username=names.get(row.user_id, str(row.user_id)),
    )


@for_administrator
async def revoke(visit: Visit) -> Response:
    """It ends with all its tokens."""
    await visit.form()
    await revoke_authorization(visit.ctx, _named(visit))
    return go(AUTHORIZATIONS, done="revoked")


@for_administrator
async def ask_all(visit: Visit) -> Response:
    """How many of a search end, and of how many people."""
    search = await _searched(visit, asked(visit, "user", 320), asked(visit, "client", 255))
    if not search.is_narrow:
        raise NotFound("search", search.user)
    page = await authorizations_page(visit.ctx, search.whose, limit=MANY)
    people = len({row.user_id for row in page.items})
    return visit.page(
        "tenant/revoke_all.html",
        search=search,
        count=len(page.items),
        people=people,
        has_more=page.next is not None,
    )


@for_administrator
async def revoke_all(visit: Visit) -> Response:
    """All of a search end."""
    form = await visit.form()
    search = await _searched(visit, form.get("user"), form.get("client"))
    if not search.is_narrow:
        raise NotFound("search", search.user)
    await revoke_authorizations(visit.ctx, search.whose)
    return go(AUTHORIZATIONS, done="revoked-all")


def _named(visit: Visit) -> UUID:
    text = visit.parameter("id")
    found = _uuid(text)
    if found is None:
        raise NotFound("authorization", text)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
