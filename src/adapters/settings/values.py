"""What the text of a setting says: each reads one kind, and refuses with ValueError.

The message goes to the operator, after the name of the setting.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

from events_core.domain.destination import checked_form

_SHORTEST_SECRET = 32

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")


def written(value: object) -> str:
    """Return what the environment says for a value: it is read as the same again."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case float() if value.is_integer():
            return str(int(value))
        case frozenset():
            return ",".join(sorted(map(written, value)))
        case tuple():
            return ",".join(map(written, value))
    return str(value)


def octets(text: str) -> bytes:
    """Return a secret of any length, as the bytes that sign."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be UTF-8") from None


def secret(text: str) -> bytes:
    """Return a secret of the signed context; short ones are refused."""
    value = octets(text)
    if len(value) < _SHORTEST_SECRET:
        raise ValueError(f"must be at least {_SHORTEST_SECRET} bytes long")
    return value


def web_base(text: str) -> str:
    """Return the address a service is below, without the slash at its end."""
    if "?" in text:
        raise ValueError("must have no query")
    checked_form(text)
    return text.rstrip("/")


def database_url(text: str) -> str:
    """Return the address of a database, whatever driver it names."""
    scheme, found, rest = text.partition("://")
    if not found or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("must be a postgresql:// URL")
    return f"postgresql://{rest}"


def within(lowest: float, highest: float) -> Callable[[str], float]:
    """Return a reader of numbers between two, both allowed."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError("must be a number") from None
        if not lowest <= value <= highest:
            raise ValueError(f"must be {lowest:g} to {highest:g}")
        return value

    return read


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader of whole numbers between two, both allowed."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise ValueError("must be a whole number")
        return int(within(lowest, highest)(text))

    return read


def switch(text: str) -> bool:
    """Return whether something is on."""
    if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ValueError("must be 1 or 0")
    return text.lower() in {"1", "true", "yes", "on"}


def hosts(text: str) -> frozenset[str]:
    """Return names of hosts, or addresses, in lower case."""
    named = frozenset(filter(None, (host.strip().lower() for host in text.split(","))))
    if not all(_HOST.fullmatch(host) or _is_address(host) for host in named):
        raise ValueError(
            "must be names of hosts as they are in URLs, or addresses, without scheme,"
            " port or *, with commas between them"
        )
    return named


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def waits(text: str) -> tuple[float, ...]:
    """Return seconds to wait, one after the other: three days in all at most."""
    try:
        given = tuple(map(within(0, 3 * 86_400), text.split(",")))
    except ValueError:
        raise ValueError("must be seconds, with commas between them") from None
    if len(given) > 100 or sum(given) > 3 * 86_400:
        raise ValueError("must be at most 100 waits, of three days all together")
    return given


def log_level(text: str) -> str:
    """Return the name of a log level, in lower case."""
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return text.lower()
