"""The audit trail: entries written with what they tell of, chained later (ADR 12)."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters.postgres.tables.shared import (
    Bytewise,
    Instant,
    metadata,
    one_of,
    rule,
    tenant_id,
)
from adapters.postgres.tables.transactions import seq, to_read_on_from, xid
from events_core.domain.actors import Via
from events_core.domain.audit import Deed, Outcome

_HASH = "octet_length({0}) = 32"


def _personal(column: str, digest: str, salt: str) -> str:
    """Return the rule of a personal value: there with its salt, or its digest alone."""
    return (
        f"({column} IS NULL) = ({salt} IS NULL)"
        f" AND ({salt} IS NULL OR {digest} IS NOT NULL)"
    )


# Nobody but erasure ever changes a row, and that takes values and salts alone: what
# is hashed stays. An event that is gone leaves its entries.
audit_entry = Table(
    "audit_entry",
    metadata,
    tenant_id(),
    seq(),
    Column("deed", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("done_at", Instant, nullable=False),
    Column("via", Text, nullable=False),
    Column("as_admin", Boolean, nullable=False),
    Column("event_id", Uuid),
    Column("occurrence_key", Bytewise),
    Column("event_version", Integer),
    Column("subject_id", Uuid),
    Column("names", ARRAY(Text), nullable=False),
    Column("times", Integer, nullable=False),
    Column("done_by", Uuid),
    Column("done_by_digest", LargeBinary),
    Column("done_by_salt", LargeBinary),
    Column("whom", Uuid),
    Column("whom_digest", LargeBinary),
    Column("whom_salt", LargeBinary),
    Column("request_id", Text),
    Column("request_id_digest", LargeBinary),
    Column("request_id_salt", LargeBinary),
    Column("digest", LargeBinary, nullable=False),
    xid(),
    one_of("deed", Deed),
    one_of("outcome", Outcome),
    one_of("via", Via),
    rule("times", "times >= 0"),
    rule("digest", _HASH.format("digest")),
    rule("done_by", _personal("done_by", "done_by_digest", "done_by_salt")),
    rule("whom", _personal("whom", "whom_digest", "whom_salt")),
    rule("request_id", _personal("request_id", "request_id_digest", "request_id_salt")),
    to_read_on_from(),
    Index(None, "tenant_id", "done_by", "seq"),
    Index(None, "tenant_id", "event_id", "seq"),
    Index(None, "tenant_id", "whom", "seq", postgresql_where=text("whom IS NOT NULL")),
)

# What of one minute is one entry, until that is over.
audit_count = Table(
    "audit_count",
    metadata,
    tenant_id(),
    Column("minute", Instant, primary_key=True),
    Column("done_by", Uuid, primary_key=True),
    Column("deed", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("via", Text, primary_key=True),
    Column("names", ARRAY(Text), primary_key=True),
    Column("done_at", Instant, nullable=False),
    Column("as_admin", Boolean, nullable=False),
    Column("request_id", Text),
    Column("event_id", Uuid),
    Column("times", Integer, nullable=False),
    one_of("deed", Deed),
    one_of("outcome", Outcome),
    one_of("via", Via),
    rule("times", "times >= 1"),
)

# The chain. A link is the SHA-256 of the hash before it and its entry's digest.
audit_link = Table(
    "audit_link",
    metadata,
    tenant_id(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "seq"),
    rule("position", "position >= 1"),
    rule("hash", _HASH.format("hash")),
)

# The last link of each tenant's chain: who takes links off the end is found by it.
audit_head = Table(
    "audit_head",
    metadata,
    tenant_id(),
    Column("position", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    rule("position", "position >= 1"),
    rule("hash", _HASH.format("hash")),
)
