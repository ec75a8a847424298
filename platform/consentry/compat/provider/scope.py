"""Scopes as bits of an integer, as django-oauth2-provider keeps them in its rows.

On the wire a scope is always space-delimited names (RFC 6749 §3.3); the integer is how it is
stored. Functions of the module use the shipped names unless given others by `scopes=`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from consentry.compat.provider.constants import SCOPES
from consentry.spec.errors import InvalidScope
from consentry.spec.scope import Scope

Entry = tuple[int, str] | tuple[int, str, str]


class Scopes:
    """The scopes of one provider: bits, names, what people read, and which brings which along.

    entries: (bits, name) or (bits, name, description), in order; the first is the default one.
    implies: name to the names it brings along. Nothing is implied unless said here: `write`
    alone is not `read`. Raises ValueError for a name twice, no bits, or no scope-token.
    """

    def __init__(
        self, entries: Iterable[Entry], *, implies: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.descriptions: dict[str, str] = {}
        self._bits: dict[str, int] = {}
        for bits, name, *text in entries:
            _check_entry(bits, name, self._bits)
            self._bits[name] = bits
            self.descriptions[name] = text[0] if text else ""
        if not self._bits:
            raise ValueError("at least one scope is needed")
        self._implies = {name: tuple(brought) for name, brought in (implies or {}).items()}
        for name in {*self._implies, *(one for each in self._implies.values() for one in each)}:
            if name not in self._bits:
                raise ValueError(f"implies: {name} is no scope here")

    def __contains__(self, name: object) -> bool:
        return name in self._bits

    @property
    def first(self) -> str:
        """The name of the first entry: the default of old."""
        return next(iter(self._bits))

    @property
    def all_bits(self) -> int:
        """Every registered bit."""
        return self._union(self._bits.values())

    def is_composite(self, name: str) -> bool:
        """Whether a name only stands for others together, as `read+write` does."""
        bits = self._bits[name]
        parts = (other for other in self._bits.values() if other != bits and other & bits == other)
        return self._union(parts) == bits

    def names(self, scope: int, *, composites: bool = False) -> list[str]:
        """The names whose bits are all in a scope, in their order; composite ones if asked."""
        return [
            name
            for name, bits in self._bits.items()
            if check(bits, scope) and (composites or not self.is_composite(name))
        ]

    def to_int(
        self, *names: str, default: int = 0, write_implies_read: bool = False, strict: bool = False
    ) -> int:
        """The bits of these names and what they bring along, and those of `default` always.

        An unknown name adds nothing; with `strict` it raises InvalidScope.
        """
        bits, waiting, seen = default, list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name not in self._bits and strict:
                raise InvalidScope(f"{name[:100]} is not a scope", rule="scope", received=name)
            bits |= self._bits.get(name, 0)
            waiting += self._implies.get(name, ())
            if write_implies_read and name == "write":
                waiting.append("read")
        return bits

    def text(self, scope: int) -> str:
        """The scope as the wire has it: names parted by spaces (RFC 6749 §3.3)."""
        return str(Scope.of(*self.names(scope)))

    @staticmethod
    def _union(values: Iterable[int]) -> int:
        bits = 0
        for value in values:
            bits |= value
        return bits


def _check_entry(bits: int, name: str, known: Mapping[str, int]) -> None:
    if isinstance(bits, bool) or not isinstance(bits, int) or bits <= 0:
        raise ValueError(f"scope {name!r}: its bits are a positive integer, not {bits!r}")
    if name in known:
        raise ValueError(f"scope {name!r} is there twice")
    Scope.of(name)


DEFAULT: Final = Scopes(SCOPES)


def check(wants: int, has: int) -> bool:
    """Whether all bits of `wants` are in `has`; False when nothing is wanted.

    Raises ValueError for a negative number, which would have every bit.
    """
    if wants < 0 or has < 0:
        raise ValueError("a scope is not negative")
    return wants != 0 and wants & has == wants


def to_names(scope: int, *, composites: bool = False, scopes: Scopes = DEFAULT) -> list[str]:
    """The names inside a scope: `["read", "write"]` for 6, with `read+write` if asked."""
    return scopes.names(scope, composites=composites)


names = to_names


def to_int(
    *names: str,
    default: int = 0,
    write_implies_read: bool = False,
    strict: bool = False,
    scopes: Scopes = DEFAULT,
) -> int:
    """The bits of these names: 4 for `write`, 6 with `write_implies_read`.

    `default` is or-ed in even when names match. An unknown name adds nothing; with `strict`
    it raises InvalidScope.
    """
    return scopes.to_int(
        *names, default=default, write_implies_read=write_implies_read, strict=strict
    )
