"""From words to an exit status."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache

from consentry.cli import (
    api,
    apply,
    audit,
    authorization,
    backup,
    client,
    consent,
    data_key,
    doctor,
    domain,
    export,
    importing,
    jobs,
    key,
    logout,
    mail,
    migrate,
    operator,
    policy,
    report,
    request,
    restore,
    scope,
    serve,
    sessions,
    settings,
    tenant,
    usage,
    user,
    webhook,
    worker,
)
from consentry.cli.errors import Failed

NOUNS = (
    migrate, serve, worker, jobs, apply, export, backup, restore, importing, tenant, domain,
    policy, scope, api, key, data_key, client, user, sessions, logout, authorization, consent,
    request, webhook, mail, operator, audit, report, usage, settings, doctor,
)  # fmt: skip


def run(words: Sequence[str]) -> int:
    """Do what the words say. 0 done, 1 refused or failed, 2 bad usage."""
    try:
        asked = command_parser().parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        status: int = asked.do(asked)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be told to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("consentry: interrupted", file=sys.stderr)
    except Exception as error:
        print(f"consentry: {_one_line(error)}", file=sys.stderr)
    return 1


@cache
def command_parser() -> argparse.ArgumentParser:
    """The parser of every command; each has `do`, which does it and gives the status.

    Made once in a process: it takes as long as many a command.
    """
    parser = argparse.ArgumentParser(
        prog="consentry",
        description="Multi-tenant OAuth and OpenID Connect server.",
        allow_abbrev=False,
    )
    nouns = parser.add_subparsers(metavar="COMMAND", required=True)
    for noun in NOUNS:
        noun.add_to(nouns)
    return parser


def _one_line(error: Exception) -> str:
    if isinstance(error, Failed):
        text = str(error)
    else:
        text = _reason(error)
    return " ".join(text.split())


def _reason(error: Exception) -> str:
    from consentry.crypto.seal import Unsealable
    from consentry.operations.errors import OperationError
    from consentry.spec.errors import OAuthError
    from consentry.store.ports import Duplicate, Unavailable

    if isinstance(error, Unavailable):
        return f"the database cannot be used ({error})"
    if isinstance(error, Unsealable):
        return f"CONSENTRY_SECRET_KEY: {error}"
    if isinstance(error, Duplicate):
        return "something of that name was stored meanwhile; try again"
    if isinstance(error, OperationError | OSError):
        return str(error)
    if isinstance(error, OAuthError):
        return error.description or error.code
    if os.environ.get("CONSENTRY_LOG_LEVEL", "").lower() == "debug":
        raise error
    # Its text could hold a value that nobody should read.
    return f"unexpected {type(error).__name__}; CONSENTRY_LOG_LEVEL=debug shows where"
