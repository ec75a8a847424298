"""What mails say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from consentry.operations.mail_tokens import Purpose, mint
from consentry.records.user import User
from consentry.tenancy.context import TenantContext

PATHS: Final[dict[Purpose, str]] = {
    "reset": "/login/reset",
    "welcome": "/login/welcome",
    "verify": "/account/verify",
}
NOT_YOU: Final = "If this was not you, change your password and look at your sessions."


@dataclass(frozen=True, slots=True)
class Letter:
    """subject: one line. lines: paragraphs. link: address and what to call it. aside: below."""

    subject: str
    greeting: str
    lines: tuple[str, ...]
    link: str
    link_text: str
    aside: str


async def letter_of(ctx: TenantContext, payload: Mapping[str, Any], user: User) -> Letter:
    """The letter that an effect's payload names, for a person as they are now."""
    name, place = user.claims.get("name"), ctx.tenant.name
    greeting = f"Hello {name if isinstance(name, str) else user.username},"
    kind = payload["letter"]
    if kind in PATHS:
        return Letter(*_linked(ctx, kind, user, greeting, place))
    if kind == "new_app":
        return await _new_app(ctx, payload, greeting, place)
    if kind == "webhook_stopped":
        return _webhook_stopped(ctx, payload, greeting, place)
    if kind == "address_changed":
        lines = (
            f"The e-mail address of your {place} account was changed. This one counts no more.",
        )
        aside = "If this was not you, tell whoever runs this service."
        return Letter("Your e-mail address was changed", greeting, lines, _at(ctx, "/login"),
                      "Sign in", aside)  # fmt: skip
    lines = (
        f"The password of your {place} account was changed. All sessions and app connections "
        "before that have ended.",
    )
    return Letter("Your password was changed", greeting, lines, _at(ctx, "/account/sessions"),
                  "See your sessions", NOT_YOU)  # fmt: skip


def _linked(
    ctx: TenantContext, kind: Purpose, user: User, greeting: str, place: str
) -> tuple[str, str, tuple[str, ...], str, str, str]:
    link = _at(ctx, PATHS[kind], token=mint(ctx, kind, user))
    if kind == "reset":
        line = f"Somebody, hopefully you, asked for a new password of your {place} account."
        aside = "The link counts for 30 minutes and once. If it was not you, do nothing."
        return "Set a new password", greeting, (line,), link, "Set a new password", aside
    if kind == "welcome":
        line = f"There is a {place} account for you; your username is {user.username}."
        aside = "The link counts for 7 days and once."
        return f"Your {place} account", greeting, (line,), link, "Choose a password", aside
    line = f"Please confirm that {user.email} is the address of your {place} account."
    aside = "The link counts for one day. If you have no such account, do nothing."
    return "Confirm your e-mail address", greeting, (line,), link, "Confirm address", aside


async def _new_app(
    ctx: TenantContext, payload: Mapping[str, Any], greeting: str, place: str
) -> Letter:
    client = await ctx.client(str(payload["client_id"]))
    name = client.metadata.client_name if client is not None else None
    shown = name or str(payload["client_id"])
    lines = (f"{shown} may now act with your {place} account, as you allowed it to.",)
    return Letter(
        "An app was connected to your account", greeting, lines, _at(ctx, "/account/apps"),
        "See what it may do", NOT_YOU,
    )  # fmt: skip


def _webhook_stopped(
    ctx: TenantContext, payload: Mapping[str, Any], greeting: str, place: str
) -> Letter:
    lines = (
        f"A webhook of {place} to {payload['host']} was switched off.",
        f"The reason: {payload['reason']}.",
        "What happens while it is off is not kept for it. Once its receiver answers again, "
        "switch it on; calls that failed before can be made again there.",
    )
    aside = f"You are written to because you administer {place}."
    return Letter(
        "A webhook was switched off", greeting, lines,
        _at(ctx, f"/admin/webhooks/{payload['webhook_id']}"), "See the webhook", aside,
    )  # fmt: skip


def _at(ctx: TenantContext, path: str, **query: str) -> str:
    """An address of the tenant's: its host comes from the configuration, never a request."""
    return f"{ctx.issuer}{path}" + (f"?{urlencode(query)}" if query else "")
