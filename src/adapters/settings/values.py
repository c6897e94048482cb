"""What the text of a setting says: each reads one kind, and refuses with ValueError.

The message goes to the operator, after the name of the setting.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

_SHORTEST_SECRET = 32


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


def secret(text: str) -> bytes:
    """Return a secret of the signed context; short ones are refused."""
    value = text.encode()
    if len(value) < _SHORTEST_SECRET:
        raise ValueError(f"must be at least {_SHORTEST_SECRET} bytes long")
    return value


def web_base(text: str) -> str:
    """Return the address a service is below, without the slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must have no user, no query and no fragment")
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
        value = float(text)
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
    """Return names of hosts, in lower case."""
    named = frozenset(filter(None, (host.strip().lower() for host in text.split(","))))
    if any(set("/@ ") & set(host) for host in named):
        raise ValueError("must be names of hosts, with commas between them")
    return named


def waits(text: str) -> tuple[float, ...]:
    """Return seconds to wait, one after the other: three days in all at most."""
    given = tuple(map(within(0, 3 * 86_400), text.split(",")))
    if len(given) > 100 or sum(given) > 3 * 86_400:
        raise ValueError("must be at most 100 waits, of three days all together")
    return given


def log_level(text: str) -> str:
    """Return the name of a log level, in lower case."""
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return text.lower()
