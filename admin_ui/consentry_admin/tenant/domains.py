"""Where the tenant answers, and where it is to."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import domain_claims as claims
from consentry.operations.domains import list_domains, remove_domain
from consentry.operations.errors import NotFound, Refused
from consentry.records.tenant import Domain
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

DOMAINS = f"{HOME}/domains"
DONE = {"check": "proven", "drop": "unclaimed"}


@for_administrator
async def show(visit: Visit) -> Response:
    """Its hosts, the issuer's first, and what is claimed."""
    return await _page(visit)


@for_administrator
async def submit(visit: Visit) -> Response:
    """Claim a host, look for the proof of a claim (`check`), or drop one."""
    form = await visit.form()
    act, host = form.get("act"), (form.get("host") or "").strip().lower()
    try:
        if act == "check":
            await claims.prove_domain(visit.ctx, host)
        elif act == "drop":
            await claims.drop_claim(visit.ctx, host)
        else:
            await claims.claim_domain(visit.ctx, host)
    except Refused as refusal:
        is_new = (act or "") not in DONE
        return await _page(
            visit, host=host if is_new else "", unproven=not is_new, error=refusal.reason
        )
    return go(DOMAINS, done=DONE.get(act or "", "claimed"))


@for_administrator
async def ask_remove(visit: Visit) -> Response:
    """What ends with a host."""
    host = visit.parameter("host")
    if host not in [one.host for one in await list_domains(visit.ctx)]:
        raise NotFound("domain", host)
    return _question(visit, host)


@for_administrator
async def remove(visit: Visit) -> Response:
    """Answer there no more."""
    await visit.form()
    host = visit.parameter("host")
    try:
        await remove_domain(visit.ctx, host)
    except Refused as refusal:
        return _question(visit, host, refusal.reason)
    return go(DOMAINS, done="domain-removed")


def _question(visit: Visit, host: str, error: str | None = None) -> Response:
    status = 400 if error else 200
    return visit.page(
        "tenant/remove_domain.html",
        status=status,
        host=host,
        href=f"{DOMAINS}/{host}/remove",
        error=error,
    )


async def _page(
    visit: Visit, *, host: str = "", unproven: bool = False, error: str | None = None
) -> Response:
    """host: as it was claimed. unproven: whether the error is about a claim that is there."""
    claimed = await claims.list_claims(visit.ctx)
    return visit.page(
        "tenant/domains.html",
        status=400 if error else 200,
        hosts=_rows(visit, await list_domains(visit.ctx)),
        claims=[(one, claims.Challenge.of(one.host)) for one in claimed],
        host=host,
        unproven=unproven,
        error=error,
    )


def _rows(visit: Visit, stored: Sequence[Domain]) -> list[dict[str, Any]]:
    """Where it answers, and what was stored this moment. The issuer's host stays."""
    info, own = visit.ctx.tenant, {one.host: one for one in stored}
    names = {one: _stored(one, own) for one in info.hosts}
    names |= {one: one for one in own if one not in names.values()}
    return [
        {
            "host": one,
            "since": own[name].created_at if name else None,
            "is_issuer": (is_issuer := info.issuer.endswith(f"//{one}")),
            "href": f"{DOMAINS}/{name}/remove" if name and not is_issuer else None,
        }
        for one, name in names.items()
    ]


def _stored(host: str, own: Mapping[str, Domain]) -> str | None:
    """The name it is stored by: without the port that the base host has."""
    return next((one for one in (host, host.partition(":")[0]) if one in own), None)
