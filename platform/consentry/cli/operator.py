"""`consentry operator`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_operators
from consentry.cli.user import read_password
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.records.user import User
    from consentry.tenancy.context import TenantContext

WHO = "username or e-mail"


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "operator", "people who run the deployment, at the base host")
    parser = command(verb, "create", create, "add an operator; password on stdin")
    parser.add_argument("--username", required=True, metavar="U", help="to sign in by")
    parser.add_argument("--email", metavar="E", help="to sign in by, too")
    command(verb, "list", list_all, "every operator")
    for name, do, text in (
        ("disable", disable, "let no sign-in of theirs count"),
        ("enable", enable, "let them sign in again"),
        ("set-password", set_password, "new password, on stdin; ends every login"),
    ):
        named(command(verb, name, do, text), "U", WHO)


def create(asked: argparse.Namespace) -> int:
    """Add an operator."""
    from consentry.operations.users import create_user

    password = read_password()

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        made = await create_user(ctx, asked.username, email=asked.email, password=password)
        return _described(made)

    made = on_operators(work)
    show(asked, made, f"operator {made['username']} created")
    return 0


def list_all(asked: argparse.Namespace) -> int:
    """Print every operator by username."""
    from consentry.operations.operators import list_operators

    rows = [_described(one) for one in on_operators(list_operators)]
    show(asked, rows, table(rows, ("username", "email", "disabled", "created_at")))
    return 0


def disable(asked: argparse.Namespace) -> int:
    """Disable an operator."""
    from consentry.operations.operators import disable_operator

    return _done(asked, disable_operator, "disabled")


def enable(asked: argparse.Namespace) -> int:
    """Enable an operator."""
    from consentry.operations.operators import enable_operator

    return _done(asked, enable_operator, "enabled")


def _done(asked: argparse.Namespace, change: Any, state: str) -> int:
    from consentry.operations.users import get_user

    async def work(ctx: "TenantContext") -> None:
        found = await get_user(ctx, asked.u)
        await change(ctx, str(found.user_id))

    on_operators(work)
    show(asked, {"operator": asked.u, "state": state}, f"operator {asked.u} is {state}")
    return 0


def set_password(asked: argparse.Namespace) -> int:
    """Replace a password and end every login of the operator."""
    from consentry.operations.users import set_password as set_new

    password = read_password()
    on_operators(lambda ctx: set_new(ctx, asked.u, password))
    told = f"operator {asked.u} has a new password"
    show(asked, {"operator": asked.u, "password": "set"}, told)
    return 0


def _described(user: "User") -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "user_id": str(user.user_id),
        "has_password": user.password_hash is not None,
        "disabled": user.disabled_at is not None,
        "created_at": stamp(user.created_at),
        "changed_at": stamp(user.changed_at),
    }
