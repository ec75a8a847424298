"""Signing keys through their lives, a new one in time, one taken out at once; data keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.data_keys import list_data_keys
from consentry.operations.errors import NotFound, OperationError, Refused
from consentry.operations.keys import ALGS, SIGNING, list_keys, revoke_key, rotate_key
from consentry.operations.tenant_figures import is_due
from consentry.tenancy.signing_ring import GONE, HeldKey
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

KEYS = f"{HOME}/keys"
AHEAD = {"0": 0, "3600": 3_600, "86400": 86_400, "604800": 604_800}
"""Seconds until a new key signs, by what the form says."""
USUAL_AHEAD = "86400"
STEPS = ("pending", "active", "retiring", "retired")
STEPS_TO_REVOKED = ("pending", "active", "revoked")
MOST_GONE = 3


@for_administrator
async def show(visit: Visit) -> Response:
    """By algorithm, the newest first; of those long gone only the last few."""
    now, keys = visit.ctx.now(), await list_keys(visit.ctx)
    used = {key.row.alg for key in keys}
    names = [alg for alg in ALGS if alg in used or alg in visit.ctx.policy.signing_algs]
    groups = [{"alg": alg, "keys": _views(keys, alg, now)} for alg in names]
    data = await list_data_keys(visit.ctx)
    return visit.page("tenant/keys.html", groups=groups, usual=_usual(visit), data=data)


def _usual(visit: Visit) -> str:
    return visit.ctx.policy.id_token_signed_response_alg


def _views(keys: Sequence[HeldKey], alg: str, now: datetime) -> list[dict[str, Any]]:
    own = sorted((k for k in keys if k.row.alg == alg), key=lambda k: -k.row.slot)
    gone = [key for key in own if key.state(now) in GONE]
    return [_view(key, now) for key in own if key not in gone[MOST_GONE:]]


def _view(key: HeldKey, now: datetime) -> dict[str, Any]:
    row, state = key.row, key.state(now)
    leaves = row.retiring_at + key.published_for if row.retiring_at else None
    signs = row.active_at if not row.retiring_at or row.active_at < row.retiring_at else None
    moments = (row.created_at, signs, row.retiring_at, row.retired_at or leaves)
    steps = STEPS_TO_REVOKED if key.is_revoked else STEPS
    place = steps.index(state)
    return {
        "kid": row.kid,
        "state": state,
        "is_due": is_due(key, now),
        "steps": [
            {"name": name, "at": at, "is_past": number < place, "is_now": number == place}
            for number, (name, at) in enumerate(zip(steps, moments, strict=False))
        ],
    }


@for_administrator
async def ask(visit: Visit) -> Response:
    """When the new key shall sign."""
    return _form(visit, visit.request.query_params.get("alg", ""))


@for_administrator
async def rotate(visit: Visit) -> Response:
    """A new key, published now, that signs from then on."""
    form = await visit.form()
    alg = form.get("alg") or ""
    try:
        ahead = AHEAD.get(form.get("ahead") or "")
        if ahead is None:
            raise Refused("ahead", "is not to be chosen here")
        await rotate_key(visit.ctx, alg, ahead)
    except OperationError as error:
        return _form(visit, alg, error)
    return go(KEYS, done="rotated")


@for_administrator
async def ask_revoke(visit: Visit) -> Response:
    """What counts no more with a key."""
    kid = visit.request.query_params.get("kid", "")
    for key in await list_keys(visit.ctx):
        if key.row.kid == kid:
            signs = key.state(visit.ctx.now()) in SIGNING
            return visit.page("tenant/revoke_key.html", kid=kid, alg=key.row.alg, signs=signs)
    raise NotFound("key", kid)


@for_administrator
async def revoke(visit: Visit) -> Response:
    """What it signed is refused from now on."""
    form = await visit.form()
    await revoke_key(visit.ctx, form.get("kid") or "")
    return go(KEYS, done="key-revoked")


def _form(visit: Visit, alg: str, error: OperationError | None = None) -> Response:
    return visit.page(
        "tenant/rotate.html",
        status=400 if error else 200,
        alg=alg if alg in ALGS else _usual(visit),
        usual_ahead=USUAL_AHEAD,
        error=str(error) if error else None,
    )
