"""The scopes a form offers for an app, and what was chosen."""

from collections.abc import Container, Mapping
from typing import Any

from consentry.interaction.consent import STANDARD_TEXTS, scope_text
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

PREFIX = "scope:"
MOST_BOXES = 40
# What a person is asked for about themselves, and keeping access, needs a person.
PERSONAL = tuple(STANDARD_TEXTS)


def offered(ctx: TenantContext, *, personal: bool) -> list[str]:
    """The scope-tokens a form offers; personal: those about a person too."""
    return [*(PERSONAL if personal else ()), *sorted(set(ctx.scopes) - set(PERSONAL))]


def choices(ctx: TenantContext, chosen: Container[str], *, personal: bool) -> list[dict[str, Any]]:
    """What `offered` gives, each with its text."""
    return [
        {
            "field": PREFIX + name,
            "name": name,
            "text": scope_text(ctx, name),
            "checked": name in chosen,
        }
        for name in offered(ctx, personal=personal)
    ]


def are_boxes(ctx: TenantContext) -> bool:
    """Whether there are few enough to choose by a box each; else they are typed."""
    return len(ctx.scopes) <= MOST_BOXES


def chosen_of(form: Mapping[str, str], kept: Scope) -> str:
    """The scope a form asks for. kept: what no form offers, and stays as it is.

    Raises InvalidScope for typed text that is none (RFC 6749 §3.3).
    """
    boxes = [name.removeprefix(PREFIX) for name in form if name.startswith(PREFIX)]
    typed = Scope.parse(form.get("scope") or "")
    return str(Scope.of(*boxes) | typed | kept)


def unoffered(ctx: TenantContext, scope: Scope, *, personal: bool) -> Scope:
    """What is registered and no form offers, such as the scopes of our own API."""
    shown = offered(ctx, personal=personal)
    return Scope.of(*(name for name in scope if name not in shown and ctx.declares(name)))
