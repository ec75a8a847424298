"""`consentry session`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, verbs

if TYPE_CHECKING:
    from consentry.operations.sessions import Session
    from consentry.tenancy.context import TenantContext


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "session", "where people are signed in")
    parser = command(verb, "list", list_them, "the browsers of a user", tenant=True)
    parser.add_argument("--user", required=True, metavar="U", help="the user")
    parser = command(verb, "end", end, "sign a user out, and end what hangs on it", tenant=True)
    parser.add_argument("--user", required=True, metavar="U", help="the user")
    parser.add_argument("--key", metavar="KEY", help="this session alone, as `list` prints it")


def list_them(asked: argparse.Namespace) -> int:
    """Print live sessions, the newest first."""

    async def work(ctx: "TenantContext") -> list[dict[str, Any]]:
        from consentry.operations.sessions import sessions_of
        from consentry.operations.users import get_user

        user = await get_user(ctx, asked.user)
        return [_described(one) for one in await sessions_of(ctx, user.user_id)]

    rows = on_tenant(asked.tenant, work)
    show(asked, rows, table(rows, ("key", "device", "address", "since", "expires_at")))
    return 0


def end(asked: argparse.Namespace) -> int:
    """End one session, or all."""

    async def work(ctx: "TenantContext") -> int:
        from consentry.operations.sessions import end_session
        from consentry.operations.user_changes import end_sessions
        from consentry.operations.users import get_user

        user = await get_user(ctx, asked.user)
        if asked.key is None:
            return await end_sessions(ctx, user.user_id)
        await end_session(ctx, user.user_id, asked.key)
        return 1

    ended = on_tenant(asked.tenant, work)
    show(asked, {"ended": ended}, f"{ended} ended")
    return 0


def _described(session: "Session") -> dict[str, Any]:
    return {
        "key": session.key,
        "device": session.device,
        "address": session.address,
        "since": stamp(session.since),
        "expires_at": stamp(session.expires_at),
    }
