"""RFC 6749 §3.3: what is asked, what is registered, what is granted."""

import pytest

from support.token_side import bought, change_client, client_token
from support.world import PKCE, World, answer_of


@pytest.mark.parametrize("scope", ["nobody.knows", "openid nobody.knows", "photos.read x:y"])
async def test_an_unknown_scope_is_refused(shared_world: World, scope: str) -> None:
    """CONTRACT «Scope», THREATS 19"""
    assert answer_of(await shared_world.ask(pkce=PKCE, scope=scope))["error"] == "invalid_scope"
    own = await client_token(shared_world, scope=scope)
    assert (own.status, own.error) == (400, "invalid_scope")


async def test_a_scope_of_the_tenant_but_not_of_the_client_is_refused(shared_world: World) -> None:
    """CONTRACT «Scope», THREATS 19"""
    asked = await shared_world.ask(pkce=PKCE, scope="openid photos.print")
    assert answer_of(asked)["error"] == "invalid_scope"
    assert (await client_token(shared_world, scope="photos.print")).error == "invalid_scope"


async def test_policy_can_drop_unknown_ones_and_them_only(sqlite_world: World) -> None:
    """CONTRACT `unknown_scopes: ignore`"""
    await sqlite_world.settings(unknown_scopes="ignore")
    tokens = await bought(sqlite_world, scope="openid nobody.knows photos.read")
    assert tokens.body["scope"] == "openid photos.read"
    own = await client_token(sqlite_world, scope="photos.read nobody.knows")
    assert own.body["scope"] == "photos.read"
    assert (await client_token(sqlite_world, scope="photos.print")).error == "invalid_scope"


async def test_nothing_left_is_no_scope(sqlite_world: World) -> None:
    """RFC 6749 §3.3: a scope has at least one token."""
    await sqlite_world.settings(unknown_scopes="ignore")
    assert (await client_token(sqlite_world, scope="nobody.knows")).error == "invalid_scope"
    asked = await sqlite_world.ask(pkce=PKCE, scope="nobody.knows")
    assert answer_of(asked)["error"] == "invalid_scope"


async def test_omitted_it_is_the_clients_own_without_what_is_about_people(
    shared_world: World,
) -> None:
    """CONTRACT «Scope»: omitted"""
    await shared_world.add_client(
        "wide", scope="openid profile email offline_access photos.read photos.print"
    )
    own = await client_token(shared_world, "wide")
    assert own.body["scope"] == "photos.read photos.print"
    tokens = await bought(shared_world, client_id="wide", scope=None)
    assert tokens.body["scope"] == "photos.read photos.print"
    assert "id_token" not in tokens.body


async def test_a_client_without_a_scope_gets_a_token_that_says_none(sqlite_world: World) -> None:
    """RFC 6749 §5.1: scope is optional, and not empty."""
    await change_client(sqlite_world, "printer", scope="")
    own = await client_token(sqlite_world)
    assert own.status == 200
    assert "scope" not in own.body


async def test_sent_empty_is_omitted(shared_world: World) -> None:
    """RFC 6749 §3.2"""
    assert (await client_token(shared_world, scope="")).body["scope"] == "photos.read"


@pytest.mark.parametrize("scope", ['photos."read', "photos\\read", "photos\tread", "fotos.é", "\n"])
async def test_what_is_no_scope_token_is_refused(shared_world: World, scope: str) -> None:
    """RFC 6749 §3.3 and appendix A.4"""
    assert (await client_token(shared_world, scope=scope)).error == "invalid_scope"


async def test_order_and_repetition_do_not_matter(shared_world: World) -> None:
    """RFC 6749 §3.3"""
    tokens = await bought(shared_world, scope="photos.read openid photos.read  profile")
    assert tokens.body["scope"].split() == ["photos.read", "openid", "profile"]


async def test_its_case_matters(shared_world: World) -> None:
    """RFC 6749 §3.3"""
    assert (await client_token(shared_world, scope="PHOTOS.READ")).error == "invalid_scope"


async def test_the_answer_names_what_was_granted(shared_world: World) -> None:
    """RFC 6749 §5.1"""
    tokens = await bought(shared_world, scope="photos.read")
    assert tokens.body["scope"] == "photos.read"
    assert (await shared_world.introspect(tokens.access_token))["scope"] == "photos.read"
