"""What a person is called, may do, and is known to be."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import Conflict, Refused
from consentry.operations.user_changes import update_user
from consentry.records.user import User
from consentry_admin.tenant.door import for_administrator, person_asked_for, user_href
from consentry_admin.tenant.users import chosen_roles, role_boxes
from consentry_admin.visit import Visit


@for_administrator
async def show(visit: Visit) -> Response:
    """The form with what is known."""
    user = await person_asked_for(visit)
    claims = orjson.dumps(user.claims, option=orjson.OPT_INDENT_2).decode()
    values = {"username": user.username, "email": user.email or "", "claims": claims}
    return _form(visit, user, values, user.roles.split())


@for_administrator
async def submit(visit: Visit) -> Response:
    """Keep what the form says, or say what is wrong with it."""
    user, form = await person_asked_for(visit), await visit.form()
    values = {name: (form.get(name) or "").strip() for name in ("username", "email", "claims")}
    roles = chosen_roles(form)
    try:
        if form.get("version") != _version(user):
            raise Conflict("", "somebody changed this person meanwhile; open the form again")
        changes = {
            "username": values["username"],
            "email": values["email"] or None,
            "roles": roles,
            "claims": _claims(user, values["claims"]),
        }
        await update_user(visit.ctx, user.user_id, changes)
    except Refused as refusal:
        return _form(visit, user, values, roles, refusal)
    return go(user_href(user), done="saved")


def _claims(user: User, text: str) -> dict[str, Any]:
    """What was typed, and null for what is to go. Raises Refused."""
    try:
        typed = orjson.loads(text or "{}")
    except ValueError:
        raise Refused("claims", "is not JSON") from None
    if not isinstance(typed, dict):
        raise Refused("claims", 'is not an object, such as {"name": "Jane Doe"}')
    return dict.fromkeys(user.claims) | typed


def _version(user: User) -> str:
    return user.changed_at.isoformat()


def _form(
    visit: Visit,
    user: User,
    values: Mapping[str, str],
    roles: list[str],
    refusal: Refused | None = None,
) -> Response:
    wrong, status = None, 200
    error = refusal.reason if refusal else None
    if refusal:
        status = 409 if isinstance(refusal, Conflict) else 400
        wrong, _, claim = refusal.key.partition(".")
        error = f"{claim}: {refusal.reason}" if claim else refusal.reason
    return visit.page(
        "tenant/edit_user.html",
        status=status,
        person=user,
        href=user_href(user),
        version=_version(user),
        values=values,
        boxes=role_boxes(roles),
        wrong=wrong,
        error=error,
    )
