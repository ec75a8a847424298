"""Which IP addresses a server may be talked into connecting to."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

# Reachable in principle, but nobody's web server: protocol assignments (RFC 6890 §2.2.2)
# and the retired 6to4 relays (RFC 7526).
_NOT_HOSTS: Final = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))
# All of today's public IPv6 lies here (IANA's IPv6 address space registry) ...
_GLOBAL_UNICAST: Final = ip_network("2000::/3")
# ... except what RFC 9637 has set aside for documentation.
_DOCUMENTATION: Final = ip_network("3fff::/20")
# The well-known prefix of NAT64 (RFC 6052 §2.1): the last 32 bits are an IPv4 address.
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an address, as text, is one of the public internet.

    An IPv6 address that carries an IPv4 address (mapped, 6to4, NAT64) is judged by that one.
    Whatever is no plain address (a name, an interface after `%`) is not public.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_v4(address)
    carried = _carried(address)
    return _is_public_v6(address) if carried is None else _is_public_v4(carried)


def _is_public_v4(address: IPv4Address) -> bool:
    if address.is_multicast or any(address in network for network in _NOT_HOSTS):
        return False
    return address.is_global


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address in _DOCUMENTATION:
        return False
    return address in _GLOBAL_UNICAST and address.is_global


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
