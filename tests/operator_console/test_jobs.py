"""The page about the work in the background, and the checks of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from consentry.operations.background import background, worker
from consentry.operations.health import Status
from consentry.operations.jobs import JOBS
from consentry.records.outbox import DEAD, WAITING
from consentry.tenancy.actor import Actor
from consentry.tenancy.operators import open_operators
from operator_console.background import died, ran, seen, state_of, waiting
from operator_console.desk import Desk, token_of

PATH = "/admin/jobs"
SWEPT = {"rows": 3, "oldest_expired_s": 0.0, "problem": ""}
HOSTILE = "<script>window.hit=1</script>"


async def press(desk: Desk, **fields: str) -> tuple[int, str]:
    """A button of the page; status, and the page or where it leads."""
    page = await desk.get(PATH)
    sent = {"csrf_token": token_of(page, PATH), **fields}
    answer = await desk.browser.post(PATH, data=sent)
    return answer.status_code, answer.headers.get("location") or answer.text


async def found(desk: Desk) -> dict[str, tuple[Status, str]]:
    """The checks of the background by name."""
    ctx = (await open_operators(desk.world.deployment)).acting(Actor("operator", "", "op"))
    return {one.name: (one.status, one.detail) for one in await background(ctx)}


async def test_before_anything_ran_each_job_is_told_of(desk: Desk) -> None:
    page = (await desk.get(PATH)).text
    assert page.count("Not run yet") == len(JOBS)
    assert "Nothing was tried in vain" in page and "Nothing to sweep" in page


async def test_a_run_is_shown_with_rows_duration_and_what_the_sweep_left(desk: Desk) -> None:
    detail = {"login": {**SWEPT, "oldest_expired_s": 7_300.0}, "consent": {**SWEPT, "rows": 0}}
    await ran(desk.world, rows=1_234, duration_ms=2_500, detail=detail)
    page = (await desk.get(PATH)).text
    assert "1,234" in page and "2.5 s" in page and "2 h" in page
    assert "<bdi>login</bdi>" in page and "<bdi>consent</bdi>" not in page


async def test_a_job_is_paused_resumed_and_hastened(each_desk: Desk) -> None:
    """PARITY: retry, pause"""
    desk = each_desk
    assert await press(desk, act="pause", job="keys") == (303, f"{PATH}?done=paused")
    assert "Resume" in (await desk.get(PATH)).text
    assert await press(desk, act="resume", job="keys") == (303, f"{PATH}?done=resumed")
    assert await press(desk, act="run", job="keys") == (303, f"{PATH}?done=hastened")
    trail = (await desk.get("/admin/audit")).text
    assert all(f"job.{name}" in trail for name in ("pause", "resume", "run"))


async def test_a_job_that_runs_is_not_begun_again(desk: Desk) -> None:
    jobs, now = desk.world.deployment.store.jobs, desk.world.clock()
    await jobs.ensure(["keys"], now)
    assert await jobs.claim(
        "keys", "somebody", now=desk.world.clock(), until=now + timedelta(hours=1)
    )
    status, page = await press(desk, act="run", job="keys")
    assert status == 409 and "keys is running" in page and "Running" in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"act": "dance", "job": "keys"}, 400), ({"act": "run", "job": "dance"}, 404),
     ({"act": "retry", "effects": "x.y"}, 404), ({"act": "retry"}, 404)],
)  # fmt: skip
async def test_other_buttons_do_nothing(
    still_desk: Desk, fields: dict[str, str], status: int
) -> None:
    assert (await press(still_desk, **fields))[0] == status


async def test_a_button_of_another_site_does_nothing(desk: Desk) -> None:
    """THREATS 28"""
    answer = await desk.browser.post(PATH, data={"act": "pause", "job": "keys"})
    assert answer.status_code == 403
    assert await desk.world.deployment.store.jobs.all() == []


async def test_dead_effects_are_paged_and_tried_again_one_or_many(each_desk: Desk) -> None:
    desk, world = each_desk, each_desk.world
    rows = await died(world, count=21)
    first = (await desk.get(PATH)).text
    assert first.count(">webhook<") == 20 and "before=" in first
    onward = first.split(f'href="{PATH}?before=')[1].partition('"')[0]
    assert (await desk.browser.get(f"{PATH}?before={onward}")).text.count(">webhook<") == 1
    keys = [f"{one.tenant_id.hex}.{one.effect_id.hex}" for one in rows]
    assert f'value="{" ".join(keys[:20])}"' in first
    assert await press(desk, act="retry", effects=keys[0]) == (303, f"{PATH}?done=retried")
    states = [await state_of(world, one.tenant_id, one.effect_id) for one in rows]
    assert states == [WAITING] + [DEAD] * 20
    await press(desk, act="retry", effects=" ".join(keys[1:21]))
    states = [await state_of(world, one.tenant_id, one.effect_id) for one in rows]
    assert states == [WAITING] * 21


async def test_what_others_wrote_is_only_text(desk: Desk) -> None:
    """THREATS 42"""
    await died(desk.world, outcome=HOSTILE)
    await ran(desk.world, error=HOSTILE, detail={HOSTILE: {**SWEPT, "problem": HOSTILE}})
    page = (await desk.get(PATH)).text
    assert HOSTILE not in page and page.count("&lt;script&gt;") == 4


async def test_nothing_is_wrong_with_a_good_background(desk: Desk) -> None:
    await seen(desk.world)
    await ran(desk.world, detail={"login": {**SWEPT, "oldest_expired_s": 3_600.0}})
    assert {name: status for name, (status, _) in (await found(desk)).items()} == {
        "processes": "ok", "worker": "skip", "outbox": "ok", "jobs": "ok", "expired": "ok",
    }  # fmt: skip


async def test_processes_of_two_releases_are_a_warning(desk: Desk) -> None:
    await seen(desk.world)
    other = await seen(desk.world, "worker", version="0.0.9")
    status, told = (await found(desk))["processes"]
    assert status == "warn" and told.endswith(" and 1 working, of versions 0.0.9, 0.1.0")
    page = (await desk.get("/admin/health")).text
    assert other in page and "something deserves a look" in page
    desk.world.clock.forward(61)
    assert (await found(desk))["processes"][0] == "skip"


async def test_redis_without_a_worker_is_a_warning(desk: Desk) -> None:
    deployment = desk.world.deployment
    settings = deployment.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1")})
    with_redis = replace(deployment, settings=settings)
    await seen(desk.world)
    assert (await worker(with_redis)).status == "warn"
    await seen(desk.world, "worker")
    assert (await worker(with_redis)).status == "ok"
    desk.world.clock.forward(61)
    assert (await worker(with_redis)).status == "warn"


async def test_an_outbox_that_lags_is_a_warning(desk: Desk) -> None:
    await waiting(desk.world)
    assert (await found(desk))["outbox"][0] == "ok"
    desk.world.clock.forward(62)
    status, told = (await found(desk))["outbox"]
    assert status == "warn" and told.startswith("1 waiting, 0 tried in vain; ")


async def test_a_job_that_failed_is_a_warning(desk: Desk) -> None:
    await ran(desk.world, "tenants", error="no room")
    assert (await found(desk))["jobs"] == ("warn", "tenants failed: no room")


async def test_a_job_that_missed_its_turns_is_a_warning(desk: Desk) -> None:
    desk.world.clock.hold()
    await ran(desk.world, "tenants")
    desk.world.clock.forward(3 * 60 + 59)
    assert (await found(desk))["jobs"][0] == "ok"
    desk.world.clock.forward(2)
    status, told = (await found(desk))["jobs"]
    assert status == "warn" and told.startswith("tenants has not ended well for ")


async def test_rows_that_should_long_have_gone_are_a_warning(desk: Desk) -> None:
    await ran(desk.world, detail={"login": {**SWEPT, "oldest_expired_s": 3_601.0}})
    assert (await found(desk))["expired"] == (
        "warn", "rows that should have gone: login since 3601 s",
    )  # fmt: skip
