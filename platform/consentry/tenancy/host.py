"""Which host and which client a request comes from, proxies considered.

The peer's own word counts only when it is a configured proxy (RFC 7239 §8.1).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from consentry.settings import Network

Headers = Sequence[tuple[bytes, bytes]]
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?")
_FORWARDED_PAIR = re.compile(r'\s*([A-Za-z]+)=(?:"([^"]*)"|([^\s;,"]*))\s*')
_X_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})


class MalformedHost(ValueError):
    """Not exactly one well-formed `Host` (RFC 9112 §3.2)."""


class Origin(NamedTuple):
    """host: lower-case, with its port if one was sent. address: of the client. https: asked so."""

    host: str
    address: str
    https: bool


def origin_of(headers: Headers, peer: str, *, https: bool, trusted: Sequence[Network]) -> Origin:
    """Host, client address and scheme of a request. Raises MalformedHost.

    headers: ASGI's, names lower-case. https: how the deployment is reached.
    """
    peer = plain_address(peer) if peer.startswith("::ffff:") else peer
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        raise MalformedHost("exactly one Host header is needed")
    if not (trusted and is_trusted(peer, trusted)):
        return Origin(_checked(hosts[0]), peer, https)
    forwarded = [
        (name, value)
        for name, value in headers
        if name == b"forwarded" or name.startswith(b"x-forwarded-")
    ]
    return _behind_proxy(hosts[0], forwarded, peer, https, trusted)


def plain_address(text: str) -> str:
    """An address as we name it: one that a dual-stack socket wrapped is IPv4 again."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return text
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address belongs to one of the networks."""
    try:
        parsed = ip_address(plain_address(address))
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


# Few hosts make most of the traffic; what is refused is not remembered.
@lru_cache(maxsize=4_096)
def _checked(raw: bytes) -> str:
    try:
        host = raw.decode("ascii").lower()
    except UnicodeDecodeError:
        raise MalformedHost("Host is not ASCII") from None
    if len(host) > 255 or not _HOST.fullmatch(host):
        raise MalformedHost("Host is not a host name")
    return host


def _behind_proxy(
    host: bytes,
    headers: Sequence[tuple[bytes, bytes]],
    peer: str,
    https: bool,
    trusted: Sequence[Network],
) -> Origin:
    hops = _hops(headers)
    address = peer
    # From the nearest hop outwards: the first that is no proxy of ours is the client.
    for hop in reversed(hops):
        claimed = _bare_address(hop.get("for", ""))
        if claimed is None:
            break
        address = claimed
        if not is_trusted(address, trusted):
            break
    nearest = hops[-1] if hops else {}
    named = nearest.get("host")
    return Origin(
        host=_checked(named.encode("latin-1") if named else host),
        address=address,
        https=nearest["proto"].lower() == "https" if nearest.get("proto") else https,
    )


def _hops(headers: Sequence[tuple[bytes, bytes]]) -> list[dict[str, str]]:
    """One mapping (for, host, proto) a hop, the nearest last.

    `Forwarded` counts where it stands alone. Nearly every proxy writes `X-Forwarded-*` and
    leaves a `Forwarded` as it came, so beside those it is the caller's own word.
    """
    values: dict[bytes, str] = {}
    for name, value in headers:
        text = value.decode("latin-1")
        values[name] = f"{values[name]},{text}" if name in values else text
    if b"forwarded" in values and not values.keys() & _X_FORWARDED:
        return [_pairs(element) for element in values[b"forwarded"].split(",")]
    addresses = [part.strip() for part in values.get(b"x-forwarded-for", "").split(",")]
    hops: list[dict[str, str]] = [{"for": one} for one in addresses if one] or [{}]
    for name, key in ((b"x-forwarded-host", "host"), (b"x-forwarded-proto", "proto")):
        if name in values:
            hops[-1][key] = values[name].rpartition(",")[2].strip()
    return hops


def _pairs(element: str) -> dict[str, str]:
    return {
        found[1].lower(): found[2] if found[2] is not None else found[3]
        for part in element.split(";")
        if (found := _FORWARDED_PAIR.fullmatch(part))
    }


def _bare_address(node: str) -> str | None:
    """The address of a node identifier, without port or brackets (RFC 7239 §6)."""
    if node.startswith("["):
        node = node[1:].partition("]")[0]
    elif node.count(":") == 1:
        node = node.partition(":")[0]
    try:
        ip_address(node)
    except ValueError:
        return None
    return plain_address(node)
