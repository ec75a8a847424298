"""What is on record of a request that was served."""

from datetime import timedelta
from uuid import UUID, uuid4

from consentry.records.transient import Success
from consentry.tenancy.successes import (
    MOST_A_CLIENT,
    MOST_CLIENTS_OF_A_TENANT,
    MOST_PENDING,
    SuccessLog,
)
from support.signing import KEY, add_oauth1_client, token_credentials, whoami
from support.world import World


async def written(world: World, client_id: str) -> list[tuple[str, str]]:
    """Endpoint and outcome of what is on record, oldest first."""
    await world.deployment.successes.flush(world.deployment.store)
    found = await world.store().successes.page(client_id, limit=100)
    return [(one.endpoint, one.outcome) for one in reversed(found)]


async def test_a_request_that_was_served_is_found_by_the_id_of_its_answer(
    sqlite_world: World,
) -> None:
    """PAGES Requests: time, endpoint, outcome, id"""
    answer = await sqlite_world.post("/oauth2/token", {"grant_type": "client_credentials"})
    await sqlite_world.deployment.successes.flush(sqlite_world.deployment.store)
    found = await sqlite_world.store().successes.get(UUID(hex=answer.headers["x-request-id"]))
    assert found is not None
    assert (found.client_id, found.endpoint, found.outcome) == (
        "printer",
        "token",
        "client_credentials",
    )
    assert abs(found.created_at - sqlite_world.clock()) < timedelta(minutes=1)


async def test_each_step_of_a_sign_in_is_on_record(sqlite_world: World) -> None:
    tokens = await sqlite_world.redeem(await sqlite_world.authorize())
    assert await written(sqlite_world, "printer") == [
        ("authorization", "code issued"),
        ("token", "authorization_code"),
    ]
    assert await sqlite_world.is_active(tokens.access_token)
    assert not await sqlite_world.is_active("nonsense")
    seen = (await written(sqlite_world, "printer"))[2:]
    assert sorted(seen) == [("introspection", "active token"), ("introspection", "inactive token")]


async def test_each_step_of_oauth1_is_on_record(sqlite_world: World) -> None:
    await add_oauth1_client(sqlite_world)
    credentials = await token_credentials(sqlite_world)
    seen = await written(sqlite_world, KEY)
    assert (await whoami(sqlite_world, credentials)).status_code == 200
    seen += (await written(sqlite_world, KEY))[len(seen) :]
    assert [outcome for _, outcome in seen] == [
        "temporary credentials issued",
        "verifier issued",
        "token credentials issued",
        "signed request",
    ]


async def test_what_was_refused_is_not_among_them(sqlite_world: World) -> None:
    await sqlite_world.token({"grant_type": "client_credentials", "scope": "nonsense"})
    assert await written(sqlite_world, "printer") == []


async def test_of_many_at_once_a_few_are_kept(sqlite_world: World) -> None:
    """THREATS 57"""
    for _ in range(MOST_A_CLIENT + 4):
        await sqlite_world.token({"grant_type": "client_credentials"})
    assert len(await written(sqlite_world, "printer")) == MOST_A_CLIENT
    await sqlite_world.token({"grant_type": "client_credentials"})
    assert len(await written(sqlite_world, "printer")) == MOST_A_CLIENT + 1


async def test_no_tenant_takes_the_room_of_the_others(sqlite_world: World) -> None:
    """THREATS 57"""
    log, now = SuccessLog(), sqlite_world.clock()

    def flood(tenant_id: UUID) -> None:
        for number in range(100):
            client_id = f"client-{number % 50}"
            if log.has_room(tenant_id, client_id):
                log.add(
                    Success(
                        tenant_id=tenant_id, success_id=uuid4(), client_id=client_id,
                        endpoint="token", outcome="refresh_token", created_at=now,
                    )
                )  # fmt: skip

    busy, others = sqlite_world.tenants["photos"], [uuid4() for _ in range(MOST_PENDING)]
    flood(busy)
    kept = sum(len(waiting) for waiting in log._pending[busy].values())
    assert kept <= MOST_CLIENTS_OF_A_TENANT * MOST_A_CLIENT < MOST_PENDING
    for one in others:
        flood(one)
    assert sum(len(w) for of in log._pending.values() for w in of.values()) == MOST_PENDING
    await log.flush(sqlite_world.deployment.store)
    assert len(await sqlite_world.store().successes.page("client-0", limit=100)) == 2
    assert log.has_room(busy, "client-0")


async def test_successes_stay_with_their_tenant(sqlite_world: World) -> None:
    """THREATS 38"""
    await sqlite_world.add_tenant("music")
    await sqlite_world.token({"grant_type": "client_credentials"})
    await sqlite_world.deployment.successes.flush(sqlite_world.deployment.store)
    assert await sqlite_world.store("music").successes.page("printer", limit=9) == []
