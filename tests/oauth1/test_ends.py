"""How token credentials end: by time, by the person, by the developer, by the client itself."""

import secrets

import pytest
from pydantic import SecretStr

from consentry.operations import client_secrets, clients, keys, users
from consentry.records.key import TenantKey
from consentry.spec.oauth1.signing import Credentials
from consentry.tenancy.context import TenantContext, open_tenant
from support.people import withdraw_app
from support.signing import (
    KEY,
    add_oauth1_client,
    approve,
    exchange,
    initiate,
    returned,
    token_credentials,
    whoami,
)
from support.sweeping import swept
from support.token_side import another_process, change_client, disable_client
from support.world import SECRET, World, hidden, running_world


async def context(world: World) -> TenantContext:
    """The tenant as an operation is given it."""
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    return await open_tenant(world.deployment, row)


async def word(world: World, credentials: Credentials) -> str:
    """Why the credentials do not count, or the scope they have."""
    answer = (await whoami(world, credentials)).json()
    return str(answer.get("code") or answer["scope"])


# The person


async def test_withdrawn_access_ends_at_once_at_every_process(pg_database: str) -> None:
    """THREATS 16; issue: revocation by the user"""
    async with running_world(pg_database) as world, another_process(world) as other:
        await add_oauth1_client(world)
        await add_oauth1_client(world, "stays")
        held, stays = await token_credentials(world), await token_credentials(world, "stays")
        assert await word(other, held) == "photos.read photos.print"
        page = await world.browser.get("/account/apps")
        assert f"{KEY}.example.com" in page.text and "See your photos" in page.text
        await withdraw_app(world.browser, KEY)
        assert await word(other, held) == "token_revoked"
        assert await word(world, held) == "token_revoked"
        assert await word(other, stays) == "photos.read photos.print"
        # What was forgotten is asked again.
        again = await initiate(world)
        asked = await world.browser.get(
            "/oauth1/authorize", params={"oauth_token": again["oauth_token"]}
        )
        assert asked.headers["location"].startswith("/consent?")


async def test_a_new_password_ends_them(each_world: World) -> None:
    """THREATS 16"""
    held = await token_credentials(each_world)
    await users.set_password(await context(each_world), "jane", "another battery staple")
    assert await word(each_world, held) == "token_revoked"


async def test_they_outlive_the_login_that_made_them(world: World) -> None:
    """RFC 5849 §4.10 knows no end: none by default"""
    held = await token_credentials(world)
    page = await world.browser.get("/logout")
    await world.browser.post("/logout", data={**hidden(page), "decision": "logout"})
    world.clock.forward(10 * 365 * 86_400)
    await swept(world.deployment.store, world.clock(), batch=1_000)
    assert await word(world, held) == "photos.read photos.print"


async def test_a_disabled_person_is_stood_for_by_nobody_until_enabled(each_world: World) -> None:
    """THREATS 16"""
    held = await token_credentials(each_world)
    ctx = await context(each_world)
    await users.disable_user(ctx, "jane")
    assert await word(each_world, held) == "token_rejected"
    await users.enable_user(ctx, "jane")
    assert await word(each_world, held) == "photos.read photos.print"
    await users.delete_user(ctx, "jane")
    assert await word(each_world, held) == "token_rejected"


# Policy


async def test_policy_may_give_them_an_end(each_world: World) -> None:
    """S0 create_token_credential: 1.0a has none, policy may add one"""
    each_world.clock.hold()
    await each_world.settings(oauth1_token_lifetime=3_600)
    held = await token_credentials(each_world)
    each_world.clock.forward(3_590)
    assert await word(each_world, held) == "photos.read photos.print"
    each_world.clock.forward(20)
    assert await word(each_world, held) == "token_expired"


async def test_a_shorter_policy_does_not_reach_back(world: World) -> None:
    held = await token_credentials(world)
    await world.settings(oauth1_token_lifetime=60)
    world.clock.forward(120)
    assert await word(world, held) == "photos.read photos.print"


# The developer


async def test_a_disabled_clients_tokens_end_until_it_is_enabled(each_world: World) -> None:
    """THREATS 16"""
    held = await token_credentials(each_world)
    ctx = await context(each_world)
    await clients.disable_client(ctx, KEY)
    each_world.forget()
    assert await word(each_world, held) == "consumer_key_refused"
    assert await word(each_world, Credentials(KEY, SECRET)) == "consumer_key_refused"
    await clients.enable_client(ctx, KEY)
    each_world.forget()
    assert await word(each_world, held) == "photos.read photos.print"
    await clients.delete_client(ctx, KEY)
    each_world.forget()
    assert await word(each_world, held) == "signature_invalid"


async def test_a_process_that_still_knows_the_client_as_enabled_asks_the_row(
    sqlite_database: str,
) -> None:
    """THREATS 16: liveness is read, not cached"""
    async with running_world(sqlite_database) as world:
        await add_oauth1_client(world)
        held, own = await token_credentials(world), Credentials(KEY, SECRET)
        for credentials in (held, own):
            assert (await whoami(world, credentials)).status_code == 200
        async with another_process(world) as other:
            await disable_client(other, KEY)
        assert await word(world, held) in ("token_rejected", "consumer_key_refused")
        assert await word(world, own) == "consumer_key_refused"
        assert (await initiate(world)).problem == "consumer_key_refused"


async def test_old_and_new_secret_both_sign_while_they_overlap(world: World) -> None:
    """DESIGN 3: several client secrets at once"""
    held = await token_credentials(world)
    new = await client_secrets.rotate_secret(await context(world), KEY, overlap_s=60)
    world.forget()
    renewed = Credentials(KEY, new, held.token, held.token_secret)
    for credentials in (held, renewed, Credentials(KEY, SECRET), Credentials(KEY, new)):
        assert (await whoami(world, credentials)).status_code == 200
    world.clock.forward(61)
    assert await word(world, held) == "signature_invalid"
    assert await word(world, renewed) == "photos.read photos.print"
    assert await word(world, Credentials(KEY, SECRET)) == "signature_invalid"


async def test_an_exchange_may_be_signed_by_the_next_secret(world: World) -> None:
    temporary = await initiate(world)
    verifier = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    new = await client_secrets.rotate_secret(await context(world), KEY)
    world.forget()
    assert (await exchange(world, temporary, verifier)).problem == "signature_invalid"
    assert (await exchange(world, temporary, verifier, client_secret=new)).status == 200


async def test_a_client_that_may_have_less_gets_less(world: World) -> None:
    """THREATS 19: what is registered narrows what was approved, and never widens it"""
    held = await token_credentials(world)
    narrow = await initiate(world, path="/oauth1/initiate?scope=photos.read")
    verifier = returned(await approve(world, narrow["oauth_token"]))["oauth_verifier"]
    bought = await exchange(world, narrow, verifier)
    reading = Credentials(KEY, SECRET, bought["oauth_token"], bought["oauth_token_secret"])
    await change_client(world, KEY, scope="photos.print")
    assert await word(world, held) == "photos.print"
    assert await word(world, reading) == ""
    await change_client(world, KEY, scope="photos.read photos.print profile")
    assert await word(world, held) == "photos.read photos.print"
    assert await word(world, reading) == "photos.read"


async def test_a_client_that_stops_speaking_oauth1_has_no_tokens_of_it(world: World) -> None:
    held = await token_credentials(world)
    await change_client(world, KEY, protocols=["oauth2"], token_endpoint_auth_method="none",
                        grant_types=["authorization_code"])  # fmt: skip
    assert await word(world, held) == "signature_invalid"


# The client itself


async def test_a_client_gives_its_own_token_up(each_world: World) -> None:
    """RFC 7009 §2.1; issue: revocation by RFC 7009"""
    held, other = await token_credentials(each_world), await token_credentials(each_world)
    assert held.token is not None
    answer = await each_world.revoke(held.token, client_id=KEY)
    assert (answer.status_code, answer.content) == (200, b"")
    assert await word(each_world, held) == "token_revoked"
    assert await word(each_world, other) == "photos.read photos.print"


async def test_another_client_cannot(world: World) -> None:
    """RFC 7009 §2.1, THREATS 18: and is told nothing"""
    await add_oauth1_client(world, "other")
    held = await token_credentials(world)
    assert held.token is not None
    for client_id in ("other", "printer"):
        answer = await world.revoke(held.token, client_id=client_id)
        assert (answer.status_code, answer.content) == (200, b"")
    assert (await world.revoke(held.token, client_id=KEY, secret="wrong")).status_code == 401
    assert await word(world, held) == "photos.read photos.print"


async def test_an_oauth1_token_is_no_bearer_token(world: World) -> None:
    """THREATS 32: its text alone, without a signature, opens nothing"""
    held = await token_credentials(world)
    assert held.token is not None
    async with world.new_browser() as client:
        for path in ("/oauth2/userinfo", "/api/v1/whoami"):
            bearer = {"Authorization": f"Bearer {held.token}"}
            assert (await client.get(path, headers=bearer)).status_code == 401
    assert not await world.is_active(held.token)
    assert (await world.refresh(held.token)).error == "invalid_grant"


# Keys of the tenant


async def add_data_key(world: World, version: int) -> None:
    """From now on the tenant seals under a newer data key, beside the old ones."""
    tenant_id, secret = world.tenants["photos"], secrets.token_bytes(32)
    wrapped = world.deployment.root_keys.wrap(tenant_id.bytes, "data", version, secret)
    await world.store().keys.add_tenant_key(
        TenantKey(
            tenant_id=tenant_id, purpose="data", version=version, wrapped=wrapped,
            created_at=world.clock(), active_at=world.clock(),
        )
    )  # fmt: skip
    world.forget()


@pytest.mark.parametrize("version", [2, 65_535])
async def test_credentials_of_every_kind_outlive_a_rotated_data_key(
    world: World, version: int
) -> None:
    """THREATS 53: the old key is kept, so everything derived from it is"""
    held, temporary = await token_credentials(world), await initiate(world)
    decided = await initiate(world)
    verifier = returned(await approve(world, decided["oauth_token"]))["oauth_verifier"]
    await add_data_key(world, version)
    assert await word(world, held) == "photos.read photos.print"
    assert (await exchange(world, decided, verifier)).status == 200
    late = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    bought = await exchange(world, temporary, late)
    assert bought.status == 200
    newer = await token_credentials(world)
    assert newer.token is not None and held.token is not None
    assert newer.token[:10] != held.token[:10]
    assert await word(world, newer) == "photos.read photos.print"


async def test_credentials_outlive_a_new_root_key(sqlite_database: str) -> None:
    """CONTRACT: CONSENTRY_SECRET_KEY rotates, `key rewrap`"""
    old, new = "only-for-tests-" * 4, "another-for-tests-" * 4
    async with running_world(sqlite_database, secret_key=old) as world:
        await add_oauth1_client(world)
        held = await token_credentials(world)
        async with another_process(world, secret_key=SecretStr(f"{new},{old}")) as both:
            assert (await keys.rewrap(both.deployment)).keys > 0
        async with another_process(world, secret_key=SecretStr(new)) as renewed:
            assert await word(renewed, held) == "photos.read photos.print"
