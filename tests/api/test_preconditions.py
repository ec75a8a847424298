"""`ETag`, `If-Match` and `Idempotency-Key`."""

import asyncio

import httpx
import pytest

from support.api_world import ApiTenant
from support.sweeping import swept
from support.world import CALLBACK

NEW = {"client_id": "album", "redirect_uris": [CALLBACK]}
CHANGES = [
    ("/clients/printer", {"client_name": "New"}),
    ("/policy", {"access_token_lifetime": 60}),
    ("/scopes/photos.read", {"description": "New"}),
]


@pytest.mark.parametrize(("path", "change"), CHANGES)
async def test_a_change_says_of_what_it_is_one(
    api: ApiTenant, path: str, change: dict[str, object]
) -> None:
    """RFC 6585 §3, RFC 9110 §13.1.1"""
    admin = await api.admin()
    bare = await admin.send("PATCH", path, change)
    assert (bare.status_code, bare.json()["code"]) == (428, "precondition_required")
    stale = await admin.patch(path, change, If_Match='"stale"')
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    tag = (await admin.get(path)).headers["etag"]
    weak = await admin.patch(path, change, If_Match=f"W/{tag}")
    assert weak.status_code == 412
    done = await admin.patch(path, change, If_Match=f'"other", {tag}')
    assert done.status_code == 200, done.text
    assert done.headers["etag"] != tag
    assert (await admin.patch(path, change, If_Match=tag)).status_code == 412
    assert (await admin.send("DELETE", "/clients/printer")).status_code == 428


async def test_what_is_known_is_not_sent_again(api: ApiTenant) -> None:
    """RFC 9110 §13.1.2"""
    admin = await api.admin()
    tag = (await admin.get("/policy")).headers["etag"]
    same = await admin.get("/policy", If_None_Match=f"W/{tag}")
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)


async def test_of_ten_changes_at_once_one_counts(pg_api: ApiTenant) -> None:
    """No lost update: the tag is compared where changes take turns."""
    admin = await pg_api.admin()
    tag = (await admin.get("/clients/printer")).headers["etag"]
    changes = [
        admin.patch("/clients/printer", {"client_name": f"name {number}"}, If_Match=tag)
        for number in range(10)
    ]
    statuses = sorted([one.status_code for one in await asyncio.gather(*changes)])
    assert statuses == [200] + [412] * 9


async def test_a_creation_sent_again_is_done_once_and_answered_alike(api: ApiTenant) -> None:
    """draft-ietf-httpapi-idempotency-key-header §2.6"""
    admin = await api.admin()
    key = {"Idempotency_Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
    new = {"client_name": "Twice", "redirect_uris": [CALLBACK]}
    first, second = (
        await admin.post("/clients", new, **key),
        await admin.post("/clients", new, **key),
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json() and first.json()["client_secret"]
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    found = (await admin.get("/clients?q=twice")).json()["items"]
    assert len(found) == 1


async def test_a_key_with_another_request_is_refused(api: ApiTenant) -> None:
    """draft-ietf-httpapi-idempotency-key-header §2.7"""
    admin = await api.admin()
    await admin.post("/scopes", {"name": "one"}, Idempotency_Key="k1")
    other = await admin.post("/scopes", {"name": "two"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert (await admin.get("/scopes/two")).status_code == 404


async def test_a_key_is_its_callers_own(api: ApiTenant) -> None:
    robot, admin = await api.robot("consentry:scopes"), await api.admin()
    assert (await admin.post("/scopes", {"name": "hers"}, Idempotency_Key="k")).status_code == 201
    assert (await robot.post("/scopes", {"name": "its"}, Idempotency_Key="k")).status_code == 201


async def test_a_request_that_failed_leaves_its_key_free(api: ApiTenant) -> None:
    admin = await api.admin()
    key = {"Idempotency_Key": "again"}
    refused = await admin.post("/clients", {"client_id": "no space here", **CALL}, **key)
    assert refused.status_code == 422
    made = await admin.post("/clients", {"client_id": "no-space", **CALL}, **key)
    assert made.status_code == 201


CALL = {"redirect_uris": [CALLBACK]}


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ü".encode().decode("latin-1")])
async def test_a_malformed_key_is_refused(api: ApiTenant, key: str) -> None:
    admin = await api.admin()
    pairs = [*admin.headers.items(), ("Idempotency-Key", key)]
    sent = httpx.Headers([(name.encode(), value.encode("latin-1")) for name, value in pairs])
    refused = await admin.client.post("/api/v1/scopes", json={"name": "x"}, headers=sent)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_header")


async def test_of_five_creations_with_one_key_at_once_one_is_done(pg_api: ApiTenant) -> None:
    admin = await pg_api.admin()
    new = {"client_name": "At once", "redirect_uris": [CALLBACK]}
    made = await asyncio.gather(
        *[admin.post("/clients", new, Idempotency_Key="at-once") for _ in range(5)]
    )
    assert {one.status_code for one in made} == {201}
    assert len({one.json()["client_id"] for one in made}) == 1


async def test_an_answer_is_kept_for_a_day_and_sealed(api_tenant: ApiTenant) -> None:
    """THREATS 52, 57"""
    admin, store = await api_tenant.admin(), api_tenant.world.deployment.store
    made = await admin.post("/clients", NEW, Idempotency_Key="sealed")
    secret = made.json()["client_secret"].encode()
    path = api_tenant.world.deployment.settings.database_url.removeprefix("sqlite:///")
    for suffix in ("", "-wal"):
        with open(path + suffix, "rb") as file:  # noqa: ASYNC230
            assert secret not in file.read()
    api_tenant.world.clock.forward(86_401)
    assert (await swept(store, api_tenant.world.clock(), batch=10))["kept_answer"] == 1
