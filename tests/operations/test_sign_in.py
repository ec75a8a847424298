"""A sign-in that was proved before something ended it begins nothing."""

from datetime import timedelta

import pytest

from consentry.operations.sign_in import sign_in
from consentry.operations.users import create_user, delete_user, disable_user, set_password
from consentry.records.user import Login, User
from consentry.spec.errors import AccessDenied
from consentry.tenancy.context import TenantContext

PASSWORD = "correct horse battery staple"


def login_of(ctx: TenantContext, user: User, name: str) -> Login:
    now = ctx.now()
    return Login(
        tenant_id=user.tenant_id, login_id=name, user_id=user.user_id, auth_time=now,
        created_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["password", "disabled", "removed"])
async def test_what_ended_meanwhile_lets_nobody_in(ctx: TenantContext, ending: str) -> None:
    """THREATS 46"""
    await create_user(ctx, "jane", password=PASSWORD)
    proved = await ctx.store.users.by_identifier("jane")
    assert proved is not None
    await sign_in(ctx, login_of(ctx, proved, "first"), proved, replaces=None)
    if ending == "password":
        await set_password(ctx, "jane", "another password altogether")
    elif ending == "disabled":
        await disable_user(ctx, "jane")
    else:
        await delete_user(ctx, "jane")
    with pytest.raises(AccessDenied):
        await sign_in(ctx, login_of(ctx, proved, "late"), proved, replaces=None)
    assert await ctx.store.logins.current("late", ctx.now()) is None
