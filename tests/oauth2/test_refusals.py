"""Every refused request has an id and a record, with nothing secret in it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from consentry.records.transient import Refusal
from consentry.tenancy.refusals import MOST_A_TENANT, MOST_PENDING, RefusalLog
from support.assertions import claims, hs256, prove
from support.token_side import FORM, basic, bought, change_client, send
from support.world import CALLBACK, PASSWORD, PKCE, SECRET, World


async def recorded(world: World, request_id: str, slug: str = "photos") -> Refusal:
    """The record of one request, stored."""
    await world.deployment.refusals.flush(world.deployment.store)
    found = await world.store(slug).refusals.get(UUID(hex=request_id))
    assert found is not None
    return found


async def test_a_record_says_who_where_and_which_rule(world: World) -> None:
    """Issue: tenant, client, endpoint, rule, received, registered"""
    await world.add_client("web", grant_types=["authorization_code"])
    answer = await world.post(
        "/oauth2/token", {"grant_type": "client_credentials"}, client_id="web"
    )
    found = await recorded(world, answer.headers["x-request-id"])
    assert found.tenant_id == world.tenants["photos"]
    assert (found.client_id, found.endpoint) == ("web", "token")
    assert (found.error, found.rule) == ("unauthorized_client", "grant_types")
    assert (found.received, found.registered) == ("client_credentials", "authorization_code")
    assert abs((world.clock() - found.created_at).total_seconds()) < 30


REQUESTS = {
    "token": ("/oauth2/token", "grant_type=x", "unsupported_grant_type"),
    "introspection": ("/oauth2/introspect", "x=y", "invalid_request"),
    "revocation": ("/oauth2/revoke", "x=y", "invalid_request"),
}


@pytest.mark.parametrize("endpoint", REQUESTS)
async def test_every_endpoint_records(shared_world: World, endpoint: str) -> None:
    path, body, error = REQUESTS[endpoint]
    answer = await send(shared_world, path, body, headers=[FORM, basic()])
    found = await recorded(shared_world, answer.headers["x-request-id"])
    assert (found.endpoint, found.error, found.client_id) == (endpoint, error, "printer")


async def test_userinfo_and_authorize_record_too(shared_world: World) -> None:
    answer = await shared_world.userinfo("x")
    found = await recorded(shared_world, answer.headers["x-request-id"])
    assert (found.endpoint, found.error) == ("userinfo", "invalid_token")
    wrong = CALLBACK + "/elsewhere"
    page = await shared_world.ask(pkce=PKCE, redirect_uri=wrong)
    found = await recorded(shared_world, page.headers["x-request-id"])
    assert (found.endpoint, found.client_id) == ("authorization", "printer")
    assert (found.received, found.registered) == (wrong, CALLBACK)
    assert page.headers["x-request-id"] in page.text.replace("-", "")


async def test_the_claimed_client_is_named_even_where_it_did_not_prove_itself(
    shared_world: World,
) -> None:
    for headers, body in (([FORM, basic("nobody", "x")], ""), ([FORM], "client_id=nobody")):
        answer = await send(shared_world, "/oauth2/token", body, headers=headers)
        found = await recorded(shared_world, answer.headers["x-request-id"])
        assert (found.client_id, found.error) == ("nobody", "invalid_client")


async def test_nothing_secret_is_recorded(shared_world: World) -> None:
    """THREATS 54"""
    world = shared_world
    tokens, code = await bought(world), await world.authorize()
    await world.add_client("other")
    assertion = hs256("wrong" * 8, claims(world, "printer"))
    wrong = "a-secret-that-is-wrong"
    answers = [
        await world.post("/oauth2/token", {"grant_type": "x", "client_secret": SECRET}),
        await world.post("/oauth2/token", {"grant_type": "x"}, secret=wrong),
        *[
            await world.post("/oauth2/token", data, client_id="other")
            for data in (
                {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
                 "code_verifier": PKCE.verifier},
                {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token},
                {"grant_type": "password", "username": "jane", "password": PASSWORD},
                {"client_assertion": assertion, "client_assertion_type": assertion},
            )
        ],
        await world.userinfo(tokens.refresh_token),
        await send(world, f"/oauth2/token?code={code}", f"x={SECRET}", headers=[FORM]),
    ]  # fmt: skip
    secrets = [SECRET, wrong, PASSWORD, code, PKCE.verifier, assertion, *_parts(assertion)]
    secrets += [tokens.refresh_token, tokens.access_token]
    assert all(400 <= one.status_code < 500 for one in answers)
    for one in answers:
        found = await recorded(world, one.headers["x-request-id"])
        kept = f"{found.rule}|{found.received}|{found.registered}|{found.client_id}|{one.text}"
        assert not [text for text in secrets if text in kept], kept


def _parts(jws: str) -> list[str]:
    return jws.split(".")[1:]


async def test_a_bad_assertion_is_explained_to_its_owner_only(shared_world: World) -> None:
    """Issue: the portal will show it"""
    await shared_world.add_client("signer", token_endpoint_auth_method="client_secret_jwt")
    late = claims(shared_world, "signer", exp=1)
    answer = await prove(shared_world, hs256(SECRET, late))
    assert "expired" not in answer.body["error_description"]
    await shared_world.deployment.refusals.flush(shared_world.deployment.store)
    (found,) = await shared_world.store().refusals.page(client_id="signer", limit=1)
    assert "expired" in found.rule


async def test_what_is_recorded_is_short_and_can_be_stored(world: World) -> None:
    """THREATS 56, 57"""
    body = b"grant_type=" + b"x" * 60_000
    answer = await send(world, "/oauth2/token", body, headers=[FORM, basic()])
    found = await recorded(world, answer.headers["x-request-id"])
    assert len(found.received) <= 500
    uri = "http://127.0.0.1:9999/" + "é" * 4_000
    page = await world.ask(pkce=PKCE, redirect_uri=uri)
    assert len((await recorded(world, page.headers["x-request-id"])).received) <= 500
    long = await send(world, "/oauth2/token", "x=y", headers=[FORM, basic("c" * 5_000, "x")])
    found = await recorded(world, long.headers["x-request-id"])
    assert found.client_id == "c" * 255


async def test_records_stay_with_their_tenant(sqlite_world: World) -> None:
    """THREATS 38"""
    await sqlite_world.add_tenant("music")
    answer = await send(sqlite_world, "/oauth2/token", "x=y", slug="music", headers=[FORM])
    request_id = answer.headers["x-request-id"]
    assert (await recorded(sqlite_world, request_id, "music")).tenant_id == (
        sqlite_world.tenants["music"]
    )
    assert await sqlite_world.store().refusals.get(UUID(hex=request_id)) is None


async def test_a_success_leaves_no_refusal(sqlite_world: World) -> None:
    answer = await sqlite_world.post("/oauth2/token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200
    await sqlite_world.deployment.refusals.flush(sqlite_world.deployment.store)
    assert await sqlite_world.store().refusals.page() == []


async def test_many_at_once_have_a_record_each(world: World) -> None:
    await change_client(world, "printer", grant_types=["authorization_code"])
    answers = await asyncio.gather(
        *(world.post("/oauth2/token", {"grant_type": "client_credentials"}) for _ in range(40))
    )
    await world.deployment.refusals.flush(world.deployment.store)
    stored = {one.refusal_id.hex for one in await world.store().refusals.page(limit=100)}
    assert {one.headers["x-request-id"] for one in answers} <= stored


async def test_a_flood_is_not_kept_whole(sqlite_world: World) -> None:
    """THREATS 57"""
    log, now = RefusalLog(), sqlite_world.clock()

    def flood(tenant_id: UUID, count: int) -> None:
        for _ in range(count):
            log.add(
                Refusal(
                    tenant_id=tenant_id, refusal_id=uuid4(), endpoint="token",
                    error="invalid_client", created_at=now,
                )
            )  # fmt: skip

    flood(sqlite_world.tenants["photos"], MOST_A_TENANT + 50)
    others = [uuid4() for _ in range(MOST_PENDING // MOST_A_TENANT + 2)]
    for one in others:
        flood(one, MOST_A_TENANT)
    await log.flush(sqlite_world.deployment.store)
    store = sqlite_world.deployment.store
    kept = [len(await store.inside(one).refusals.page(limit=10_000)) for one in others]
    assert len(await sqlite_world.store().refusals.page(limit=10_000)) == MOST_A_TENANT
    assert sum(kept) == MOST_PENDING - MOST_A_TENANT
