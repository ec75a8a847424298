"""Who acts: what the audit trail names and permissions are asked of."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from consentry.spec.scope import Scope

ActorKind = Literal["user", "client", "operator", "system"]
OPERATORS: Final = UUID(int=0)
"""The tenant whose people are the operators, and whose audit trail is the deployment's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a client with a token of its own, an operator, or the program itself.

    id: user id (hex with dashes) or client_id; name: as people know it. roles: of the person.
    scopes: what an API token was granted; None where no token narrows what the roles allow.
    address, request_id: of the request, empty where there is none.
    """

    kind: ActorKind
    id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: Scope | None = None
    address: str = ""
    request_id: str = ""


SYSTEM: Final = Actor("system", name="system")
"""The command line and the jobs: whoever runs them holds the deployment's keys."""
NOBODY: Final = Actor("user")
"""Whoever sent a request, until a door knows better; may do nothing."""
