"""`consentry client`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli import client_changes, client_members, client_secrets
from consentry.cli.client_changes import described
from consentry.cli.output import pairs, show, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "client", "registered clients of a tenant")
    parser = command(verb, "create", create, "register a client", tenant=True)
    parser.add_argument("--client-id", metavar="ID", help="made up when omitted")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="client metadata, such as redirect_uris=https://app.example/cb; may be repeated",
    )
    command(verb, "list", list_all, "every client", tenant=True)
    for name, do, text in (
        ("show", show_one, "one client with its metadata"),
        ("disable", disable, "let it do nothing until enabled"),
        ("enable", enable, "let it act again"),
        ("delete", delete, "remove it with its consents and authorizations"),
        ("rotate-secret", rotate_secret, "give it a new secret, shown this once"),
    ):
        parser = command(verb, name, do, text, tenant=True)
        named(parser, "ID", "the client_id")
        if name == "rotate-secret":
            parser.add_argument(
                "--overlap",
                type=int,
                default=0,
                metavar="SECONDS",
                help="how long the old secrets count on (0)",
            )
    for more in (client_changes, client_secrets, client_members):
        more.add_to(verb)


def create(asked: argparse.Namespace) -> int:
    """Register a client; prints its secret this once."""
    from consentry.cli.assignments import metadata_of
    from consentry.operations.clients import create_client, get_client

    given = metadata_of(asked.set)
    secret = given.pop("client_secret", None)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        client, shown = await create_client(ctx, asked.client_id, given, secret)
        made = described(await get_client(ctx, client.client_id))
        return made if shown is None else {**made, "client_secret": shown}

    made = on_tenant(asked.tenant, work)
    text = f"client {made['client_id']} registered"
    if "client_secret" in made:
        text += f"\nclient_secret (shown this once): {made['client_secret']}"
    show(asked, made, text)
    return 0


def list_all(asked: argparse.Namespace) -> int:
    """Print every client by id."""
    from consentry.operations.clients import each_client

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        return [described(one) async for one in each_client(ctx)]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("client_id", "client_name", "disabled", "created_at")))
    return 0


def show_one(asked: argparse.Namespace) -> int:
    """Print one client, what it was registered with and when its secrets were used."""
    from consentry.operations.clients import get_client

    made = on_tenant(asked.tenant, lambda ctx: get_client(ctx, asked.id))
    show(asked, described(made), pairs(described(made)))
    return 0


def disable(asked: argparse.Namespace) -> int:
    """Disable a client."""
    from consentry.operations.clients import disable_client

    on_tenant(asked.tenant, lambda ctx: disable_client(ctx, asked.id))
    return _changed(asked, disabled=True)


def enable(asked: argparse.Namespace) -> int:
    """Enable a client."""
    from consentry.operations.clients import enable_client

    on_tenant(asked.tenant, lambda ctx: enable_client(ctx, asked.id))
    return _changed(asked, disabled=False)


def _changed(asked: argparse.Namespace, *, disabled: bool) -> int:
    state = "disabled" if disabled else "enabled"
    show(asked, {"client_id": asked.id, "disabled": disabled}, f"client {asked.id} is {state}")
    return 0


def delete(asked: argparse.Namespace) -> int:
    """Remove a client."""
    from consentry.operations.clients import delete_client

    on_tenant(asked.tenant, lambda ctx: delete_client(ctx, asked.id))
    show(asked, {"client_id": asked.id, "deleted": True}, f"client {asked.id} is deleted")
    return 0


def rotate_secret(asked: argparse.Namespace) -> int:
    """Print a new secret; the old ones end now, or after the overlap."""
    from consentry.operations.client_secrets import rotate_secret as rotate

    secret = on_tenant(asked.tenant, lambda ctx: rotate(ctx, asked.id, asked.overlap))
    made = {"client_id": asked.id, "client_secret": secret}
    show(asked, made, f"client_secret (shown this once): {secret}")
    return 0
