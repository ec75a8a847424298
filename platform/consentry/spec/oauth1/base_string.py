"""What a signature is computed over (RFC 5849 §3.4.1)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from .encoding import Pair, escape
from .errors import ParameterRejected

_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE)
# RFC 3986 §3.2.2: an IP literal or a reg-name; whoever writes user information means no host.
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]+)(?::([0-9]{0,5}))?")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
MAX_AUTHORITY: Final = 300
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Target(NamedTuple):
    """Where a request goes: the base string URI and the query as sent."""

    uri: str
    query: bytes


def target_of(url: str) -> Target:
    """Base string URI and query of an absolute http or https URL (§3.4.1.2).

    Scheme and host in lower case, the default port dropped, the path as sent. Raises
    ParameterRejected for what is no such URL: user information, spaces, non-ASCII.
    """
    found = _URL.fullmatch(url) if _VISIBLE.fullmatch(url) else None
    origin = _origin(found[1], found[2]) if found and len(found[2]) <= MAX_AUTHORITY else None
    if found is None or origin is None:
        raise ParameterRejected("the request's URL is malformed", rule="base string URI")
    return Target(origin + (found[3] or "/"), (found[4] or "").encode())


# Few hosts make most of the traffic.
@lru_cache(maxsize=1_024)
def _origin(scheme: str, authority: str) -> str | None:
    """Scheme and host, with a port that is not the scheme's own; None if there is no host."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return None
    scheme, host, port = scheme.lower(), found[1].lower(), found[2] or ""
    return f"{scheme}://{host}" + ("" if port in ("", _DEFAULT_PORTS[scheme]) else f":{port}")


def base_string_uri(url: str) -> str:
    """The URI part of the base string (§3.4.1.2). Raises ParameterRejected."""
    return target_of(url).uri


def normalized_parameters(pairs: Iterable[Pair]) -> str:
    """Parameters encoded, sorted by name and then value, and joined (§3.4.1.3.2)."""
    encoded = sorted((escape(name), escape(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def base_string(method: str, uri: str, pairs: Iterable[Pair]) -> str:
    """The signature base string (§3.4.1.1).

    uri: as `base_string_uri` gives it. pairs: all parameters of the request but the realm and
    `oauth_signature` (§3.4.1.3.1).
    """
    # What is encoded already holds nothing else that encoding once more would change.
    twice = normalized_parameters(pairs).replace("%", "%25").replace("=", "%3D")
    return "&".join((escape(method.upper()), escape(uri), twice.replace("&", "%26")))
