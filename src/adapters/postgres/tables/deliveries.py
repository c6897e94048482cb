"""Subscriptions, and what each is still to be told.

A subscription of no tenant's is the operator's, over all of them; it bears the nil
UUID. Deliveries bear the tenant of their fact.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from adapters.postgres.tables.shared import (
    Instant,
    metadata,
    one_of,
    rule,
    tenant_id,
)
from events_core.domain.identity import ScopeKind
from events_core.domain.publication import Told
from events_core.ports.outbox import Kind, Outcome, State


def _present(name: str) -> Column[object]:
    now = text("statement_timestamp()")
    return Column(name, Instant, nullable=False, server_default=now)


def _subscriber() -> Column[object]:
    return Column("subscription_id", Uuid, primary_key=True)


def _fact() -> tuple[Column[object], ...]:
    """Return what names a fact, and as what it is told and in which order."""
    return (
        Column("place", BigInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("lane", Uuid, nullable=False),
        Column("told", Text, nullable=False),
    )


# `place` is up to where deliveries are laid out, and `laid_out_at` when that was done.
subscription = Table(
    "subscription",
    metadata,
    tenant_id(),
    _subscriber(),
    Column("kind", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column(
        "visibilities", ARRAY(Text), nullable=False, server_default=text("'{public}'")
    ),
    Column("persons", Boolean, nullable=False, server_default=text("false")),
    Column("scope_kind", Text),
    Column("scope_id", Uuid),
    Column("event_types", ARRAY(Text)),
    Column("secrets", ARRAY(LargeBinary), nullable=False),
    Column("state", Text, nullable=False),
    Column("state_reason", Text),
    Column("place", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("trips", Integer, nullable=False, server_default=text("0")),
    Column("open_until", Instant),
    Column("failing_since", Instant),
    _present("created_at"),
    _present("laid_out_at"),
    one_of("kind", Kind),
    rule("url", "url ~ '^https?://' AND length(url) <= 2000"),
    rule("description", "length(description) <= 255"),
    one_of("scope_kind", ScopeKind),
    rule("scope_is_whole", "(scope_kind IS NULL) = (scope_id IS NULL)"),
    one_of("state", State),
    rule("counts", "place >= 0 AND failures >= 0 AND trips >= 0"),
)

# What is still to be delivered, and nothing else: as small as the backlog.
delivery = Table(
    "delivery",
    metadata,
    tenant_id(),
    _subscriber(),
    *_fact(),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _present("next_at"),
    Column("lease_until", Instant),
    Column("lease_token", Uuid),
    one_of("told", Told),
    rule("attempts", "attempts >= 0"),
    rule("lease_is_whole", "(lease_until IS NULL) = (lease_token IS NULL)"),
    Index(None, "subscription_id", "lane", "place"),
    Index(None, "subscription_id", "next_at", "place"),
)

attempt = Table(
    "attempt",
    metadata,
    tenant_id(),
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("subscription_id", Uuid, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    _present("made_at"),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
    Column("told", Text, nullable=False, server_default=text("'itself'")),
    one_of("told", Told),
    one_of("outcome", Outcome),
    Index(None, "made_at"),
    Index(None, "subscription_id", "place"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    tenant_id(),
    _subscriber(),
    *_fact(),
    Column("attempts", Integer, nullable=False),
    _present("died_at"),
    Column("status", Integer),
    Column("error", Text),
    one_of("told", Told),
    Index(None, "subscription_id", "place"),
)
