"""The template filter `scopes`, for Jinja."""

from collections.abc import Sequence

from jinja2 import Environment

from consentry.compat.provider.scope import DEFAULT, Scopes
from consentry.spec.scope import Scope


def scopes(value: int | str | Sequence[str], *, registry: Scopes = DEFAULT) -> list[str]:
    """The names of a scope given as bits, as space-delimited text or as a list of names."""
    if isinstance(value, int):
        return registry.names(value)
    if isinstance(value, str):
        return list(Scope.parse(value))
    return list(Scope.of(*value))


def install(env: Environment, registry: Scopes = DEFAULT) -> None:
    """Give an environment's templates the filter: `{{ grant.scope | scopes | join(" ") }}`."""

    def named(value: int | str | Sequence[str]) -> list[str]:
        return scopes(value, registry=registry)

    env.filters["scopes"] = named
