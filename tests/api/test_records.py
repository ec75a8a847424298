"""What happened: authorizations, refusals, uses and the audit trail, page by page."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from consentry.api.models.common import cursor
from support.api_world import ApiTenant, Caller


async def every(caller: Caller, path: str, name: str, limit: int = 2) -> list[str]:
    """One member of every item of a list, read page by page."""
    found, after, joint = [], "", "&" if "?" in path else "?"
    for _ in range(20):
        answer = await caller.get(f"{path}{joint}limit={limit}{after}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += [str(one[name]) for one in page["items"]]
        if "next" not in page:
            return found
        after = f"&after={page['next']}"
    raise AssertionError("the list does not end")


async def test_authorizations_are_listed_revoked_one_by_one_and_all(
    api_tenant: ApiTenant,
) -> None:
    world, admin = api_tenant.world, await api_tenant.admin()
    await world.add_client("other")
    browser = world.new_browser()
    tokens = [await world.redeem(await world.authorize(browser)) for _ in range(5)]
    code = await world.authorize(browser, client_id="other")
    kept = await world.redeem(code, client_id="other")
    jane = api_tenant.people["jane"]
    assert len(await every(admin, "/authorizations", "id")) == 6
    ids = await every(admin, f"/authorizations?user_id={jane}&client_id=printer", "id")
    assert len(set(ids)) == 5
    seen = (await admin.get(f"/authorizations/{ids[0]}")).json()
    assert (seen["client_id"], seen["user_id"]) == ("printer", str(jane))
    assert (await admin.delete(f"/authorizations/{ids[0]}")).status_code == 204
    assert (await admin.delete(f"/authorizations/{ids[0]}")).status_code == 404
    assert sorted([await world.is_active(one.access_token) for one in tokens]) == [
        False, *[True] * 4,
    ]  # fmt: skip
    ended = await admin.post("/authorizations/revoke", {"client_id": "printer"})
    assert ended.json() == {"ended": 4}
    assert not any([await world.is_active(one.access_token) for one in tokens])
    assert await world.is_active(kept.access_token, client_id="other")
    assert (await admin.post("/authorizations/revoke", {})).status_code == 422
    ended = await admin.post("/authorizations/revoke", {"user_id": str(jane)})
    assert ended.json() == {"ended": 1}


async def test_refusals_are_told_newest_first(api_tenant: ApiTenant) -> None:
    world, admin = api_tenant.world, await api_tenant.admin()
    for number in range(5):
        world.clock.forward(1)
        grant = {"grant_type": "client_credentials", "scope": f"nonsense{number}"}
        assert (await world.token(grant)).error == "invalid_scope"
    await world.token({"grant_type": "client_credentials"}, client_id="gallery", secret="wrong")
    await world.deployment.refusals.flush(world.deployment.store)
    mine = await every(admin, "/refusals?client_id=printer", "received")
    assert mine == [f"nonsense{number}" for number in (4, 3, 2, 1, 0)]
    assert len(await every(admin, "/refusals", "refusal_id")) >= 6
    dan = await api_tenant.signed_in("dan")
    seen = await every(dan, "/refusals?client_id=gallery", "error")
    assert seen == ["invalid_client"]


async def test_requests_of_an_app_are_told_newest_first(api_tenant: ApiTenant) -> None:
    world, admin, grant = api_tenant.world, await api_tenant.admin(), "client_credentials"
    for number in range(3):
        world.clock.forward(1)
        assert (await world.token({"grant_type": grant})).status == 200
        world.clock.forward(1)
        await world.token({"grant_type": grant, "scope": f"nonsense{number}"})
    await world.deployment.refusals.flush(world.deployment.store)
    await world.deployment.successes.flush(world.deployment.store)
    all_of = "/clients/printer/requests"
    assert await every(admin, all_of, "outcome") == ["refused", "served"] * 3
    assert await every(admin, f"{all_of}?outcome=served", "result") == [grant] * 3
    assert await every(admin, f"{all_of}?outcome=refused", "received") == [
        "nonsense2", "nonsense1", "nonsense0",
    ]  # fmt: skip
    ids = await every(admin, all_of, "request_id")
    for id, outcome in zip(ids, ("refused", "served"), strict=False):
        assert (await admin.get(f"{all_of}/{id}")).json()["outcome"] == outcome
    assert "rule" not in (await admin.get(f"{all_of}/{ids[1]}")).json()
    dan = await api_tenant.signed_in("dan")
    for asked in (all_of, f"{all_of}/{ids[0]}", f"{all_of}/{ids[1]}"):
        assert (await dan.get(asked)).status_code == 404
    for id in ids[:2]:
        assert (await dan.get(f"/clients/gallery/requests/{id}")).status_code == 404
    assert (await admin.get(f"{all_of}?outcome=else")).status_code == 400


async def test_uses_are_told_by_client_and_protocol(api_tenant: ApiTenant) -> None:
    world, admin = api_tenant.world, await api_tenant.admin()
    now, uses = world.clock(), []
    from consentry.records.client import ClientUse

    for client_id in ("gallery", "printer"):
        for protocol in ("oauth1", "oauth2"):
            uses.append(
                ClientUse(
                    tenant_id=world.tenants["photos"], client_id=client_id, protocol=protocol,
                    last_used_at=now,
                )
            )  # fmt: skip
    await world.store().clients.used(uses)
    assert await every(admin, "/usage", "client_id", 3) == ["gallery"] * 2 + ["printer"] * 2
    assert await every(admin, "/usage?client_id=printer", "protocol", 1) == ["oauth1", "oauth2"]


async def test_the_audit_trail_is_told_and_narrowed(api_tenant: ApiTenant) -> None:
    admin, clock = await api_tenant.admin(), api_tenant.world.clock
    started = clock()
    for name in ("a.read", "b.read", "c.read"):
        clock.forward(10)
        await admin.post("/scopes", {"name": name})
    assert await every(admin, "/audit?action=scope.create", "target_id") == [
        "c.read", "b.read", "a.read",
    ]  # fmt: skip
    one = await every(admin, "/audit?target_kind=scope&target_id=b.read", "actor_name")
    assert one == ["ada"]
    since = quote((started + timedelta(seconds=25)).isoformat())
    assert await every(admin, f"/audit?since={since}&action=scope.create", "target_id") == [
        "c.read"
    ]
    until = await every(admin, f"/audit?until={since}&action=scope.create", "target_id")
    assert until == ["b.read", "a.read"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("since=2026-05-04T12:00:00", "since"),
        ("target_kind=scope", "target_kind"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("nonsense=1", "nonsense"),
        ("after=x", "after"),
        (f"after={cursor(['9' * 20])}", "after"),
        ("since=0001-01-01T00:00:00%2B14:00", "since"),
        ("until=9999-12-31T23:59:59-14:00", "until"),
        ("actor_id=%00", "actor_id"),
    ],
)
async def test_a_wrong_parameter_is_named(api: ApiTenant, query: str, path: str) -> None:
    refused = await (await api.admin()).get(f"/audit?{query}")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, path)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_cursor_past_the_end_of_time_is_refused(api: ApiTenant, moment: str) -> None:
    after = cursor([moment, "0" * 32])
    refused = await (await api.admin()).get(f"/refusals?after={after}")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "after")


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "%ff=1", "q=%ff", "=", "a", "&".join("abcdefghijklmnopqrstuvwxyz")]
)
async def test_a_malformed_query_is_refused(api: ApiTenant, query: str) -> None:
    """THREATS 12, 56"""
    refused = await (await api.admin()).get(f"/users?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": "a", "name": "b"}', "application/json", 400),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": "a"}', "text/plain", 415),
        (b"name=a", "application/x-www-form-urlencoded", 415),
        (b'{"name": 7}', "application/json; charset=utf-8", 422),
        (b'{"name": "a\\u0000b"}', "application/json", 422),
        (b'{"name": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_is_none_is_refused(
    api: ApiTenant, body: bytes, content_type: str, status: int
) -> None:
    """THREATS 56"""
    admin = await api.admin()
    headers = {**admin.headers, "Content-Type": content_type}
    refused = await admin.client.post("/api/v1/scopes", content=body, headers=headers)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["status"] == status


async def test_what_postgresql_cannot_keep_is_refused_before_it_is_asked(
    pg_api: ApiTenant,
) -> None:
    """THREATS 56"""
    admin = await pg_api.admin()
    for path in ("/clients?q=%00", "/users?q=a%00", "/usage?client_id=%00"):
        assert (await admin.get(path)).status_code == 400
    member = await admin.send("PUT", "/clients/gallery/members", {"user": "dan\0"})
    assert (member.status_code, member.json()["errors"][0]["path"]) == (422, "user")
    revoked = await admin.post("/authorizations/revoke", {"client_id": "\0"})
    assert (revoked.status_code, revoked.json()["errors"][0]["path"]) == (422, "client_id")


async def test_more_hours_than_are_told_at_once_are_refused(api: ApiTenant) -> None:
    admin = await api.admin()
    assert (await admin.get("/usage/counts?by=hour&last=168")).status_code == 200
    refused = await admin.get("/usage/counts?by=hour&last=169")
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"path": "last", "message": "must be 1 to 168"}]
    assert (await admin.get("/usage/counts?last=169")).status_code == 200
