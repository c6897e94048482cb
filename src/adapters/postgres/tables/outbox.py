"""Facts as they will be sent, written with the change they tell of."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
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
from adapters.postgres.tables.transactions import seq, to_read_on_from, xid
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind

# Nobody but erasure ever changes a row. An event that is gone leaves its facts: the
# outside has heard of it.
outbox = Table(
    "outbox",
    metadata,
    tenant_id(),
    seq(),
    Column("message_id", Uuid, nullable=False),
    # What it is about, if it is an event.
    Column("event_id", Uuid),
    Column("event_version", Integer),
    Column("event_type", Text, nullable=False),
    Column("schema_version", SmallInteger, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    # Who gets it hangs on what the event was after the change, and before it.
    Column("scope_kind", Text, nullable=False),
    Column("scope_id", Uuid, nullable=False),
    Column("visibility", Text),
    Column("status", Text),
    Column("visibility_before", Text),
    Column("status_before", Text),
    # Whose business it is, if it is one person's; and who did it, if the fact says.
    Column("personal", Boolean, nullable=False),
    Column("about", Uuid),
    Column("done_by", Uuid),
    Column("payload", Text, nullable=False),
    xid(),
    # Of the request that changed something, for whoever delivers the fact.
    Column("traceparent", Text),
    Column("tracestate", Text),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Column("deleted_before", Boolean),
    # What it is about, if it is a subscription.
    Column("subscription_id", Uuid),
    UniqueConstraint("tenant_id", "message_id"),
    one_of("scope_kind", ScopeKind),
    one_of("visibility", Visibility),
    one_of("status", Status),
    one_of("visibility_before", Visibility),
    one_of("status_before", Status),
    rule("is_about_one", "num_nonnulls(event_id, subscription_id) = 1"),
    rule(
        "event_is_whole",
        "num_nulls(event_id, event_version, visibility, status) IN (0, 4)",
    ),
    rule("exposure_before", "(visibility_before IS NULL) = (status_before IS NULL)"),
    rule("about_is_personal", "about IS NULL OR personal"),
    rule("traceparent", "length(traceparent) = 55"),
    rule(
        "tracestate",
        "tracestate IS NULL OR (length(tracestate) <= 512 AND traceparent IS NOT NULL)",
    ),
    to_read_on_from(),
    Index(None, "tenant_id", "event_id", "seq"),
    Index(None, "tenant_id", "about"),
    Index(None, "tenant_id", "done_by"),
)
