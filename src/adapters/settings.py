"""How an operator sets the service up: everything the environment can say.

Each setting has one name, perhaps older ones that are read where the first is not
set, and for secrets ``<NAME>_FILE``, which names a file that holds the value.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

_SHORTEST_SECRET = 32


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one line for the operator."""


class Directory(StrEnum):
    """Where memberships and permissions are kept."""

    REMOTE = "remote"
    LOCAL = "local"


@frozen
class _About:
    """What is known of a setting beside its value."""

    names: tuple[str, ...]
    read: Callable[[str], Any]
    help: str
    secret: bool


def _setting(
    *names: str,
    default: Any,  # noqa: ANN401 (of the field's own type)
    read: Callable[[str], Any] = str,
    secret: bool = False,
    help: str,  # noqa: A002 (what such texts are called)
) -> Any:  # noqa: ANN401 (attrs' own)
    about = _About(names, read, help, secret)
    return field(default=default, repr=not secret, metadata={_About: about})


def _secret(text: str) -> bytes:
    value = text.encode()
    if len(value) < _SHORTEST_SECRET:
        raise ValueError(f"must be at least {_SHORTEST_SECRET} bytes long")
    return value


def _web_base(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must have no user, no query and no fragment")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    scheme, found, rest = text.partition("://")
    if not found or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("must be a postgresql:// URL")
    return f"postgresql://{rest}"


def _within(lowest: float, highest: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not lowest <= value <= highest:
            raise ValueError(f"must be {lowest:g} to {highest:g}")
        return value

    return read


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise ValueError("must be a whole number")
        return int(_within(lowest, highest)(text))

    return read


def _switch(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ValueError("must be 1 or 0")
    return text.lower() in {"1", "true", "yes", "on"}


def _hosts(text: str) -> frozenset[str]:
    hosts = frozenset(filter(None, (host.strip().lower() for host in text.split(","))))
    if any(set("/@ ") & set(host) for host in hosts):
        raise ValueError("must be names of hosts, with commas between them")
    return hosts


def _schedule(text: str) -> tuple[float, ...]:
    waits = tuple(map(_within(0, 3 * 86_400), text.split(",")))
    if len(waits) > 100 or sum(waits) > 3 * 86_400:
        raise ValueError("must be at most 100 waits, of three days all together")
    return waits


def _log_level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return text.lower()


@frozen(kw_only=True)
class Settings:
    """Everything that can be set. Read it with ``read_settings``."""

    hmac_secret: bytes | None = _setting(
        "BFF_INTERNAL_HMAC_SECRET",
        default=None,
        read=_secret,
        secret=True,
        help="The secret of the signed internal context, 32 bytes or more.",
    )
    hmac_secret_previous: bytes | None = _setting(
        "BFF_INTERNAL_HMAC_SECRET_PREVIOUS",
        default=None,
        read=_secret,
        secret=True,
        help="The secret before this one, accepted while callers change over.",
    )
    access_url: str | None = _setting(
        "ACCESS_BASE_URL",
        default=None,
        read=_web_base,
        help="Where permissions are asked, such as http://access:8002/api/v1.",
    )
    portal_url: str | None = _setting(
        "PORTAL_BASE_URL",
        "PORTAL_SERVICE_URL",
        default=None,
        read=_web_base,
        help="Where memberships are asked, such as http://portal:8003/api/v1.",
    )
    directory: Directory = _setting(
        "EVENTS_DIRECTORY",
        default=Directory.REMOTE,
        read=lambda text: Directory(text.lower()),
        help="`remote` asks Access and Portal, `local` the service's own database.",
    )
    host: str = _setting(
        "EVENTS_HOST", default="127.0.0.1", help="The address to listen on."
    )
    port: int = _setting(
        "EVENTS_PORT",
        default=8005,
        read=_whole(0, 65535),
        help="The port to listen on; 0 for any that is free.",
    )
    public_url: str | None = _setting(
        "EVENTS_PUBLIC_URL",
        default=None,
        read=_web_base,
        help="Where callers reach the service, for what has to name it.",
    )
    database_url: str | None = _setting(
        "EVENTS_DATABASE_URL",
        "DATABASE_URL",
        default=None,
        read=_database_url,
        secret=True,
        help="The database, as the app's role. Without it the embedded PostgreSQL.",
    )
    database_owner_url: str | None = _setting(
        "EVENTS_DATABASE_OWNER_URL",
        default=None,
        read=_database_url,
        secret=True,
        help="The database as its owner's role; where set, `serve` migrates.",
    )
    database_relay_url: str | None = _setting(
        "EVENTS_DATABASE_RELAY_URL",
        default=None,
        read=_database_url,
        secret=True,
        help="The database as the relay's role, who sees all tenants; for retention.",
    )
    database_direct_url: str | None = _setting(
        "EVENTS_DATABASE_DIRECT_URL",
        default=None,
        read=_database_url,
        secret=True,
        help="The database round a transaction-mode pooler, as the app's role.",
    )
    database_pooled: bool = _setting(
        "EVENTS_DATABASE_PGBOUNCER",
        default=False,
        read=_switch,
        help="1 where EVENTS_DATABASE_URL leads to a transaction-mode pooler.",
    )
    database_connections: int = _setting(
        "EVENTS_DATABASE_CONNECTIONS",
        default=20,
        read=_whole(1, 500),
        help="How many connections one process keeps at most.",
    )
    data_dir: Path = _setting(
        "EVENTS_DATA_DIR",
        default=Path("data"),
        read=Path,
        help="Where the embedded PostgreSQL lives; may hold other files.",
    )
    membership_yes_seconds: float = _setting(
        "EVENTS_CACHE_YES_SECONDS",
        default=30.0,
        read=_within(0, 3600),
        help="How long a membership or a permission that is held is remembered.",
    )
    membership_no_seconds: float = _setting(
        "EVENTS_CACHE_NO_SECONDS",
        default=5.0,
        read=_within(0, 3600),
        help="How long one that is not held is remembered.",
    )
    drain_seconds: float = _setting(
        "EVENTS_DRAIN_SECONDS",
        default=1.0,
        read=_within(0, 3),
        help="How long requests are taken after SIGTERM, while not ready any more.",
    )
    log_level: str = _setting(
        "EVENTS_LOG_LEVEL",
        default="info",
        read=_log_level,
        help="debug, info, warning or error.",
    )
    metrics_token: str | None = _setting(
        "EVENTS_METRICS_TOKEN",
        default=None,
        secret=True,
        help="The bearer token for /metrics; without one only loopback is answered.",
    )

    relay: bool = _setting(
        "EVENTS_RELAY",
        default=True,
        read=_switch,
        help="0 where `serve` is not to deliver facts, as `events-core relay` does.",
    )
    retry_schedule: tuple[float, ...] | None = _setting(
        "EVENTS_RETRY_SCHEDULE",
        default=None,
        read=_schedule,
        help="Seconds to wait after each failed delivery, with commas between them.",
    )
    webhook_allowed_hosts: frozenset[str] = _setting(
        "EVENTS_WEBHOOK_ALLOWED_HOSTS",
        default=frozenset(),
        read=_hosts,
        help="Hosts of subscribers that may be plain http or on an inner address.",
    )
    activity_url: str | None = _setting(
        "ACTIVITY_BASE_URL",
        default=None,
        read=_web_base,
        help="Where Activity is, such as http://activity:8004/api/v1.",
    )
    activity_secret: bytes | None = _setting(
        "ACTIVITY_WEBHOOK_SECRET",
        default=None,
        read=str.encode,
        secret=True,
        help="The secret of what Activity is sent, beside the internal context's.",
    )

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The secrets of the signed context, the one that signs first."""
        return tuple(s for s in (self.hmac_secret, self.hmac_secret_previous) if s)


@frozen
class Setting:
    """One setting as it is: its name, where it was found, and what to show."""

    name: str
    value: str
    source: str
    help: str


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of an environment; what is empty counts as not set.

    Raises:
        SettingsError: a value is not what the setting takes, or a file that should
            hold one cannot be read. Names the setting and never the value.
    """
    values = {}
    for attribute, about in _known():
        found = _find(about, environ)
        if found is None:
            continue
        source, text = found
        try:
            values[attribute.name] = about.read(text)
        except ValueError as problem:
            raise SettingsError(f"{source}: {problem}") from None
    return Settings(**values)


def describe(environ: Mapping[str, str]) -> tuple[Setting, ...]:
    """Return every setting with its source, secrets masked.

    Raises:
        SettingsError: as ``read_settings``.
    """
    settings = read_settings(environ)
    described = []
    for attribute, about in _known():
        found = _find(about, environ)
        value = getattr(settings, attribute.name)
        shown = "" if value is None else str(value)
        described.append(
            Setting(
                about.names[0],
                "********" if about.secret and shown else shown,
                found[0] if found else "default",
                about.help,
            )
        )
    return tuple(described)


def unknown_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that look like settings of ours and are none: misspelt ones."""
    known = {name for _, about in _known() for name in _spellings(about)}
    return tuple(
        sorted(n for n in environ if n.startswith("EVENTS_") and n not in known)
    )


def _known() -> Iterator[tuple["Attribute[Any]", _About]]:
    for attribute in fields(Settings):
        yield attribute, attribute.metadata[_About]


def _spellings(about: _About) -> tuple[str, ...]:
    files = tuple(f"{name}_FILE" for name in about.names) if about.secret else ()
    return about.names + files


def _find(about: _About, environ: Mapping[str, str]) -> tuple[str, str] | None:
    for name in _spellings(about):
        text = environ.get(name, "").strip()
        if not text:
            continue
        if name in about.names:
            return name, text
        try:
            return name, Path(text).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{name}: cannot read the file it names") from None
    return None
