"""The work in the background, for operators on the base host."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.api.models.common import Paging, page_of, read_cursor
from consentry.api.models.jobs import (
    BacklogShown,
    EffectPage,
    JobList,
    JobShown,
    Retried,
    backlog_shown,
    effect_shown,
    job_shown,
)
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations import jobs as operations
from consentry.operations.dead_letters import dead_page

jobs = Resource("jobs", "The work in the background; on the base host, for operators.")


@jobs("GET", "/jobs", "tenants.read", answer=JobList)
async def list_jobs(call: Call[None, None]) -> JobList:
    """Every job with how its last run went."""
    states = await operations.list_jobs(call.ctx.deployment, actor=call.ctx.actor)
    return JobList(items=[job_shown(one) for one in states])


@jobs("POST", "/jobs/{job}/run", "tenants.write", answer=JobShown)
async def run_job(call: Call[None, None]) -> JobShown:
    """Have a job begin within a second or so.

    409 while it runs. One that is paused begins when it is resumed.
    """
    await operations.hasten_job(call.ctx.deployment, call.path["job"], actor=call.ctx.actor)
    return await _shown(call)


@jobs("POST", "/jobs/{job}/pause", "tenants.write", answer=JobShown)
async def pause_job(call: Call[None, None]) -> JobShown:
    """Let a job not begin until it is resumed; a run goes on."""
    await operations.pause_job(call.ctx.deployment, call.path["job"], actor=call.ctx.actor)
    return await _shown(call)


@jobs("POST", "/jobs/{job}/resume", "tenants.write", answer=JobShown)
async def resume_job(call: Call[None, None]) -> JobShown:
    """Let a paused job run again when it is due."""
    await operations.resume_job(call.ctx.deployment, call.path["job"], actor=call.ctx.actor)
    return await _shown(call)


async def _shown(call: Call[None, None]) -> JobShown:
    states = await operations.list_jobs(call.ctx.deployment, actor=call.ctx.actor)
    return next(job_shown(one) for one in states if one.job.name == call.path["job"])


@jobs("GET", "/backlog", "tenants.read", answer=BacklogShown)
async def show_backlog(call: Call[None, None]) -> BacklogShown:
    """How many effects wait to be done, and how many were tried in vain."""
    found = await operations.backlog(call.ctx.deployment, actor=call.ctx.actor)
    return backlog_shown(found)


@jobs("GET", "/effects", "tenants.read", query=Paging, answer=EffectPage)
async def list_dead_effects(call: Call[Paging, None]) -> Any:
    """Mails, calls and notices of all tenants that were tried in vain, the last one first."""
    place = read_cursor(call.query.after, datetime, UUID)
    before = (place[0], place[1]) if place else None
    page = await dead_page(call.ctx, before=before, limit=call.query.limit)
    return page_of(EffectPage, [effect_shown(one) for one in page.items], page)


@jobs("POST", "/effects/{tenant_id}/{effect_id}/retry", "tenants.write", answer=Retried)
async def retry_effect(call: Call[None, None]) -> Retried:
    """Try one again, as if it were new."""
    tenant_id = read_id("tenant", call.path["tenant_id"])
    effect_id = read_id("effect", call.path["effect_id"])
    await operations.retry_effect(call.ctx.deployment, tenant_id, effect_id, actor=call.ctx.actor)
    return Retried(tenant_id=tenant_id, effect_id=effect_id)
