"""A new password, for who knows the old one."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.interaction.browser import start_login
from consentry.operations.account import change_password, what_ends
from consentry.operations.errors import Refused
from consentry.spec.errors import AccessDenied
from consentry.web.refusals import record_refusal
from consentry_admin.visit import Visit, for_person


@for_person
async def show(visit: Visit) -> Response:
    """The form, with what ends by it."""
    return await _page(visit)


@for_person
async def submit(visit: Visit) -> Response:
    """Change it; all logins and authorizations end, and this browser signs in anew."""
    form = await visit.form()
    if not await visit.has_password(form.get("current_password")):
        record_refusal(visit.request, AccessDenied(rule="current password"))
        return await _page(visit, "current_password", "This is not your current password.")
    try:
        user = await change_password(visit.ctx, visit.user.user_id, form.get("new_password") or "")
    except Refused as refusal:
        return await _page(visit, "new_password", f"The new password {refusal.reason}.")
    response = go("/account/password", done="password")
    await start_login(visit.ctx, visit.request, response, user)
    return response


async def _page(visit: Visit, wrong: str | None = None, error: str | None = None) -> Response:
    ending = await what_ends(visit.ctx, visit.user.user_id)
    return visit.page(
        "account/password.html",
        status=400 if error else 200,
        ending=ending,
        other_sessions=ending.sessions - 1,
        wrong=wrong,
        error=error,
    )
