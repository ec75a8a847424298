"""The end of an account, at the wish of whose it is."""

from starlette.responses import Response

from consentry.interaction.answers import page
from consentry.interaction.browser import forget_device, forget_login
from consentry.operations.account import delete_account, what_ends
from consentry.operations.errors import Conflict
from consentry.spec.errors import AccessDenied
from consentry.web.refusals import record_refusal
from consentry_admin.visit import Visit, for_person, sentence


@for_person
async def ask(visit: Visit) -> Response:
    """What ends, in numbers, and the password."""
    return await _page(visit, status=200)


@for_person
async def delete(visit: Visit) -> Response:
    """Remove the person with all that is theirs; nothing brings it back."""
    form = await visit.form()
    if not await visit.has_password(form.get("password")):
        record_refusal(visit.request, AccessDenied(rule="current password"))
        return await _page(visit, "This is not your password.")
    try:
        await delete_account(visit.ctx, visit.user.user_id)
    except Conflict as refusal:
        return await _page(visit, f"{sentence(refusal.reason)}.", status=409)
    response = page(visit.request, "account/deleted.html")
    forget_login(visit.request, response)
    forget_device(visit.request, response)
    return response


async def _page(visit: Visit, error: str | None = None, *, status: int = 400) -> Response:
    return visit.page(
        "account/delete.html",
        status=status,
        ending=await what_ends(visit.ctx, visit.user.user_id),
        error=error,
    )
