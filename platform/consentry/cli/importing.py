"""`consentry import`."""

import argparse
from typing import TYPE_CHECKING, Any

from consentry.cli.errors import Failed
from consentry.cli.output import show
from consentry.cli.session import command_line, on_deployment
from consentry.cli.words import command, named

if TYPE_CHECKING:
    from consentry.compat.provider.scope import Scopes
    from consentry.operations.imports.found import Options
    from consentry.operations.imports.report import Report
    from consentry.tenancy.deployment import Deployment

KINDS = ("django-oauth2-provider", "authlib-oauth1", "authlib-oauth2")
ROLES = ("clients", "tokens", "refresh_tokens", "users")
AUTH_METHODS = ("client_secret_basic", "client_secret_post")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        nouns,
        "import",
        import_all,
        "bring another product's clients, people and live tokens to a tenant",
        tenant=True,
    )
    named(parser, "SOURCE", "its database, sqlite:///… or postgresql://…; it is only read")
    parser.add_argument(
        "--from", dest="kind", required=True, choices=KINDS, help="which product's tables it has"
    )
    _add_options(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="print the counts, change nothing")
    parser.add_argument(
        "--create-users",
        action="store_true",
        help="make people who are not there, without password",
    )
    parser.add_argument(
        "--scopes",
        metavar="NAME=BITS,…",
        help="names of integer scopes (read=2,write=4); of django-oauth2-provider",
    )
    parser.add_argument(
        "--scope",
        default="",
        metavar="NAMES",
        help="scope of OAuth 1 clients, which have none there",
    )
    parser.add_argument(
        "--auth-method",
        choices=AUTH_METHODS,
        default=AUTH_METHODS[0],
        help="how clients of django-oauth2-provider send their secret",
    )
    parser.add_argument(
        "--username-column", default="username", metavar="COLUMN", help="of the table of people"
    )
    for role in ROLES:
        name = role.replace("_", "-")
        parser.add_argument(f"--{name}-table", metavar="TABLE", help=f"table of {name}")


def import_all(asked: argparse.Namespace) -> int:
    """Import in one transaction and print what was done."""
    options = _options(asked)
    report = on_deployment(lambda found: _import(found, asked, options))
    show(asked, {"dry_run": asked.dry_run, **report.to_dict()}, _as_text(report, asked.dry_run))
    return 0


async def _import(
    deployment: "Deployment", asked: argparse.Namespace, options: "Options"
) -> "Report":
    from consentry.operations.imports.run import SHAPES, import_from
    from consentry.store.sql.foreign import Unreadable, open_foreign

    shape = SHAPES[asked.kind]
    try:
        async with open_foreign(asked.source) as source:
            return await import_from(
                deployment, asked.tenant, shape, source, options, dry_run=asked.dry_run,
                actor=command_line(),
            )  # fmt: skip
    except Unreadable as error:
        raise Failed(f"the source: {error}") from None


def _options(asked: argparse.Namespace) -> "Options":
    from consentry.operations.imports.found import Options

    tables = {role: getattr(asked, f"{role}_table") for role in ROLES}
    chosen: dict[str, Any] = {} if asked.scopes is None else {"scopes": _scopes(asked.scopes)}
    return Options(
        tables={role: name for role, name in tables.items() if name},  # type: ignore[misc]
        scope=asked.scope,
        auth_method=asked.auth_method,
        username_column=asked.username_column,
        create_users=asked.create_users,
        **chosen,
    )


def _scopes(text: str) -> "Scopes":
    """`read=2,write=4` as a table of scopes. Raises Failed."""
    from consentry.compat.provider.scope import Scopes
    from consentry.spec.errors import InvalidScope

    try:
        pairs = [one.rpartition("=") for one in text.split(",")]
        return Scopes([(int(bits), name) for name, _, bits in pairs])
    except (ValueError, InvalidScope) as error:
        raise Failed(f"--scopes: {error}") from None


def _as_text(report: "Report", dry_run: bool) -> str:
    said = report.to_dict()
    lines = [f"+ scope {name}" for name in report.scopes]
    for what in ("clients", "people", "tokens"):
        counts = (f"{count} {name.replace('_', ' ')}" for name, count in said[what].items())
        lines.append(f"{what}: {', '.join(counts)}")
    lines += [f"! {note}" for note in report.notes]
    if dry_run:
        lines.append("dry run, nothing was changed")
    elif not report.changed:
        lines.append("nothing to change")
    return "\n".join(lines)
