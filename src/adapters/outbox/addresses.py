"""Where subscribers may be: a URL must be no way into the inner network."""

import re
import socket
from collections.abc import Container
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

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
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_LONGEST = 2000
_PORTS = {None, 443, 8443}


class InnerAddress(OSError):
    """A name leads to an address that is not on the internet."""


def check_url(url: str, allowed_hosts: Container[str] = ()) -> None:
    """Check that a subscriber may be at a URL.

    Of ``allowed_hosts`` it may be plain http, at any port. The address that a name
    leads to is checked when connecting, not here.

    Raises:
        ValueError: it may not; the message is one line.
    """
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"the URL must be up to {_LONGEST} plain ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("that is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("the URL must be http or https, with a host")
    if "@" in parts.netloc or "#" in url or "\\" in url:
        raise ValueError("the URL must have no user and no fragment")
    segments = parts.path.split("/")
    if not _PATH.fullmatch(parts.path) or "." in segments or ".." in segments:
        raise ValueError("the path must be given as it travels")
    if host in allowed_hosts:
        return
    if parts.scheme != "https":
        raise ValueError("the URL must be https")
    if port not in _PORTS:
        raise ValueError("the port must be 443 or 8443")
    if _is_literal(host):
        raise ValueError("the host must be a name")


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


def _is_literal(host: str) -> bool:
    """Tell whether a host is an address in one of its many spellings."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")
