"""Which addresses are on the internet: the last look before connecting."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

# Of IPv6 nothing else has been given to anybody on the internet (RFC 4291, 2.4): what
# has an IPv4 address inside (mapped, compatible, translated, NAT64) is not in it.
_UNICAST = ip_network("2000::/3")

# What ``is_global`` lets pass and leads inwards all the same: protocols' own addresses,
# Teredo among them, 6to4, its relays, benchmarks, documentation.
_INNER = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "2001::/23",
            "2002::/16",
            "3fff::/20",
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
    if ip.version == 6 and ip not in _UNICAST:
        return False
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
