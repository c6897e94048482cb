"""Which addresses are on the internet: the last look before connecting."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

# What ``is_global`` lets pass and leads inwards all the same: addresses with another
# one inside (NAT64, 6to4), benchmarks, relays, documentation, segment routing.
_INNER = tuple(
    map(
        ip_network,
        (
            "192.88.99.0/24",
            "198.18.0.0/15",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
        ),
    )
)


class InnerAddress(OSError):
    """A name leads to an address that is not on the internet."""


def is_outer(address: str) -> bool:
    """Tell whether an address is on the internet, and not a way round to us."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return is_outer(str(mapped))
    inner = any(ip in net for net in _INNER if net.version == ip.version)
    return ip.is_global and not ip.is_multicast and not inner


def guarded_socket(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address that was resolved just now.

    This is the last look before connecting: no name, no literal and no second answer
    of a name server gets past it.

    Raises:
        InnerAddress: it is not on the internet.
    """
    family, kind, protocol, _, where = address
    if not is_outer(where[0]):
        raise InnerAddress("the address is not on the internet")
    return socket.socket(family, kind, protocol)
