"""Who runs the deployment."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import operators
from consentry.operations.errors import Refused
from consentry_admin.listing import listed
from consentry_admin.visit import Visit, for_person

OPERATORS = "/admin/operators"


@for_person
async def show(visit: Visit) -> Response:
    """Everyone by username, searched and sorted."""
    found = await operators.list_operators(visit.ctx)
    rows = listed(
        visit.request,
        found,
        text=lambda one: f"{one.username} {one.email or ''}",
        sorts={
            "name": lambda one: one.username.casefold(),
            "since": lambda one: one.created_at,
        },
    )
    return visit.page("operator/operators.html", operators=rows, my_id=visit.user.user_id)


@for_person
async def ask(visit: Visit) -> Response:
    """Who becomes an operator."""
    return _form(visit, "", "")


@for_person
async def add(visit: Visit) -> Response:
    """Add them, and show their password this once; or the form says what is wrong."""
    form = await visit.form()
    username, email = (form.get("username") or "").strip(), (form.get("email") or "").strip()
    try:
        made = await operators.add_operator(visit.ctx, username, email or None)
    except Refused as refusal:
        return _form(visit, username, email, refusal)
    return visit.page("operator/given_operator.html", made=made, is_new=True)


def _form(visit: Visit, username: str, email: str, refusal: Refused | None = None) -> Response:
    return visit.page(
        "operator/new_operator.html",
        status=400 if refusal else 200,
        values={"username": username, "email": email},
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )


@for_person
async def ask_disable(visit: Visit) -> Response:
    """Who will not sign in any more."""
    return await _one(visit, "operator/disable_operator.html")


@for_person
async def disable(visit: Visit) -> Response:
    """Their logins count no more; the last operator stays."""
    await visit.form()
    try:
        await operators.disable_operator(visit.ctx, visit.parameter("user_id"))
    except Refused as refusal:
        return await _one(visit, "operator/disable_operator.html", refusal)
    return go(OPERATORS, done="disabled")


@for_person
async def ask_enable(visit: Visit) -> Response:
    """Who may sign in again."""
    return await _one(visit, "operator/enable_operator.html")


@for_person
async def enable(visit: Visit) -> Response:
    """They may sign in again."""
    await visit.form()
    await operators.enable_operator(visit.ctx, visit.parameter("user_id"))
    return go(OPERATORS, done="enabled")


@for_person
async def ask_reset(visit: Visit) -> Response:
    """Whose password is made anew."""
    return await _one(visit, "operator/reset_operator.html")


@for_person
async def reset(visit: Visit) -> Response:
    """A new password, shown this once; all their logins end."""
    await visit.form()
    made = await operators.reset_operator(visit.ctx, visit.parameter("user_id"))
    return visit.page("operator/given_operator.html", made=made, is_new=False)


async def _one(visit: Visit, template: str, refusal: Refused | None = None) -> Response:
    found = await operators.get_operator(visit.ctx, visit.parameter("user_id"))
    return visit.page(
        template,
        status=400 if refusal else 200,
        operator=found,
        is_me=found.user_id == visit.user.user_id,
        error=refusal.reason if refusal else None,
    )
