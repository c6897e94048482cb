"""Every setting there is, with its name, its default and what it is for."""

import hmac
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from adapters.settings import values
from adapters.settings.declaring import setting
from events_core import QueueOrder


class Directory(StrEnum):
    """Where memberships and permissions are kept."""

    REMOTE = "remote"
    LOCAL = "local"


@frozen(kw_only=True)
class Settings:
    """Everything that can be set. Read it with ``read_settings``."""

    hmac_secret: bytes | None = setting(
        "BFF_INTERNAL_HMAC_SECRET",
        default=None,
        read=values.secret,
        secret=True,
        help="The secret of the signed internal context, 32 bytes or more.",
    )
    hmac_secret_previous: bytes | None = setting(
        "BFF_INTERNAL_HMAC_SECRET_PREVIOUS",
        default=None,
        read=values.secret,
        secret=True,
        help="The secret before this one, accepted while callers change over.",
    )
    pass_key: bytes | None = setting(
        "EVENTS_PASS_KEY",
        default=None,
        read=values.secret,
        secret=True,
        help="Signs passes, 32 bytes or more; else one derived from the secret.",
    )
    pass_key_previous: bytes | None = setting(
        "EVENTS_PASS_KEY_PREVIOUS",
        default=None,
        read=values.secret,
        secret=True,
        help="The key before that one, accepted while passes are still about.",
    )
    access_url: str | None = setting(
        "ACCESS_BASE_URL",
        default=None,
        read=values.web_base,
        help="Where permissions are asked, such as http://access:8002/api/v1.",
    )
    portal_url: str | None = setting(
        "PORTAL_BASE_URL",
        "PORTAL_SERVICE_URL",
        default=None,
        read=values.web_base,
        help="Where memberships are asked, such as http://portal:8003/api/v1.",
    )
    directory: Directory = setting(
        "EVENTS_DIRECTORY",
        default=Directory.REMOTE,
        read=lambda text: Directory(text.lower()),
        help="`remote` asks Access and Portal, `local` the service's own database.",
    )
    queue_order: QueueOrder = setting(
        "EVENTS_QUEUE_ORDER",
        default=QueueOrder.STRICT,
        read=lambda text: QueueOrder(text.lower()),
        help="`strict`: the first in line blocks; `fit`: the first whose party fits.",
    )
    host: str = setting(
        "EVENTS_HOST", default="127.0.0.1", help="The address to listen on."
    )
    port: int = setting(
        "EVENTS_PORT",
        default=8005,
        read=values.whole(0, 65535),
        help="The port to listen on; 0 for any that is free.",
    )
    public_url: str | None = setting(
        "EVENTS_PUBLIC_URL",
        default=None,
        read=values.web_base,
        help="Where callers reach the service, for what has to name it.",
    )
    database_url: str | None = setting(
        "EVENTS_DATABASE_URL",
        "DATABASE_URL",
        default=None,
        read=values.database_url,
        secret=True,
        help="The database, as the app's role. Without it the embedded PostgreSQL.",
    )
    database_owner_url: str | None = setting(
        "EVENTS_DATABASE_OWNER_URL",
        default=None,
        read=values.database_url,
        secret=True,
        help="The database as its owner's role; where set, `serve` migrates.",
    )
    database_relay_url: str | None = setting(
        "EVENTS_DATABASE_RELAY_URL",
        default=None,
        read=values.database_url,
        secret=True,
        help="The database as the relay's role, who delivers and clears away.",
    )
    database_direct_url: str | None = setting(
        "EVENTS_DATABASE_DIRECT_URL",
        default=None,
        read=values.database_url,
        secret=True,
        help="The database round a transaction-mode pooler, as the app's role.",
    )
    database_pooled: bool = setting(
        "EVENTS_DATABASE_PGBOUNCER",
        default=False,
        read=values.switch,
        help="1 where EVENTS_DATABASE_URL leads to a transaction-mode pooler.",
    )
    database_connections: int = setting(
        "EVENTS_DATABASE_CONNECTIONS",
        default=20,
        read=values.whole(1, 500),
        help="How many connections one process keeps at most.",
    )
    data_dir: Path = setting(
        "EVENTS_DATA_DIR",
        default=Path("data"),
        read=Path,
        help="Where the embedded PostgreSQL lives; may hold other files.",
    )
    membership_yes_seconds: float = setting(
        "EVENTS_CACHE_YES_SECONDS",
        default=30.0,
        read=values.within(0, 3600),
        help="How long a membership or a permission that is held is remembered.",
    )
    membership_no_seconds: float = setting(
        "EVENTS_CACHE_NO_SECONDS",
        default=5.0,
        read=values.within(0, 3600),
        help="How long one that is not held is remembered.",
    )
    drain_seconds: float = setting(
        "EVENTS_DRAIN_SECONDS",
        default=1.0,
        read=values.within(0, 3),
        help="How long requests are taken after SIGTERM, while not ready any more.",
    )
    log_level: str = setting(
        "EVENTS_LOG_LEVEL",
        default="info",
        read=values.log_level,
        help="debug, info, warning or error.",
    )
    metrics_token: str | None = setting(
        "EVENTS_METRICS_TOKEN",
        default=None,
        secret=True,
        help="The bearer token for /metrics; without one only loopback is answered.",
    )
    traces_endpoint: str | None = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        default=None,
        read=values.web_base,
        help="Where traces are sent, such as http://collector:4318; needs `otel`.",
    )
    traces_headers: str = setting(
        "OTEL_EXPORTER_OTLP_HEADERS",
        default="",
        secret=True,
        help="Headers that go with them, as name=value, with commas between them.",
    )
    traces_service: str = setting(
        "OTEL_SERVICE_NAME",
        default="events-core",
        help="What this service is called in traces.",
    )
    traces_share: float = setting(
        "OTEL_TRACES_SAMPLER_ARG",
        default=1.0,
        read=values.within(0, 1),
        help="Which share of the traces that begin here is recorded.",
    )
    relay: bool = setting(
        "EVENTS_RELAY",
        default=True,
        read=values.switch,
        help="0 where `serve` is not to deliver facts, as `events-core relay` does.",
    )
    relay_port: int | None = setting(
        "EVENTS_RELAY_PORT",
        default=None,
        read=values.whole(0, 65535),
        help="Where `events-core relay` tells health and metrics; else nowhere.",
    )
    retry_schedule: tuple[float, ...] | None = setting(
        "EVENTS_RETRY_SCHEDULE",
        default=None,
        read=values.waits,
        help="Seconds to wait after each failed delivery, with commas between them.",
    )
    facts_days: int = setting(
        "EVENTS_FACTS_DAYS",
        default=30,
        read=values.whole(1, 36_500),
        help="How many days facts can be pulled and replayed, before retention.",
    )
    webhook_allowed_hosts: frozenset[str] = setting(
        "EVENTS_WEBHOOK_ALLOWED_HOSTS",
        default=frozenset(),
        read=values.hosts,
        help="Hosts of subscribers that may be plain http or on an inner address.",
    )
    activity_url: str | None = setting(
        "ACTIVITY_BASE_URL",
        default=None,
        read=values.web_base,
        help="Where Activity is, such as http://activity:8004/api/v1.",
    )
    activity_secret: bytes | None = setting(
        "ACTIVITY_WEBHOOK_SECRET",
        default=None,
        read=values.octets,
        secret=True,
        help="The secret of what Activity is sent, beside the internal context's.",
    )

    @property
    def pass_keys(self) -> tuple[bytes, ...]:
        """The keys of passes, the one that signs first.

        Where none is set they are derived from the secrets of the signed context.
        """
        if self.pass_key is not None:
            return tuple(k for k in (self.pass_key, self.pass_key_previous) if k)
        return tuple(
            hmac.digest(s, b"events-core passes", "sha256") for s in self.secrets
        )

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The secrets of the signed context, the one that signs first."""
        return tuple(s for s in (self.hmac_secret, self.hmac_secret_previous) if s)
