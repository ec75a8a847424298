"""The policy: each switch with its meaning, and what a change would do before it is made."""

import hashlib
from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import Conflict, Refused
from consentry.operations.policy import DryRun, dry_run, get_policy, update_policy
from consentry.records.policy import Policy
from consentry_admin.portal.door import app_href
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.tenant.policy_switches import CHAPTERS, boxes, changes, shown, typed
from consentry_admin.visit import Visit

POLICY = f"{HOME}/policy"
TRY, SURE = "try", "sure"


@for_administrator
async def show(visit: Visit) -> Response:
    """As it is."""
    policy = await get_policy(visit.ctx)
    return _page(visit, policy, shown(visit.ctx, policy))


@for_administrator
async def submit(visit: Visit) -> Response:
    """Keep it, unless apps would lose something and nobody said that this is meant.

    `act`: `try` shows what would happen, `sure` keeps it all the same.
    """
    form, policy = await visit.form(), await get_policy(visit.ctx)
    values, act = typed(visit.ctx, form), form.get("act")
    try:
        if form.get("version") != _version(policy):
            raise Conflict("", "somebody changed the policy meanwhile; look at it again")
        given = changes(visit.ctx, policy, values)
        found = await dry_run(visit.ctx, given)
        if act == TRY or (found.affected and act != SURE):
            return _page(visit, policy, values, found=found, is_tried=act == TRY)
        await update_policy(visit.ctx, given)
    except Refused as refusal:
        return _page(visit, policy, values, refusal=refusal)
    return go(POLICY, done="policy")


def _version(policy: Policy) -> str:
    return hashlib.sha256(policy.model_dump_json().encode()).hexdigest()[:32]


def _page(
    visit: Visit,
    policy: Policy,
    values: dict[str, Any],
    *,
    found: DryRun | None = None,
    is_tried: bool = False,
    refusal: Refused | None = None,
) -> Response:
    kinds = ("grant_types_supported", "signing_algs", "oauth1_signature_methods")
    return visit.page(
        "tenant/policy.html",
        status=400 if refusal else 200,
        chapters=CHAPTERS,
        boxes={key: boxes(visit.ctx, key) for key in kinds},
        values=values,
        version=_version(policy),
        found=found,
        is_tried=is_tried,
        href_of=app_href,
        wrong=refusal.key.partition("[")[0] if refusal else None,
        error=refusal.reason if refusal else None,
    )
