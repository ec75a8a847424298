"""Which claims about a person a client is given (OIDC Core §5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from consentry.records.user import User
from consentry.spec.claims import ClaimAsk
from consentry.spec.scope import CLAIMS_BY_SCOPE, Scope
from consentry.spec.standard_claims import STANDARD_CLAIMS


def by_scope(user: User, scope: Scope) -> dict[str, Any]:
    """The claims that the granted scopes ask for (§5.4), as far as they are known."""
    return _chosen(user, (name for one in scope for name in CLAIMS_BY_SCOPE.get(one, ())))


def by_name(user: User, asks: Mapping[str, ClaimAsk]) -> dict[str, Any]:
    """Single claims asked for by the `claims` parameter (§5.5), as far as they are known."""
    return _chosen(user, (name for name in asks if name in STANDARD_CLAIMS and name != "sub"))


def _chosen(user: User, names: Iterable[str]) -> dict[str, Any]:
    known = known_claims(user)
    return {name: known[name] for name in names if name in known}


def known_claims(user: User) -> dict[str, Any]:
    """All standard claims we hold about a person."""
    known: dict[str, Any] = {"preferred_username": user.username}
    if user.email is not None:
        known |= {"email": user.email, "email_verified": False}
    known["updated_at"] = int(user.changed_at.timestamp())
    return known | user.claims
