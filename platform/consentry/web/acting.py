"""On whose behalf a request is answered."""

from typing import TypedDict

from starlette.requests import HTTPConnection

from consentry.records.user import User
from consentry.spec.scope import Scope
from consentry.tenancy.actor import OPERATORS, Actor
from consentry.tenancy.context import TenantContext


class _Place(TypedDict):
    address: str
    request_id: str


def acting_person(
    request: HTTPConnection, ctx: TenantContext, user: User, scopes: Scope | None = None
) -> TenantContext:
    """The context on behalf of a person; scopes: of the token they came with, if they did."""
    is_operator = ctx.tenant.tenant_id == OPERATORS
    return ctx.acting(
        Actor(
            "operator" if is_operator else "user",
            id=str(user.user_id),
            name=user.username,
            roles=frozenset({"operator"} if is_operator else user.roles.split()),
            scopes=scopes,
            **_place(request),
        )
    )


def acting_client(
    request: HTTPConnection, ctx: TenantContext, client_id: str, name: str, scopes: Scope
) -> TenantContext:
    """The context on behalf of a client that came with a token of its own."""
    actor = Actor("client", id=client_id, name=name, scopes=scopes, **_place(request))
    return ctx.acting(actor)


def acting_stranger(request: HTTPConnection, ctx: TenantContext) -> TenantContext:
    """The context on behalf of who has not shown who they are."""
    return ctx.acting(Actor("user", **_place(request)))


def _place(request: HTTPConnection) -> _Place:
    return {
        "address": request.scope.get("consentry.address", ""),
        "request_id": request.scope.get("consentry.request_id", ""),
    }
