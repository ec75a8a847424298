"""`consentry client member`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext


def add_to(verbs_of_client: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(verbs_of_client, "member", "people who manage a client")
    parser = command(verb, "list", list_them, "who manages it, longest first", tenant=True)
    named(parser, "ID", "the client_id")
    parser = command(
        verb, "add", add, "let a developer manage it, or as something else", tenant=True
    )
    named(parser, "ID", "the client_id")
    named(parser, "U", "username or e-mail")
    parser.add_argument(
        "--role", choices=("owner", "member"), default="member", help="owners choose the people"
    )
    parser = command(verb, "remove", remove, "somebody manages it no more", tenant=True)
    named(parser, "ID", "the client_id")
    named(parser, "U", "username or e-mail")


def list_them(asked: argparse.Namespace) -> int:
    """Print who manages a client."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.members import people_of

        return [
            {
                "username": one.user.username,
                "user_id": str(one.user.user_id),
                "role": one.member.role,
                "since": stamp(one.member.since),
            }
            for one in await people_of(ctx, asked.id)
        ]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("username", "role", "since")))
    return 0


def add(asked: argparse.Namespace) -> int:
    """Let a developer manage a client, or change what they are to it."""
    from consentry.operations.members import set_member

    on_tenant(asked.tenant, lambda ctx: set_member(ctx, asked.id, asked.u, asked.role))
    made = {"client_id": asked.id, "user": asked.u, "role": asked.role}
    show(asked, made, f"{asked.u} is {asked.role} of {asked.id}")
    return 0


def remove(asked: argparse.Namespace) -> int:
    """Somebody manages a client no more."""

    async def work(ctx: "TenantContext") -> None:
        from consentry.operations.members import remove_member
        from consentry.operations.users import get_user

        await remove_member(ctx, asked.id, (await get_user(ctx, asked.u)).user_id)

    on_tenant(asked.tenant, work)
    gone = {"client_id": asked.id, "user": asked.u, "role": None}
    show(asked, gone, f"{asked.u} manages {asked.id} no more")
    return 0
