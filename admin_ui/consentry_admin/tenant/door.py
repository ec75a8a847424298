"""Who may come in: people who administer the tenant."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from consentry.interaction.answers import Handler, error_page
from consentry.operations.errors import NotFound
from consentry.operations.permissions import reach
from consentry.operations.user_changes import get_user_by_id
from consentry.records.user import User
from consentry_admin.visit import Visit, for_person

HOME = "/admin"
PAGE_SIZE = 25


def for_administrator(handler: Callable[[Visit], Awaitable[Response]]) -> Handler:
    """A page for administrators; other people are told that it is not theirs."""

    @for_person
    async def answer(visit: Visit) -> Response:
        if reach(visit.ctx, "users.read") != "all":
            return error_page(
                visit.request, "For administrators",
                "Your account may not look after this service. An administrator gives the role "
                "admin.", status=403,
            )  # fmt: skip
        return await handler(visit)

    return answer


async def person_asked_for(visit: Visit) -> User:
    """The person in the address. Raises NotFound."""
    text = visit.parameter("user_id")
    try:
        user_id = UUID(text)
    except ValueError:
        raise NotFound("user", text) from None
    return await get_user_by_id(visit.ctx, user_id)


def user_href(user: User) -> str:
    """The address of a person's page."""
    return f"{HOME}/users/{user.user_id}"
