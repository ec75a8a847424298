"""People: found, made, and each of them with all that hangs on them."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import Refused
from consentry.operations.invitations import create_invited
from consentry.operations.lists import users_page
from consentry.operations.mail import can_mail
from consentry.operations.members import apps_of
from consentry.operations.operators import made_password
from consentry.operations.sessions import sessions_of
from consentry.operations.user_consents import consents_of
from consentry.operations.users import ROLES, create_user
from consentry.records.user import User
from consentry.tenancy.context import TenantContext
from consentry_admin.account.views import app_view
from consentry_admin.listing import Listing, address
from consentry_admin.portal import shown_once
from consentry_admin.tenant.door import (
    HOME,
    PAGE_SIZE,
    for_administrator,
    person_asked_for,
    user_href,
)
from consentry_admin.visit import Visit, asked

USERS = f"{HOME}/users"
ROLE = "role:"
FIELDS = ("username", "email", "name")
MANY = 100


@for_administrator
async def show(visit: Visit) -> Response:
    """By username, a page at a time; `q` begins a username or an e-mail address."""
    q, after = asked(visit, "q", 320), asked(visit, "after", 255)
    found = await users_page(visit.ctx, q=q, after=after, limit=PAGE_SIZE)
    users = Listing(
        USERS,
        found.items,
        q,
        previous=address(USERS, q=q) if after else None,
        next=address(USERS, q=q, after=found.next) if found.next else None,
    )
    return visit.page("tenant/users.html", users=users, my_id=visit.user.user_id)


@for_administrator
async def ask(visit: Visit) -> Response:
    """Who it is to be."""
    return _form(visit, {})


@for_administrator
async def add(visit: Visit) -> Response:
    """Make them, with a link sent to them or a password shown on their page this once."""
    form = await visit.form()
    given = {name: (form.get(name) or "").strip() for name in FIELDS}
    is_invited = can_mail(visit.ctx) and "invite" in form
    password = None if is_invited else made_password()
    try:
        if is_invited and not given["email"]:
            raise Refused("email", "is needed to send a link to")
        user = await _made(visit.ctx, form, given, password)
    except Refused as refusal:
        return _form(visit, form, refusal)
    if password is None:
        return go(user_href(user), done="invited")
    return given_password(visit, user, password, done="created")


async def _made(
    ctx: TenantContext, form: Mapping[str, str], given: Mapping[str, str], password: str | None
) -> User:
    """The new person; without a password they are invited."""
    username, email, roles = given["username"], given["email"], chosen_roles(form)
    claims = {"name": given["name"]} if given["name"] else None
    if password is None:
        return await create_invited(ctx, username, email=email, roles=roles, claims=claims)
    return await create_user(
        ctx, username, email=email or None, password=password, roles=roles, claims=claims
    )


def given_password(visit: Visit, user: User, password: str, *, done: str) -> Response:
    """To the person's page, which shows the password once."""
    response = go(user_href(user), done=done)
    shown_once.hand_over(visit, response, str(user.user_id), password)
    return response


def chosen_roles(form: Mapping[str, str]) -> list[str]:
    """The roles whose box is ticked."""
    return [name for name in ROLES if ROLE + name in form]


def role_boxes(chosen: Any) -> list[dict[str, Any]]:
    """A box for each role."""
    return [{"field": ROLE + name, "name": name, "checked": name in chosen} for name in ROLES]


def _form(visit: Visit, form: Mapping[str, str], refusal: Refused | None = None) -> Response:
    return visit.page(
        "tenant/new_user.html",
        status=400 if refusal else 200,
        values={name: form.get(name) or "" for name in (*FIELDS, "invite")},
        can_mail=can_mail(visit.ctx),
        boxes=role_boxes(chosen_roles(form)),
        wrong=refusal.key.removeprefix("claims.") if refusal else None,
        error=refusal.reason if refusal else None,
    )


@for_administrator
async def show_one(visit: Visit) -> Response:
    """One person; a password that was just made is shown, this once."""
    user = await person_asked_for(visit)
    password = shown_once.taken(visit, str(user.user_id))
    response = visit.page("tenant/user.html", password=password, **await _about(visit, user))
    return shown_once.forget(visit, response) if password else response


async def _about(visit: Visit, user: User) -> dict[str, Any]:
    ctx = visit.ctx
    apps = [app_view(ctx, app) for app in await consents_of(ctx, user.user_id)]
    managed = await apps_of(ctx, user.user_id, limit=MANY)
    return {
        "person": user,
        "href": user_href(user),
        "is_me": user.user_id == visit.user.user_id,
        "can_mail": can_mail(ctx),
        "claims": [(name, _told(value)) for name, value in sorted(user.claims.items())],
        "apps": apps,
        "sessions": await sessions_of(ctx, user.user_id, visit.current.login.login_id),
        "managed": managed,
    }


def _told(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
