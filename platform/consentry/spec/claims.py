"""The `claims` request parameter and the standard claims (OIDC Core §5.1, §5.5)."""

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from .errors import InvalidRequest
from .standard_claims import STANDARD_CLAIMS, check_claims

__all__ = ["STANDARD_CLAIMS", "ClaimAsk", "ClaimsRequest", "check_claims"]

MAX_BYTES: Final = 8 * 1024
MAX_DEPTH: Final = 8
_RULE: Final = "claims parameter"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ClaimAsk:
    """How one claim is asked for; `values` in order of preference (OIDC Core §5.5.1)."""

    essential: bool = False
    values: tuple[Any, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; the form `ClaimsRequest.parse` reads."""
        asked: dict[str, Any] = {"essential": True} if self.essential else {}
        if self.values:
            asked["values"] = list(self.values)
        return asked


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """Single claims asked for, by where they shall be answered; false when none are."""

    userinfo: dict[str, ClaimAsk] = field(default_factory=dict)
    id_token: dict[str, ClaimAsk] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> "ClaimsRequest":
        """What the parameter asks for; nothing when omitted.

        Members we do not know are passed over (OIDC Core §5.5). Raises InvalidRequest for
        bad JSON, a repeated member, more than 8 KiB or deeper than 8.
        """
        if text is None:
            return cls()
        if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise _bad(f"longer than {MAX_BYTES} bytes")
        return cls.from_dict(_object(_read(text), "claims"))

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> "ClaimsRequest":
        """The request these JSON members spell. Raises InvalidRequest."""
        return cls(
            userinfo=_asks(members.get("userinfo"), "userinfo"),
            id_token=_asks(members.get("id_token"), "id_token"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` gives an equal value back."""
        places = {"userinfo": self.userinfo, "id_token": self.id_token}
        return {
            place: {name: ask.to_dict() or None for name, ask in asks.items()}
            for place, asks in places.items()
            if asks
        }

    def without(self, names: Collection[str]) -> "ClaimsRequest":
        """The same without these claims, in whatever language (OIDC Core §5.2)."""
        return ClaimsRequest(_except(self.userinfo, names), _except(self.id_token, names))

    def __bool__(self) -> bool:
        return bool(self.userinfo or self.id_token)


def _except(asks: Mapping[str, ClaimAsk], names: Collection[str]) -> dict[str, ClaimAsk]:
    return {name: ask for name, ask in asks.items() if name.partition("#")[0] not in names}


def _asks(members: Any, place: str) -> dict[str, ClaimAsk]:
    # null is as good as absent.
    if members is None:
        return {}
    return {name: _ask(name, member) for name, member in _object(members, place).items()}


def _ask(name: str, member: Any) -> ClaimAsk:
    if member is None:
        return ClaimAsk()
    asked = _object(member, name)
    essential = asked.get("essential", False)
    values = asked.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise _bad(f"{name[:64]} has a member of the wrong type")
    if "value" in asked:
        values = [asked["value"], *values]
    return ClaimAsk(essential=essential, values=tuple(values))


def _read(text: str) -> Any:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_int=_safe_int,
            parse_float=_finite,
        )
    except RecursionError:
        raise _bad(f"deeper than {MAX_DEPTH}") from None
    except ValueError:
        raise _bad("not JSON") from None
    if any(level > MAX_DEPTH for level, _ in _walk(value)):
        raise _bad(f"deeper than {MAX_DEPTH}")
    # A lone surrogate could not be written out again.
    if any(isinstance(part, str) and _SURROGATE.search(part) for _, part in _walk(value)):
        raise _bad("not Unicode text")
    return value


def _walk(value: Any) -> Iterator[tuple[int, Any]]:
    """Every value and member name inside, with its depth; a container stands one deeper."""
    waiting = [(0, value)]
    while waiting:
        depth, part = waiting.pop()
        if isinstance(part, dict):
            yield depth + 1, part
            waiting += [(depth + 1, inner) for pair in part.items() for inner in pair]
        elif isinstance(part, list):
            yield depth + 1, part
            waiting += [(depth + 1, inner) for inner in part]
        else:
            yield depth, part


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_constant(name: str) -> NoReturn:
    # RFC 8259 §6 has no NaN and no Infinity.
    raise ValueError(name)


def _safe_int(digits: str) -> int:
    # What every JSON reader holds exactly (RFC 8259 §6).
    if abs(number := int(digits)) >= 2**53:
        raise ValueError("number too large")
    return number


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("number too large")
    return number


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(f"{name[:64]} must be an object")
    return value


def _bad(reason: str) -> InvalidRequest:
    return InvalidRequest(f"claims: {reason}", rule=_RULE)
