"""Who may come in, and the app a page is about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from consentry.interaction.answers import Handler, error_page
from consentry.operations.clients import get_client
from consentry.operations.members import OWNER
from consentry.operations.permissions import manages, reach
from consentry.records.client import Client
from consentry.spec.client_metadata import ClientMetadata
from consentry.store.ports import StoredClient
from consentry.tenancy.context import as_client
from consentry_admin.portal.kinds import Kind, kind_of
from consentry_admin.visit import Visit, for_person

HOME = "/developer"


@dataclass(frozen=True, slots=True)
class App:
    """An app as its pages show it. is_owner: who looks at it may choose people and delete it."""

    stored: StoredClient
    client: Client
    is_owner: bool

    @property
    def client_id(self) -> str:
        """Its `client_id`."""
        return self.client.client_id

    @property
    def name(self) -> str:
        """What people are shown."""
        return self.client.name

    @property
    def metadata(self) -> ClientMetadata:
        """What is registered."""
        return self.client.metadata

    @property
    def kind(self) -> Kind:
        """What it amounts to."""
        return kind_of(self.client.metadata)

    @property
    def created_at(self) -> datetime:
        """When it was registered."""
        return self.stored.row.created_at

    @property
    def version(self) -> str:
        """What a form says it was made for, so that nobody's change is lost."""
        return self.stored.row.changed_at.isoformat()

    @property
    def is_disabled(self) -> bool:
        """Whether it can do nothing just now."""
        return self.client.disabled_at is not None

    @property
    def signs(self) -> bool:
        """Whether it may sign OAuth 1 requests."""
        return "oauth1" in self.client.metadata.protocols

    @property
    def href(self) -> str:
        """The address its pages are below."""
        return app_href(self.client_id)


def app_href(client_id: str) -> str:
    """The address an app's pages are below."""
    return f"{HOME}/apps/{quote(client_id, safe='')}"


def for_developer(handler: Callable[[Visit], Awaitable[Response]]) -> Handler:
    """A page for who may register or manage apps; other people are told that they may not."""

    @for_person
    async def answer(visit: Visit) -> Response:
        if reach(visit.ctx, "clients.read") is None:
            return error_page(
                visit.request, "For developers",
                "Your account may not register apps here. Ask an administrator for the role "
                "developer.", status=403,
            )  # fmt: skip
        return await handler(visit)

    return answer


async def asked_for(visit: Visit) -> App:
    """The app in the address. Raises NotFound, also for one that others manage."""
    client_id = visit.parameter("client_id")
    stored = await get_client(visit.ctx, client_id)
    is_owner = reach(visit.ctx, "clients.write") == "all" or await manages(
        visit.ctx, client_id, role=OWNER
    )
    return App(stored, as_client(stored), is_owner)


def app_page(visit: Visit, app: App, template: str, **context: Any) -> Response:
    """A page about one app, with the way to its other pages."""
    return visit.page(f"portal/{template}.html", app=app, **context)
