"""Who a person is to different clients (OIDC Core §8)."""

import pytest

from consentry.operations.keys import rotate_key
from consentry.tenancy.context import open_tenant
from support.people import bought, id_claims
from support.world import World

PRINT, PRINT_TOO, SHARE = (
    "https://print.example/cb", "https://print.example/other", "https://share.example/cb"
)  # fmt: skip


async def sub_of(world: World, client_id: str, redirect_uri: str, username: str = "jane") -> str:
    """The `sub` of an ID token and of userinfo, which must be one."""
    async with world.new_browser() as browser:
        code = await world.authorize(
            browser, username=username, client_id=client_id, redirect_uri=redirect_uri
        )
    changes = {"redirect_uri": redirect_uri}
    answer = (await world.redeem(code, client_id=client_id, changes=changes)).body
    sub = str((await id_claims(world, answer["id_token"], client_id=client_id))["sub"])
    assert (await world.userinfo(answer["access_token"])).json()["sub"] == sub
    found = await world.introspect(answer["access_token"], client_id=client_id)
    assert found["sub"] == sub
    return sub


@pytest.fixture
async def pairwise(world: World) -> World:
    """Three clients with pairwise subjects; two share a sector."""
    for client_id, uri in (("print", PRINT), ("print-too", PRINT_TOO), ("share", SHARE)):
        await world.add_client(client_id, redirect_uris=[uri], subject_type="pairwise")
    return world


async def test_pairwise_subjects_differ_by_sector_alone(pairwise: World) -> None:
    """OIDC Core §8.1"""
    first = await sub_of(pairwise, "print", PRINT)
    assert await sub_of(pairwise, "print-too", PRINT_TOO) == first
    assert await sub_of(pairwise, "share", SHARE) != first


async def test_pairwise_subjects_differ_by_person(pairwise: World) -> None:
    """OIDC Core §8.1"""
    await pairwise.add_user("john")
    jane = await sub_of(pairwise, "print", PRINT)
    assert await sub_of(pairwise, "print", PRINT, "john") != jane


async def test_a_pairwise_subject_does_not_tell_the_public_one(pairwise: World) -> None:
    """OIDC Core §8.1: not reversible."""
    jane = await pairwise.store().users.by_identifier("jane")
    assert jane is not None
    assert str(jane.user_id) not in await sub_of(pairwise, "print", PRINT)


async def test_a_subject_outlives_the_keys_that_sign_it(pairwise: World) -> None:
    """OIDC Core §8.1, THREATS 53"""
    before = await sub_of(pairwise, "print", PRINT)
    row = await pairwise.deployment.store.tenants.get(pairwise.tenants["photos"])
    assert row is not None
    await rotate_key(await open_tenant(pairwise.deployment, row), "RS256")
    pairwise.forget()
    assert await sub_of(pairwise, "print", PRINT) == before


async def test_public_subjects_are_one_for_all(world: World) -> None:
    """OIDC Core §8"""
    await world.add_client("other")
    first = await id_claims(world, (await bought(world))["id_token"])
    second = await bought(world, client_id="other")
    assert (await id_claims(world, second["id_token"], client_id="other"))["sub"] == first["sub"]


async def test_a_hint_with_a_pairwise_subject_finds_its_person(pairwise: World) -> None:
    """OIDC Core §3.1.2.1 id_token_hint, §8"""
    world = pairwise
    code = await world.authorize(client_id="print", redirect_uri=PRINT)
    bought_tokens = await world.redeem(code, client_id="print", changes={"redirect_uri": PRINT})
    hint = bought_tokens.body["id_token"]
    again = await world.ask(
        client_id="print", redirect_uri=PRINT, prompt="none", id_token_hint=hint,
        code_challenge="x" * 43, code_challenge_method="S256",
    )  # fmt: skip
    assert "code=" in again.headers["location"]
