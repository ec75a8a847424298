"""`consentry policy`."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from consentry.cli.output import pairs, show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, keys_to_reset, pairs_to_set, verbs

if TYPE_CHECKING:
    from consentry.operations.policy import DryRun
    from consentry.records.policy import Policy


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "policy", "what a tenant decides about itself")
    command(verb, "show", show_it, "every key, defaults filled in", tenant=True)
    parser = command(verb, "set", change, "change some keys", tenant=True)
    pairs_to_set(parser)
    _tried(parser)
    parser = command(verb, "reset", reset, "put defaults back", tenant=True)
    keys_to_reset(parser)
    _tried(parser)


def _tried(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would change, and for which clients"
    )


def show_it(asked: argparse.Namespace) -> int:
    """Print the policy."""
    from consentry.operations.policy import get_policy

    return _shown(asked, on_tenant(asked.tenant, get_policy, atomic=False))


def change(asked: argparse.Namespace) -> int:
    """Change some keys."""
    from consentry.cli.assignments import assigned, kind_in
    from consentry.records.policy import Policy

    return _given(asked, assigned(asked.pairs, kind_in(Policy)))


def reset(asked: argparse.Namespace) -> int:
    """Put defaults back."""
    from consentry.cli.assignments import known_keys
    from consentry.records.policy import Policy

    return _given(asked, known_keys(asked.keys, Policy.model_fields))


def _given(asked: argparse.Namespace, given: Mapping[str, Any]) -> int:
    from consentry.operations.policy import dry_run, update_policy

    if asked.dry_run:
        found = on_tenant(asked.tenant, lambda ctx: dry_run(ctx, given), atomic=False)
        return _tried_out(asked, found)
    return _shown(asked, on_tenant(asked.tenant, lambda ctx: update_policy(ctx, given)))


def _shown(asked: argparse.Namespace, policy: "Policy") -> int:
    members = policy.model_dump(mode="json")
    show(asked, members, pairs(members))
    return 0


def _tried_out(asked: argparse.Namespace, found: "DryRun") -> int:
    affected = [{**asdict(one), "last_used_at": stamp(one.last_used_at)} for one in found.affected]
    changed = [{"key": key, **one} for key, one in found.changed.items()]
    lines = [table(changed, ("key", "from", "to")) if changed else "nothing would change"]
    lines += [f"{one['client_id']}: {'; '.join(one['reasons'])}" for one in affected]
    count = f"{len(affected)}{' or more' if found.has_more else ''}"
    told = f"{count} of {found.looked_at} clients would be refused something"
    lines.append(f"dry run, nothing was changed: {told}")
    data = {"dry_run": True, "changed": dict(found.changed), "looked_at": found.looked_at,
            "affected": affected, "has_more": found.has_more}  # fmt: skip
    show(asked, data, "\n".join(lines))
    return 0
