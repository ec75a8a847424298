"""`consentry user set`, `reset` and `data`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from consentry.cli.errors import Failed
from consentry.cli.output import show, stamp
from consentry.cli.session import on_tenant
from consentry.cli.words import command, keys_to_reset, named, pairs_to_set

if TYPE_CHECKING:
    from consentry.records.user import User
    from consentry.tenancy.context import TenantContext

WHO: Final = "username or e-mail"
CLAIM: Final = "claims."
KEYS: Final = ("username", "email", "roles")
KINDS: Final = {"boolean": "bool", "number": "int", "object": "dict"}
"""How the JSON types of claims are written; the others are text."""


def add_to(verb: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = command(
        verb, "set", change, "change username, email, roles or claims.NAME", tenant=True
    )
    named(parser, "U", WHO)
    pairs_to_set(parser)
    parser = command(verb, "reset", reset, "remove email, roles or claims.NAME", tenant=True)
    named(parser, "U", WHO)
    keys_to_reset(parser)
    parser = command(verb, "data", data, "all that is kept about a person, as JSON", tenant=True)
    named(parser, "U", WHO)


def change(asked: argparse.Namespace) -> int:
    """Change a person; what is not named stays."""
    from consentry.cli.assignments import assigned

    return _given(asked, assigned(asked.pairs, _kind_of))


def reset(asked: argparse.Namespace) -> int:
    """Remove what is named."""
    return _given(asked, dict.fromkeys(asked.keys))


def claims_of(assignments: Sequence[str]) -> dict[str, Any]:
    """Claims by name. Raises Failed."""
    from consentry.cli.assignments import assigned

    return assigned(assignments, lambda name: _kind_of(CLAIM + name), "--claim ")


def _kind_of(key: str) -> str:
    from consentry.spec.standard_claims import CLAIM_TYPES

    if key == "roles":
        return "tuple"
    plain = key.removeprefix(CLAIM).partition("#")[0]
    return KINDS.get(CLAIM_TYPES.get(plain, ""), "str") if key.startswith(CLAIM) else "str"


def _given(asked: argparse.Namespace, given: Mapping[str, Any]) -> int:
    claims = {key.removeprefix(CLAIM): one for key, one in given.items() if key.startswith(CLAIM)}
    changes = {key: one for key, one in given.items() if not key.startswith(CLAIM)}
    for key in changes:
        if key not in KEYS:
            raise Failed(f"{key}: must be {', '.join(KEYS)} or {CLAIM}NAME")

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.user_changes import update_user
        from consentry.operations.users import get_user

        user = await get_user(ctx, asked.u)
        asked_for = {**changes, "claims": claims} if claims else changes
        return described(await update_user(ctx, user.user_id, asked_for))

    made = on_tenant(asked.tenant, work)
    show(asked, made, f"user {made['username']} is changed")
    return 0


def data(asked: argparse.Namespace) -> int:
    """Print all that is kept about a person, without what would sign in for them."""

    async def work(ctx: "TenantContext") -> dict[str, Any]:
        from consentry.operations.account import everything_about
        from consentry.operations.users import get_user

        return await everything_about(ctx, (await get_user(ctx, asked.u)).user_id)

    found = on_tenant(asked.tenant, work)
    show(asked, found, json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def described(user: "User") -> dict[str, Any]:
    """A person, without their password's hash."""
    return {
        "username": user.username,
        "email": user.email,
        "user_id": str(user.user_id),
        "roles": user.roles.split(),
        "claims": user.claims,
        "has_password": user.password_hash is not None,
        "disabled": user.disabled_at is not None,
        "created_at": stamp(user.created_at),
        "changed_at": stamp(user.changed_at),
    }
