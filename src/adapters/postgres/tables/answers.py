"""Answers, how often each was given, and who came."""

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
    Uuid,
    text,
)

from adapters.postgres.tables.shared import (
    Bytewise,
    Instant,
    metadata,
    occurrence_key,
    of_occurrence,
    one_of,
    rule,
)
from events_core.domain.answers import Admission, Answer
from events_core.domain.seats import Moved, Why
from events_core.domain.signup import MOST_GUESTS

# One row for each occurrence, written when it is and kept with its answers. Whoever
# holds it, holds the occurrence's roster. How many seats are taken, and how many by
# force, is written by the ledger alone; the capacity is the event's.
tally = Table(
    "tally",
    metadata,
    *occurrence_key(),
    of_occurrence(),
    *(Column(answer.value, Integer, nullable=False) for answer in Answer),
    Column("waiting", Integer, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("capacity", Integer),
    Column("forced_to", Integer, nullable=False),
    *(
        rule(count, f"{count} >= 0")
        for count in (*(a.value for a in Answer), "waiting", "seats", "turns")
    ),
    rule(
        "seats_within_capacity",
        "seats <= greatest(capacity, forced_to) OR capacity IS NULL",
    ),
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
    Column("guests", SmallInteger, nullable=False),
    Column("admission", Text),
    Column("turn", Integer, nullable=False),
    Column("given_by", Uuid),
    one_of("answer", Answer),
    one_of("admission", Admission),
    rule("going_is_admitted", "(answer = 'going') = (admission IS NOT NULL)"),
    rule(
        "guests",
        f"guests BETWEEN 0 AND {MOST_GUESTS} AND (guests = 0 OR answer = 'going')",
    ),
    rule("comment_length", "char_length(comment) <= 2000"),
    Index(
        "rsvp_person_idx",
        "tenant_id",
        "user_id",
        "event_id",
        "occurrence_key",
        postgresql_include=["answer", "admission"],
    ),
    Index(
        "rsvp_waiting_idx",
        "tenant_id",
        "event_id",
        "occurrence_key",
        "turn",
        unique=True,
        postgresql_where=text("admission = 'waitlisted'"),
    ),
    Index(
        "rsvp_given_by_idx",
        "tenant_id",
        "given_by",
        postgresql_where=text("given_by <> user_id"),
    ),
)

# The ledger: the app adds to it and no more, and each line moves the tally's seats.
seat_movement = Table(
    "seat_movement",
    metadata,
    *occurrence_key(),
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    of_occurrence(),
    Column("moved", Text, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("user_id", Uuid),
    Column("made_by", Uuid),
    Column("made_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Column("reason", Text),
    one_of("moved", Moved),
    one_of("why", Why),
    rule(
        "moves_seats",
        "seats <> 0 AND (moved NOT IN ('taken', 'promoted') OR seats > 0)"
        " AND (moved <> 'released' OR seats < 0)",
    ),
    Index("seat_movement_person_idx", "tenant_id", "user_id"),
    Index(
        "seat_movement_made_by_idx",
        "tenant_id",
        "made_by",
        postgresql_where=text("made_by IS DISTINCT FROM user_id"),
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
    Column("made", Boolean, nullable=False),
    Column("undone_at", Instant),
    rule("nonce_length", "char_length(nonce) BETWEEN 1 AND 128"),
    Index("attendance_nonce_person_idx", "tenant_id", "user_id"),
    Index(None, "tenant_id", "marked_by"),
)
