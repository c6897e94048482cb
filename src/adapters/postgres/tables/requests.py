"""Requests that were done, and signatures that were seen."""

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, Table, Uuid

from adapters.postgres.tables.shared import (
    Instant,
    OpaqueJson,
    metadata,
    rule,
    tenant_id,
)

# Claimed while there is a lease, done once there is an answer, released in between.
repeat = Table(
    "repeat",
    metadata,
    tenant_id(),
    Column("user_id", Uuid, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("seed", Uuid, nullable=False),
    Column("leased_until", Instant),
    Column("forgotten_at", Instant, nullable=False),
    Column("status", SmallInteger),
    Column("headers", OpaqueJson),
    Column("body", LargeBinary),
    rule(
        "answer_is_whole",
        "num_nulls(status, headers, body) IN (0, 3)"
        " AND (status IS NULL OR leased_until IS NULL)",
    ),
    Index(None, "tenant_id", "forgotten_at"),
)

# The one table outside the fence between tenants: a signature that comes back under
# another tenant is just what it is to find. It holds digests and nothing else.
signature = Table(
    "signature",
    metadata,
    Column("signature", LargeBinary, primary_key=True),
    Column("context", LargeBinary, nullable=False),
    Column("forgotten_at", Instant, nullable=False),
    Index(None, "forgotten_at"),
)
