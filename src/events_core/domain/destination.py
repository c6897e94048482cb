"""Where facts may be sent: a subscriber's URL must be no way into the inner network."""

import re
from collections.abc import Container
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 2000

_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_PORTS = {None, 443, 8443}


def check_url(url: str, allowed_hosts: Container[str] = ()) -> None:
    """Check that a subscriber may be at a URL.

    Of ``allowed_hosts`` it may be plain http, at any port. The address that a name
    leads to is checked when connecting, not here.

    Raises:
        ValueError: it may not; the message is one line, to be read after "url: ".
    """
    parts = checked_form(url)
    host = parts.hostname or ""
    if host in allowed_hosts:
        return
    if parts.scheme != "https":
        raise ValueError("must be https")
    if parts.port not in _PORTS:
        raise ValueError("must be at port 443 or 8443")
    if _is_literal(host):
        raise ValueError("must have a name for its host")


def checked_form(url: str) -> SplitResult:
    """Return the parts of a URL that travels as it is written.

    Raises:
        ValueError: it is none; the message is one line, to be read after "url: ".
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        raise ValueError(f"must be up to {LONGEST_URL} plain ASCII characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL") from None
    if parts.scheme not in {"http", "https"} or not host or " " in url:
        raise ValueError("must be http or https, with a host")
    if "@" in parts.netloc or "#" in url or "\\" in url:
        raise ValueError("must have no user and no fragment")
    segments = parts.path.split("/")
    if not _PATH.fullmatch(parts.path) or "." in segments or ".." in segments:
        raise ValueError("must have its path as it travels")
    return parts


def _is_literal(host: str) -> bool:
    """Tell whether a host is an address in one of its many spellings."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")
