"""Redirect URIs: which may be registered, which one a request may name, how answers are added.

THREATS to a redirect are met at registration, so that at request time equality is enough.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address
from typing import Final, NamedTuple
from urllib.parse import unquote, urlencode

# What an authorization has room to keep.
MAX_LENGTH: Final = 2_000
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
# RFC 3986 §2: what a URI may hold; `*` and `#` are left out on purpose.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+")
# RFC 3986 appendix B, without the fragment.
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?://([^/?]*))?([^?]*)(?:\?(.*))?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]{1,5}))?")
_UNSAFE_DECODED = re.compile(r"[\x00-\x1f\x7f\\*]")
# The two literals whose port may differ (RFC 8252 §7.3). `localhost` is not among them: what
# it resolves to is not ours to know (RFC 8252 §8.3).
_ANY_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?((?:[/?].*)?)")


class Parts(NamedTuple):
    """A URI cut up; `host` keeps the brackets of IPv6, `port` is as written or empty."""

    scheme: str
    host: str
    port: str
    path: str


def split(uri: str) -> Parts:
    """The parts of an absolute URI without fragment.

    Raises ValueError with the reason: characters RFC 3986 does not allow (so no IDN, space,
    control character, backslash or `*`), no scheme, user-info, or a bad host or port.
    """
    if not uri or len(uri) > MAX_LENGTH:
        raise ValueError(f"must have 1 to {MAX_LENGTH} characters")
    if "#" in uri:
        raise ValueError("must not have a fragment")
    if not _CHARACTERS.fullmatch(uri):
        raise ValueError("has a character that is not allowed in a URI, or a wildcard")
    parts = _PARTS.fullmatch(uri)
    if parts is None:
        raise ValueError("must be absolute, with a scheme")
    host, port = _split_authority(parts[2]) if parts[2] else ("", "")
    return Parts(parts[1].lower(), host, port, parts[3])


def check_registrable(uri: str) -> None:
    """Refuse what must not be registered as a redirect URI; ValueError says why.

    https anywhere, http on loopback only, private-use schemes only with a dot in the name
    (RFC 8252 §7.1) — which leaves out `javascript`, `data` and their kin. No fragment
    (RFC 6749 §3.1.2), user-info, wildcard or `..` (RFC 9700 §4.1).
    """
    parts = split(uri)
    if parts.scheme in ("http", "https"):
        _check_web(parts)
    elif "." not in parts.scheme:
        raise ValueError(f"the scheme {parts.scheme} is not allowed (RFC 8252 §7.1)")
    _check_path(parts.path)


def check_link(uri: str) -> None:
    """Refuse a link that is not https, or http on loopback; ValueError says why."""
    parts = split(uri)
    if parts.scheme not in ("http", "https"):
        raise ValueError("must be an https URL")
    _check_web(parts)


def matches(registered: Iterable[str], asked: str) -> bool:
    """Whether `asked` is one of the registered URIs.

    Byte for byte (RFC 9700 §2.1); only the port may differ, and only when both are
    `http://127.0.0.1` or both `http://[::1]` (RFC 8252 §7.3).
    """
    known = tuple(registered)
    if asked in known:
        # `oob` of OAuth 1 may stand in the list, and is no URI.
        return ":" in asked
    found = _without_port(asked)
    return found is not None and any(_without_port(uri) == found for uri in known)


def append_params(uri: str, params: Mapping[str, str]) -> str:
    """The URI with parameters added to the query it has (RFC 6749 §3.1.2, §4.1.2)."""
    if "?" not in uri:
        joint = "?"
    else:
        joint = "" if uri.endswith(("?", "&")) else "&"
    return f"{uri}{joint}{urlencode(params)}"


def with_fragment(uri: str, params: Mapping[str, str]) -> str:
    """The URI with parameters as its fragment (RFC 6749 §4.2.2)."""
    return f"{uri}#{urlencode(params)}"


def origin(uri: str) -> str:
    """The source expression that lets a form lead there (CSP Level 3 §2.3.1).

    `scheme://host:port`, or `scheme:` where that grammar has no word for the place: custom
    schemes and IPv6 literals, which browsers pass over. Raises ValueError.
    """
    parts = split(uri)
    if parts.scheme not in ("http", "https") or parts.host.startswith("["):
        return f"{parts.scheme}:"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.host.lower()}{port}"


def _split_authority(authority: str) -> tuple[str, str]:
    if "@" in authority:
        raise ValueError("must not have user information")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise ValueError("has a malformed host or port")
    host, port = found[1], found[2] or ""
    if host.startswith("["):
        IPv6Address(host[1:-1])
    if port and not _is_port(port):
        raise ValueError("has a port outside 1 to 65535")
    return host, port


def _check_web(parts: Parts) -> None:
    if not parts.host:
        raise ValueError("must name a host")
    if parts.scheme == "http" and parts.host not in LOOPBACK_HOSTS:
        raise ValueError("must be https; http is for 127.0.0.1, [::1] and localhost only")


def _check_path(path: str) -> None:
    """Refuse `..` however it is written: servers differ in how often they decode."""
    for _ in range(4):
        if _UNSAFE_DECODED.search(path):
            raise ValueError("has an encoded character that is not allowed")
        # `;` ends a segment's name for some servers, so `..;` climbs as well.
        if any(segment.partition(";")[0] == ".." for segment in path.split("/")):
            raise ValueError("must not have .. in its path")
        decoded = unquote(path)
        if decoded == path:
            return
        path = decoded
    raise ValueError("is percent-encoded too many times")


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _ANY_PORT.fullmatch(uri)
    if found is None or (found[2] and not _is_port(found[2])):
        return None
    return found[1], found[3]


def _is_port(digits: str) -> bool:
    return 0 < int(digits) <= 65535
