"""`consentry domain`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.records.tenant import Domain, DomainClaim
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "domain", "hosts of a tenant's own, and those it claims")
    command(verb, "list", list_them, "its hosts, and what is claimed", tenant=True)
    for name, do, text in (
        ("claim", claim, "say that a host is the tenant's, to prove it within a week"),
        ("check", check, "look for the proof now"),
        ("unclaim", unclaim, "claim a host no more"),
        ("add", add, "answer on a host at once, unproven"),
        ("remove", remove, "answer on a host no more"),
    ):
        named(command(verb, name, do, text, tenant=True), "HOST", "the host, in lower case")


def list_them(asked: argparse.Namespace) -> int:
    """Print hosts by name, and then claims."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.domain_claims import list_claims
        from consentry.operations.domains import list_domains

        answered = [_answered(one) for one in await list_domains(ctx)]
        return answered + [_claimed(one) for one in await list_claims(ctx)]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("host", "state", "created_at", "expires_at")))
    return 0


def claim(asked: argparse.Namespace) -> int:
    """Claim a host; prints where its proof is looked for."""

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.domain_claims import claim_domain

        return _claimed(await claim_domain(ctx, asked.host))

    made = on_tenant(asked.tenant, work)
    text = (
        f"{made['host']} is claimed until {made['expires_at']}. Put this text\n"
        f"  {made['token']}\n"
        f"into a TXT record {made['txt_record']}\n"
        f"or into a file {made['file']}\n"
        "and then run `consentry domain check`."
    )
    show(asked, made, text)
    return 0


def check(asked: argparse.Namespace) -> int:
    """Look for the proof; found, the tenant answers on the host."""

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.domain_claims import prove_domain

        return _answered(await prove_domain(ctx, asked.host))

    show(asked, on_tenant(asked.tenant, work, atomic=False), f"{asked.host} is the tenant's")
    return 0


def unclaim(asked: argparse.Namespace) -> int:
    """Claim a host no more."""
    from consentry.operations.domain_claims import drop_claim

    on_tenant(asked.tenant, lambda ctx: drop_claim(ctx, asked.host))
    show(asked, {"host": asked.host, "claimed": False}, f"{asked.host} is claimed no more")
    return 0


def add(asked: argparse.Namespace) -> int:
    """Answer on a host, at the word of who types."""
    from consentry.operations.domains import add_domain

    host = on_tenant(asked.tenant, lambda ctx: add_domain(ctx, asked.host))
    show(asked, {"host": host, "state": "answered"}, f"{host} is the tenant's")
    return 0


def remove(asked: argparse.Namespace) -> int:
    """Answer on a host no more."""
    from consentry.operations.domains import remove_domain

    on_tenant(asked.tenant, lambda ctx: remove_domain(ctx, asked.host))
    show(asked, {"host": asked.host, "deleted": True}, f"{asked.host} is the tenant's no more")
    return 0


def _answered(row: "Domain") -> dict[str, Any]:
    return {"host": row.host, "state": "answered", "created_at": stamp(row.created_at)}


def _claimed(row: "DomainClaim") -> dict[str, Any]:
    from consentry.operations.domain_claims import Challenge

    where = Challenge.of(row.host)
    return {
        "host": row.host,
        "state": "claimed",
        "created_at": stamp(row.created_at),
        "expires_at": stamp(row.expires_at),
        "token": row.token,
        "txt_record": where.record,
        "file": where.file,
    }
