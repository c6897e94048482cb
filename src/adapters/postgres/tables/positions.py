"""The order in which facts are read, given after their commit (ADR 11)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Table,
    UniqueConstraint,
    text,
)

from adapters.postgres.tables.shared import Instant, metadata, rule, tenant_id
from adapters.postgres.tables.transactions import PgSnapshot

_COUNTS_FROM_ONE = "position >= 1 AND place >= position"

# One row for ever. Who gives positions holds its lock; `cluster` is where the
# snapshot means something.
sequencer = Table(
    "sequencer",
    metadata,
    Column("is_only", Boolean, primary_key=True, autoincrement=False),
    Column("seen", PgSnapshot, nullable=False),
    Column("last_place", BigInteger, nullable=False),
    Column("cluster", BigInteger, nullable=False),
    rule("is_only", "is_only"),
    rule("last_place", "last_place >= 0"),
)

# The last fact of each tenant that has a position, and the last that is cleared away.
fact_head = Table(
    "fact_head",
    metadata,
    tenant_id(),
    Column("position", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("cleared", BigInteger, nullable=False, server_default=text("0")),
    rule("counts_from_one", _COUNTS_FROM_ONE),
    rule("cleared", "cleared >= 0 AND cleared <= position"),
)

# `position` counts a tenant's facts and is shown; `place` counts all, for cursors.
fact_position = Table(
    "fact_position",
    metadata,
    tenant_id(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column(
        "given_at",
        Instant,
        nullable=False,
        server_default=text("statement_timestamp()"),
    ),
    UniqueConstraint("tenant_id", "place"),
    UniqueConstraint("tenant_id", "seq"),
    rule("counts_from_one", _COUNTS_FROM_ONE),
    Index(None, "place"),
)
