"""What a route asks of those who come: scopes, a realm, or nothing but to be known."""

from collections.abc import Iterable
from dataclasses import dataclass

from consentry.spec.scope import Scope

Scopes = str | Iterable[str] | None
"""A text: all of its words. A list: one of its texts is enough. None: any scope will do."""


@dataclass(frozen=True, slots=True)
class Need:
    """alternatives: each of them suffices; none at all means that any scope does.

    realm: what a signed request must name in its header; bearer tokens know none.
    optional: whoever sends no credentials at all is let in.
    """

    alternatives: tuple[Scope, ...] = ()
    realm: str | None = None
    optional: bool = False

    @classmethod
    def of(cls, scopes: Scopes, *, realm: str | None = None, optional: bool = False) -> "Need":
        """The need these words spell. Raises ValueError for an empty or malformed text:
        an alternative that asks nothing would open the route to any scope.
        """
        texts = [] if scopes is None else [scopes] if isinstance(scopes, str) else list(scopes)
        alternatives = tuple(Scope.parse(text) for text in texts)
        if not all(alternatives):
            raise ValueError("a text of scopes names at least one")
        return cls(alternatives, realm, optional)

    @property
    def wanted(self) -> Scope:
        """What to ask an authorization server for: the first of the alternatives."""
        return self.alternatives[0] if self.alternatives else Scope()

    def is_met_by(self, held: Scope) -> bool:
        """Whether a scope is enough."""
        return not self.alternatives or any(one <= held for one in self.alternatives)
