"""Answers, how often each was given, and who came."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid

from adapters.postgres.tables.shared import (
    Bytewise,
    Instant,
    metadata,
    occurrence_key,
    of_occurrence,
    one_of,
    rule,
)
from events_core.domain.answers import Answer

# One row for each occurrence, written when it is and kept with its answers. Whoever
# holds it, holds the occurrence's roster.
tally = Table(
    "tally",
    metadata,
    *occurrence_key(),
    of_occurrence(),
    *(Column(answer.value, Integer, nullable=False) for answer in Answer),
    *(rule(answer.value, f"{answer.value} >= 0") for answer in Answer),
)

rsvp = Table(
    "rsvp",
    metadata,
    *occurrence_key(),
    Column("user_id", Uuid, primary_key=True),
    of_occurrence(),
    Column("answer", Text, nullable=False),
    Column("comment", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    one_of("answer", Answer),
    rule("comment_length", "char_length(comment) <= 2000"),
    Index(
        "rsvp_person_idx",
        "tenant_id",
        "user_id",
        "event_id",
        "occurrence_key",
        postgresql_include=["answer"],
    ),
)

attendance = Table(
    "attendance",
    metadata,
    *occurrence_key(),
    Column("user_id", Uuid, primary_key=True),
    of_occurrence(),
    Column("marked_by", Uuid),
    Column("marked_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Index("attendance_person_idx", "tenant_id", "user_id"),
    Index(None, "tenant_id", "marked_by"),
)

attendance_nonce = Table(
    "attendance_nonce",
    metadata,
    *occurrence_key(),
    Column("nonce", Bytewise, primary_key=True),
    of_occurrence(),
    Column("user_id", Uuid, nullable=False),
    Column("marked_by", Uuid),
    Column("marked_at", Instant, nullable=False),
    rule("nonce_length", "char_length(nonce) BETWEEN 1 AND 128"),
    Index("attendance_nonce_person_idx", "tenant_id", "user_id"),
    Index(None, "tenant_id", "marked_by"),
)
