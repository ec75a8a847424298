"""`consentry report`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.output import show, stamp, table
from consentry.cli.session import on_tenant
from consentry.cli.words import command, verbs

if TYPE_CHECKING:
    from consentry.operations.reports import SigningClient


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verb = verbs(nouns, "report", "what is going on in a tenant")
    command(verb, "oauth1", oauth1, "who still signs OAuth 1 requests, and when last", tenant=True)


def oauth1(asked: argparse.Namespace) -> int:
    """Print the clients registered for OAuth 1, the one that signed last first."""
    from consentry.operations.reports import oauth1_report

    rows = [_described(one) for one in on_tenant(asked.tenant, oauth1_report)]
    columns = ("client_id", "client_name", "last_signed_at", "speaks_oauth2", "disabled")
    show(asked, rows, table(rows, columns))
    return 0


def _described(one: "SigningClient") -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "client_name": one.client_name,
        "last_signed_at": stamp(one.last_signed_at),
        "signature_methods": list(one.methods),
        "speaks_oauth2": one.speaks_oauth2,
        "disabled": one.is_disabled,
    }
