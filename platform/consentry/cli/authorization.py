"""`consentry authorization`."""

import argparse
from typing import TYPE_CHECKING, Any
from uuid import UUID

from consentry.cli.errors import Failed
from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, named, verbs

if TYPE_CHECKING:
    from consentry.records.authorization import AuthorizationRow
    from consentry.store.lists import Holder
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "authorization", "approvals that tokens hang on")
    parser = command(verb, "list", list_them, "those that count now, by id", tenant=True)
    _whose(parser)
    parser.add_argument("--after", metavar="ID", help="those behind this one")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    parser = command(verb, "show", show_one, "one, ended or not", tenant=True)
    named(parser, "ID", "its id")
    parser = command(verb, "revoke", revoke, "end one with all its tokens", tenant=True)
    named(parser, "ID", "its id")
    parser = command(verb, "revoke-all", revoke_all, "end all of a user or a client", tenant=True)
    _whose(parser)


def _whose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", metavar="U", help="of this user")
    parser.add_argument("--client", metavar="ID", help="of this client")


def list_them(asked: argparse.Namespace) -> int:
    """Print what counts now."""
    after = read_id(asked.after) if asked.after else None

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.lists import authorizations_page, usernames_of

        page = await authorizations_page(
            ctx, await _holder(ctx, asked), after=after, limit=asked.limit
        )
        names = await usernames_of(ctx, [row.user_id for row in page.items])
        return [_described(row, names) for row in page.items]

    rows = on_tenant(asked.tenant, work, atomic=False)
    show(asked, rows, table(rows, ("id", "username", "client_id", "protocol", "scope", "since")))
    return 0


def show_one(asked: argparse.Namespace) -> int:
    """Print one."""
    id = read_id(asked.id)

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.authorizations import get_authorization
        from consentry.operations.lists import usernames_of

        row = await get_authorization(ctx, id)
        names = await usernames_of(ctx, [row.user_id])
        return {
            "id": str(row.id),
            "username": names.get(row.user_id),
            "client_id": row.client_id,
            "scope": row.scope,
            "resource": row.resource,
            "since": stamp(row.created_at),
            "expires_at": stamp(row.expires_at),
            "revoked_at": stamp(row.revoked_at),
        }

    found = on_tenant(asked.tenant, work, atomic=False)
    show(asked, found, pairs(found))
    return 0


def revoke(asked: argparse.Namespace) -> int:
    """End one."""
    id = read_id(asked.id)

    async def work(ctx: "TenantContext") -> None:
        from consentry.operations.authorizations import revoke_authorization

        await revoke_authorization(ctx, id)

    on_tenant(asked.tenant, work, atomic=False)
    show(asked, {"revoked": str(id)}, f"authorization {id} revoked")
    return 0


def revoke_all(asked: argparse.Namespace) -> int:
    """End all of a user, of a client, or of the user at the client."""

    async def work(ctx: "TenantContext") -> int:
        from consentry.operations.authorizations import revoke_authorizations

        return await revoke_authorizations(ctx, await _holder(ctx, asked))

    ended = on_tenant(asked.tenant, work, atomic=False)
    show(asked, {"ended": ended}, f"{ended} ended")
    return 0


def read_id(text: str) -> UUID:
    """An id as it is printed. Raises Failed."""
    try:
        return UUID(text)
    except ValueError:
        raise Failed("an id is 32 hexadecimal digits, such as `list` prints it") from None


async def _holder(ctx: "TenantContext", asked: argparse.Namespace) -> "Holder":
    from consentry.operations.users import get_user
    from consentry.store.lists import Holder

    user = await get_user(ctx, asked.user) if asked.user else None
    return Holder(user.user_id if user else None, asked.client)


def _described(row: "AuthorizationRow", names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "username": names.get(row.user_id),
        "client_id": row.client_id,
        "protocol": row.protocol,
        "scope": row.scope,
        "since": stamp(row.created_at),
    }
