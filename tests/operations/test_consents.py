"""Consent is kept for a person and an app that are there."""

import pytest

from consentry.operations.clients import create_client, delete_client
from consentry.operations.consents import give_consent
from consentry.operations.users import create_user, delete_user
from consentry.spec.errors import AccessDenied
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

METADATA = {"redirect_uris": ["https://printer.example/ready"], "scope": "openid"}


@pytest.mark.parametrize("gone", ["person", "app"])
async def test_no_consent_outlives_a_removal_it_came_after(ctx: TenantContext, gone: str) -> None:
    user = await create_user(ctx, "jane", password="correct horse battery staple")
    client, _ = await create_client(ctx, "printer", METADATA)
    user_id, client_id = user.user_id, client.client_id
    if gone == "person":
        await delete_user(ctx, "jane")
    else:
        await delete_client(ctx, client_id)
    with pytest.raises(AccessDenied):
        await give_consent(ctx, user_id, client_id, [""], Scope.of("openid"))
    assert await ctx.store.consents.of_user(user_id, withdrawn=True) == []
