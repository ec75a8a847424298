"""Who acts: what the audit trail names and permissions are asked of."""

from dataclasses import dataclass
from typing import Literal

from consentry.spec.scope import Scope

ActorKind = Literal["user", "client", "operator", "system"]


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


SYSTEM = Actor("system", name="system")
"""The command line and the jobs: whoever runs them holds the deployment's keys."""
