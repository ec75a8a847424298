"""`consentry user`."""

import argparse
import getpass
import sys
from typing import TYPE_CHECKING, Any

from consentry.cli import user_changes
from consentry.cli.errors import Failed
from consentry.cli.output import pairs, show, table
from consentry.cli.session import on_tenant
from consentry.cli.user_changes import described
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "user", "people of a tenant")
    parser = command(verb, "create", create, "add a person; password on stdin", tenant=True)
    parser.add_argument("--username", required=True, metavar="U", help="to sign in by")
    parser.add_argument("--email", required=True, metavar="E", help="to sign in by, too")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="R",
        help="admin or developer; may be repeated (none: an end user)",
    )
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what apps are told, such as name=Jane Doe; may be repeated",
    )
    parser.add_argument("--invite", action="store_true", help="send them a link instead")
    command(verb, "list", list_all, "everyone", tenant=True)
    for name, do, text in (
        ("show", show_one, "one person"),
        ("disable", disable, "let no sign-in and no token of theirs count"),
        ("enable", enable, "let them sign in again"),
        ("delete", delete, "remove them with their consents and authorizations"),
        ("invite", invite, "send them a link to set their password"),
        ("set-password", set_password, "new password, on stdin; ends every login"),
    ):
        named(command(verb, name, do, text, tenant=True), "U", "username or e-mail")
    user_changes.add_to(verb)


def create(asked: argparse.Namespace) -> int:
    """Add a person."""
    from consentry.operations.invitations import create_invited
    from consentry.operations.users import create_user

    claims = user_changes.claims_of(asked.claim)
    if asked.invite and asked.email is None:
        raise Failed("--invite: needs --email")
    password = None if asked.invite else read_password()

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        about: dict[str, Any] = {"email": asked.email, "roles": asked.role, "claims": claims}
        if asked.invite:
            return described(await create_invited(ctx, asked.username, **about))
        return described(await create_user(ctx, asked.username, password=password, **about))

    made = on_tenant(asked.tenant, work)
    show(asked, made, f"user {made['username']} created")
    return 0


def list_all(asked: argparse.Namespace) -> int:
    """Print everyone by username."""
    from consentry.operations.users import each_user

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        return [described(one) async for one in each_user(ctx)]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("username", "email", "roles", "disabled", "created_at")))
    return 0


def show_one(asked: argparse.Namespace) -> int:
    """Print one person."""
    from consentry.operations.users import get_user

    made = described(on_tenant(asked.tenant, lambda ctx: get_user(ctx, asked.u)))
    show(asked, made, pairs(made))
    return 0


def disable(asked: argparse.Namespace) -> int:
    """Disable a person."""
    from consentry.operations.users import disable_user

    on_tenant(asked.tenant, lambda ctx: disable_user(ctx, asked.u))
    return _done(asked, "disabled")


def enable(asked: argparse.Namespace) -> int:
    """Enable a person."""
    from consentry.operations.users import enable_user

    on_tenant(asked.tenant, lambda ctx: enable_user(ctx, asked.u))
    return _done(asked, "enabled")


def delete(asked: argparse.Namespace) -> int:
    """Remove a person."""
    from consentry.operations.users import delete_user

    on_tenant(asked.tenant, lambda ctx: delete_user(ctx, asked.u))
    return _done(asked, "deleted")


def invite(asked: argparse.Namespace) -> int:
    """Send a link to set a password."""

    async def work(ctx: "TenantContext") -> str:
        from consentry.operations.invitations import invite_user
        from consentry.operations.users import get_user

        return await invite_user(ctx, (await get_user(ctx, asked.u)).user_id)

    letter = on_tenant(asked.tenant, work)
    show(asked, {"user": asked.u, "letter": letter}, f"a link is on its way to user {asked.u}")
    return 0


def set_password(asked: argparse.Namespace) -> int:
    """Replace a password and end every login of the person."""
    from consentry.operations.users import set_password as set_new

    password = read_password()
    on_tenant(asked.tenant, lambda ctx: set_new(ctx, asked.u, password))
    show(asked, {"user": asked.u, "password": "set"}, f"user {asked.u} has a new password")
    return 0


def _done(asked: argparse.Namespace, state: str) -> int:
    show(asked, {"user": asked.u, "state": state}, f"user {asked.u} is {state}")
    return 0


def read_password() -> str:
    """The first line of stdin; asked for twice, unseen, at a terminal. Raises Failed."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Again: "):
            raise Failed("password: the two are not the same")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Failed("password: none on standard input")
    return password
