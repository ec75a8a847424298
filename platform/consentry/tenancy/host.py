"""Which host and which client a request comes from, proxies considered.

The peer's own word counts only when it is a configured proxy (RFC 7239 §8.1).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from consentry.settings import Network

Headers = Iterable[tuple[bytes, bytes]]
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?")
_FORWARDED_PAIR = re.compile(r'\s*([A-Za-z]+)=(?:"([^"]*)"|([^\s;,"]*))\s*')


class MalformedHost(ValueError):
    """Not exactly one well-formed `Host` (RFC 9112 §3.2)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """host: lower-case, with its port if one was sent. address: of the client. https: asked so."""

    host: str
    address: str
    https: bool


def origin_of(headers: Headers, peer: str, *, https: bool, trusted: Sequence[Network]) -> Origin:
    """Host, client address and scheme of a request. Raises MalformedHost.

    headers: ASGI's, names lower-case. https: how the deployment is reached.
    """
    hosts: list[bytes] = []
    forwarded: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        if name == b"host":
            hosts.append(value)
        elif name == b"forwarded" or name.startswith(b"x-forwarded-"):
            forwarded.append((name, value))
    if len(hosts) != 1:
        raise MalformedHost("exactly one Host header is needed")
    if not (forwarded and trusted and is_trusted(peer, trusted)):
        return Origin(_checked(hosts[0]), peer, https)
    return _behind_proxy(hosts[0], forwarded, peer, https, trusted)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address belongs to one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in trusted)


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
    """One mapping (for, host, proto) a hop, the nearest last; `Forwarded` wins if sent."""
    values: dict[bytes, str] = {}
    for name, value in headers:
        text = value.decode("latin-1")
        values[name] = f"{values[name]},{text}" if name in values else text
    if b"forwarded" in values:
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
        return str(ip_address(node))
    except ValueError:
        return None
