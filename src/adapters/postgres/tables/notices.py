"""What people are to hear."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid

from adapters.postgres.tables.shared import (
    Instant,
    metadata,
    occurrence_key,
    of_occurrence,
    one_of,
)
from events_core.domain.notices import NoticeKind

notice = Table(
    "notice",
    metadata,
    *occurrence_key(),
    Column("user_id", Uuid, primary_key=True),
    Column("event_version", Integer, primary_key=True, autoincrement=False),
    of_occurrence(),
    Column("kind", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("forgotten_at", Instant, nullable=False),
    one_of("kind", NoticeKind),
    Index("notice_person_idx", "tenant_id", "user_id"),
    Index(None, "forgotten_at"),
)
