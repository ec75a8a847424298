"""A person as stored, for whoever is about to do something with them."""

from uuid import UUID

from consentry.operations.errors import NotFound
from consentry.records.user import User
from consentry.tenancy.context import TenantContext


async def stored_person(ctx: TenantContext, user_id: UUID) -> User:
    """A person by id, whoever asks. Raises NotFound."""
    found = await ctx.store.users.get(user_id)
    if found is None:
        raise NotFound("user", str(user_id))
    return found
