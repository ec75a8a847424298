"""What people agreed to, as administrators see it."""

from uuid import UUID

from consentry.api.models.people import ConsentList, consent_shown
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations.user_consents import consents_of, withdraw_for

consents = Resource("consents", "What a person allowed apps to do.")
_OF = "/users/{user_id}/consents"


@consents("GET", _OF, "authorizations.read", answer=ConsentList)
async def list_consents(call: Call[None, None]) -> ConsentList:
    """The apps that may act for a person."""
    found = await consents_of(call.ctx, _whose(call))
    return ConsentList(items=[consent_shown(one) for one in found])


@consents("DELETE", _OF + "/{app_id}", "authorizations.write", status=204)
async def withdraw_consent(call: Call[None, None]) -> None:
    """Take everything back from an app, for a person."""
    await withdraw_for(call.ctx, _whose(call), call.path["app_id"])


@consents("DELETE", _OF + "/{app_id}/scopes/{scope}", "authorizations.write", status=204)
async def withdraw_scope(call: Call[None, None]) -> None:
    """Take one scope back from an app, for a person; its tokens narrow."""
    await withdraw_for(call.ctx, _whose(call), call.path["app_id"], call.path["scope"])


def _whose(call: Call[None, None]) -> UUID:
    return read_id("user", call.path["user_id"])
