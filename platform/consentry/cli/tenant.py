"""`consentry tenant`."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import command_line, on_deployment, on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.records.tenant import Tenant
    from consentry.tenancy.deployment import Deployment


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "tenant", "tenants of this deployment")
    create_parser = command(verb, "create", create, "make a tenant")
    named(create_parser, "SLUG", "its name in front of the base host")
    create_parser.add_argument("--name", help="shown to people (the slug)")
    rename_parser = command(verb, "rename", rename, "give it another name for people")
    named(rename_parser, "SLUG", "the tenant")
    rename_parser.add_argument("--name", required=True, help="shown to people")
    command(verb, "list", list_all, "every tenant")
    for name, do, text in (
        ("show", show_one, "one tenant with its hosts and settings"),
        ("counts", counts, "how much is in it, counted to 10,000"),
        ("disable", disable, "answer 403 on its hosts"),
        ("enable", enable, "answer on its hosts again"),
        ("restore", restore, "keep one that is to be deleted"),
    ):
        named(command(verb, name, do, text), "SLUG", "the tenant")
    delete_parser = command(verb, "delete", delete, "remove it and everything in it, for good")
    named(delete_parser, "SLUG", "the tenant")
    delete_parser.add_argument(
        "--grace",
        type=int,
        metavar="SECONDS",
        help="answer 403 and remove it so much later, unless it is restored (at once)",
    )


def create(asked: argparse.Namespace) -> int:
    """Make a tenant."""
    from consentry.operations.tenants import create_tenant

    async def work(found: "Deployment") -> dict[str, Any]:
        return await _described(
            found, await create_tenant(found, asked.slug, asked.name, actor=command_line())
        )

    made = on_deployment(work)
    show(asked, made, f"tenant {made['slug']} created: {made['issuer']}")
    return 0


def rename(asked: argparse.Namespace) -> int:
    """Give a tenant another name for people."""
    from consentry.operations.tenants import update_tenant

    row = on_tenant(asked.slug, lambda ctx: update_tenant(ctx, name=asked.name))
    show(asked, _row(row), f"tenant {row.slug} is named {row.name}")
    return 0


def list_all(asked: argparse.Namespace) -> int:
    """Print every tenant by slug."""
    from consentry.operations.tenants import each_tenant

    async def work(found: "Deployment") -> list[dict[str, Any]]:
        return [_row(one) async for one in each_tenant(found.store)]

    rows = on_deployment(work)
    show(asked, rows, table(rows, ("slug", "name", "disabled", "delete_at", "created_at")))
    return 0


def show_one(asked: argparse.Namespace) -> int:
    """Print one tenant."""
    from consentry.operations.tenants import get_tenant

    async def work(found: "Deployment") -> dict[str, Any]:
        return await _described(found, await get_tenant(found.store, asked.slug))

    made = on_deployment(work)
    show(asked, made, pairs(made))
    return 0


def counts(asked: argparse.Namespace) -> int:
    """Print how many people, clients and authorizations it has."""
    from consentry.operations.console import see_tenant
    from consentry.tenancy.operators import open_operators

    async def work(found: "Deployment") -> dict[str, Any]:
        ctx = (await open_operators(found)).acting(command_line())
        seen = await see_tenant(ctx, asked.slug)
        return {**asdict(seen.counts), "counted_to": seen.most}

    found = on_deployment(work)
    show(asked, found, pairs(found))
    return 0


def disable(asked: argparse.Namespace) -> int:
    """Disable a tenant."""
    from consentry.operations.tenants import disable_tenant

    return _changed(
        asked, on_deployment(lambda found: disable_tenant(found, asked.slug, actor=command_line()))
    )


def enable(asked: argparse.Namespace) -> int:
    """Enable a tenant."""
    from consentry.operations.tenants import enable_tenant

    return _changed(
        asked, on_deployment(lambda found: enable_tenant(found, asked.slug, actor=command_line()))
    )


def _changed(asked: argparse.Namespace, tenant: "Tenant") -> int:
    state = "disabled" if tenant.is_disabled else "enabled"
    show(asked, _row(tenant), f"tenant {tenant.slug} is {state}")
    return 0


def restore(asked: argparse.Namespace) -> int:
    """Keep a tenant that is to be deleted."""
    from consentry.operations.leaving import restore_tenant

    return _changed(
        asked, on_deployment(lambda found: restore_tenant(found, asked.slug, actor=command_line()))
    )


def delete(asked: argparse.Namespace) -> int:
    """Remove a tenant, now or after a grace period."""
    from consentry.operations.leaving import delete_tenant, dismiss_tenant

    if asked.grace is not None:
        left = on_deployment(
            lambda found: dismiss_tenant(found, asked.slug, grace=asked.grace, actor=command_line())
        )
        show(asked, _row(left), f"tenant {asked.slug} leaves on {stamp(left.delete_at)}")
        return 0
    on_deployment(lambda found: delete_tenant(found, asked.slug, actor=command_line()))
    show(asked, {"slug": asked.slug, "deleted": True}, f"tenant {asked.slug} is deleted")
    return 0


def _row(tenant: "Tenant") -> dict[str, Any]:
    return {
        "slug": tenant.slug,
        "name": tenant.name,
        "tenant_id": str(tenant.tenant_id),
        "disabled": tenant.disabled_at is not None,
        "delete_at": stamp(tenant.delete_at),
        "created_at": stamp(tenant.created_at),
        "changed_at": stamp(tenant.changed_at),
    }


async def _described(found: "Deployment", tenant: "Tenant") -> dict[str, Any]:
    from consentry.tenancy.context import describe

    rows = await found.store.inside(tenant.tenant_id).configuration.domains()
    domains = [row.host for row in rows]
    issuer = describe(found.settings.base_url, tenant, domains).issuer
    return {**_row(tenant), "issuer": issuer, "domains": domains, "settings": tenant.settings}
