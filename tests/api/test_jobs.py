"""The work in the background, by the API of the base host."""

from datetime import timedelta

from operator_console.background import died, state_of
from support.api_world import ApiTenant


async def test_jobs_are_listed_paused_resumed_and_hastened(api: ApiTenant) -> None:
    operator = await api.operator()
    names = [one["name"] for one in (await operator.get("/jobs")).json()["items"]]
    assert {"keys", "sweep", "tenants"} <= set(names)
    paused = (await operator.post("/jobs/keys/pause")).json()
    assert paused["state"] == "paused" and paused["paused_at"]
    resumed = (await operator.post("/jobs/keys/resume")).json()
    assert "paused_at" not in resumed
    hastened = await operator.post("/jobs/keys/run")
    assert hastened.status_code == 200 and hastened.json()["due_at"]
    done = [one["action"] for one in (await operator.get("/audit")).json()["items"][:3]]
    assert done == ["job.run", "job.resume", "job.pause"]


async def test_a_job_that_runs_is_409_and_one_that_is_not_there_404(api: ApiTenant) -> None:
    operator, jobs = await api.operator(), api.world.deployment.store.jobs
    now = api.world.clock()
    await jobs.ensure(["tenants"], now)
    assert await jobs.claim(
        "tenants", "somebody", now=api.world.clock(), until=now + timedelta(hours=1)
    )
    assert (await operator.post("/jobs/tenants/run")).status_code == 409
    assert await jobs.release("tenants", "somebody", now)
    assert (await operator.post("/jobs/dance/run")).status_code == 404


async def test_dead_effects_are_paged_and_tried_again(api: ApiTenant) -> None:
    operator, world = await api.operator(), api.world
    rows = await died(world, "503", 3)
    waits = (await operator.get("/backlog")).json()
    assert waits["dead"] >= 3
    first = (await operator.get("/effects?limit=2")).json()
    assert [one["effect_id"] for one in first["items"]] == [str(one.effect_id) for one in rows[:2]]
    assert first["items"][0]["tenant"] == "photos" and first["items"][0]["outcome"] == "503"
    rest = (await operator.get(f"/effects?limit=2&after={first['next']}")).json()
    assert rest["items"][0]["effect_id"] == str(rows[2].effect_id)
    one = rows[0]
    path = f"/effects/{one.tenant_id}/{one.effect_id}/retry"
    assert (await operator.post(path)).status_code == 200
    assert await state_of(world, one.tenant_id, one.effect_id) == "waiting"
    assert (await operator.post(path)).status_code == 404
