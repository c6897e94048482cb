"""Facts as they will be sent, written with the change they tell of."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.types import UserDefinedType

from adapters.postgres.tables.shared import (
    Instant,
    metadata,
    one_of,
    rule,
    tenant_id,
)
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction ids, which never come round again."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the name of the type."""
        return "XID8"


# Nobody but erasure ever changes a row. An event that is gone leaves its facts: the
# outside has heard of it. `seq` is the order of writing, `xid` tells a reader what
# became visible since it last looked; neither alone is a safe place to read on from.
outbox = Table(
    "outbox",
    metadata,
    tenant_id(),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
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
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
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
    Index(None, "xid", "seq"),
    Index(None, "tenant_id", "event_id", "seq"),
    Index(None, "tenant_id", "about"),
    Index(None, "tenant_id", "done_by"),
)
