"""Response types and response modes (OAuth 2.0 Multiple Response Type Encoding Practices)."""

from typing import Final

from .errors import InvalidRequest, UnsupportedResponseType

RESPONSE_TYPES: Final = ("code", "token", "id_token", "id_token token")
"""What we answer; the words of one may come in any order (RFC 6749 §3.1.1)."""
RESPONSE_MODES: Final = ("query", "fragment", "form_post")
_SUPPORTED: Final = frozenset(frozenset(text.split(" ")) for text in RESPONSE_TYPES)


def normalize(text: str) -> frozenset[str]:
    """The words of a response type; their order means nothing (RFC 6749 §3.1.1)."""
    return frozenset(word for word in text.split(" ") if word)


def check_response_type(types: frozenset[str]) -> None:
    """Raises UnsupportedResponseType for a combination we do not answer."""
    if types not in _SUPPORTED:
        raise UnsupportedResponseType(
            "response_type is not supported",
            rule="response_type",
            received=" ".join(sorted(types)),
            registered=", ".join(RESPONSE_TYPES),
        )


def default_response_mode(types: frozenset[str]) -> str:
    """`query` for a code alone, else `fragment` (Multiple Response Types §2.1, §5)."""
    return "query" if types <= {"code"} else "fragment"


def check_response_mode(types: frozenset[str], mode: str | None) -> str:
    """The mode to answer in; the default when none is asked for.

    Raises InvalidRequest for an unknown mode, and for `query` with a token in the answer,
    which would leave it in logs and referrers (Multiple Response Types §3.0, §5).
    """
    if mode is None:
        return default_response_mode(types)
    if mode not in RESPONSE_MODES:
        raise InvalidRequest("response_mode is not supported", rule="response_mode", received=mode)
    if mode == "query" and not types <= {"code"}:
        raise InvalidRequest(
            "response_mode query is not for tokens", rule="response_mode", received=mode
        )
    return mode
