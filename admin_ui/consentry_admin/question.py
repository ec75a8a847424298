"""A page that says what ends, and the form on it that ends it."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from consentry.interaction.answers import Handler
from consentry.operations.errors import Conflict, Refused
from consentry.spec.forms import Form
from consentry_admin.visit import Visit

Guard = Callable[[Callable[[Visit], Awaitable[Response]]], Handler]
About = Callable[[Visit], Awaitable[object]]
"""Raises NotFound for what is not there, or not theirs."""
Show = Callable[[Visit, str | None, int], Awaitable[Response]]
"""The page, with what is wrong, if anything is, and its status."""
Act = Callable[[Visit, Form], Awaitable[Response]]
"""What the form does, and where that leads. Raises Refused for what is not done."""


def question(
    guard: Guard, show: Show, act: Act, *, about: About | None = None
) -> dict[str, Handler]:
    """What an address answers to GET, which asks, and to POST, which acts.

    guard: who may come in. about: finds what it is about, before anything is said of the form.
    What is refused is said on the page that asks: 400, and 409 where it is something else that
    stands in the way.
    """

    async def ask(visit: Visit) -> Response:
        return await show(visit, None, 200)

    async def submit(visit: Visit) -> Response:
        if about is not None:
            await about(visit)
        form = await visit.form()
        try:
            return await act(visit, form)
        except Refused as refusal:
            status = 409 if isinstance(refusal, Conflict) else 400
            return await show(visit, refusal.reason, status)

    return {"GET": guard(ask), "POST": guard(submit)}
