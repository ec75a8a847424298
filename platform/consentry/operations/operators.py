"""People who run the deployment: the users of the base host."""

from secrets import token_urlsafe
from typing import Final, NamedTuple
from uuid import UUID

from consentry.operations import users
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.user import User
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.operators import open_operators

FIRST: Final = "operator"
SETTING: Final = "CONSENTRY_OPERATOR_PASSWORD"
PASSWORD_BYTES: Final = 15


class Given(NamedTuple):
    """A person and the password that was made for them; it is shown this once."""

    user: User
    password: str


def made_password() -> str:
    """A password nobody chose: 120 random bits, 20 characters."""
    return token_urlsafe(PASSWORD_BYTES)


async def first_operator(deployment: Deployment) -> bool:
    """Make the operator of CONSENTRY_OPERATOR_PASSWORD if there is none at all; whether it did.

    Raises Refused, by the name of the setting, for a password that cannot be one.
    """
    password = deployment.settings.operator_password
    if password is None:
        return False
    ctx = await open_operators(deployment)
    if await ctx.store.users.page(limit=1):
        return False
    try:
        await users.create_user(ctx, FIRST, password=password.get_secret_value())
    except Conflict:
        return False  # Another process was first.
    except Refused as error:
        raise Refused(SETTING, error.reason) from None
    return True


async def list_operators(ctx: TenantContext) -> list[User]:
    """Every operator by username. Raises Forbidden."""
    await require(ctx, "users.read")
    return [one async for one in users.each_user(ctx)]


async def get_operator(ctx: TenantContext, user_id: str) -> User:
    """One operator by id, as text. Raises Forbidden, NotFound."""
    await require(ctx, "users.read")
    try:
        found = await ctx.store.users.get(UUID(user_id))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("operator", user_id)
    return found


async def add_operator(ctx: TenantContext, username: str, email: str | None = None) -> Given:
    """A new operator with a password made for them.

    Raises Forbidden, Refused that names the key, or Conflict when username or e-mail is taken.
    """
    await require(ctx, "users.write")
    password = made_password()
    return Given(await users.create_user(ctx, username, email=email, password=password), password)


async def reset_operator(ctx: TenantContext, user_id: str) -> Given:
    """A new password for an operator; every login of theirs ends. Raises Forbidden, NotFound."""
    user = await get_operator(ctx, user_id)
    await require(ctx, "users.write")
    password = made_password()
    await users.set_password(ctx, user.username, password)
    return Given(user, password)


async def disable_operator(ctx: TenantContext, user_id: str) -> None:
    """The operator cannot sign in, and no login of theirs counts.

    Raises Forbidden, NotFound, or Refused for the last one who could sign in.
    """
    await require(ctx, "users.write")
    async with changing(ctx) as ctx:
        user = await get_operator(ctx, user_id)
        await check_others(ctx, user)
        await users.disable_user(ctx, user.username)


async def check_others(ctx: TenantContext, user: User) -> None:
    """Raises Refused unless another operator can sign in."""
    others = [
        one.user_id
        for one in await list_operators(ctx)
        if one.disabled_at is None and one.password_hash and one.user_id != user.user_id
    ]
    if not others:
        raise Refused("operator", f"{user.username} is the last who can sign in")


async def enable_operator(ctx: TenantContext, user_id: str) -> None:
    """The operator may sign in again. Raises Forbidden, NotFound."""
    await require(ctx, "users.write")
    user = await get_operator(ctx, user_id)
    await users.enable_user(ctx, user.username)
