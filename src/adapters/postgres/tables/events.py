"""Events, their occurrences, who holds a role on them, and what they were."""

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.event import listen
from sqlalchemy.schema import SchemaItem

from adapters.postgres.tables.shared import (
    SCHEMA,
    Bytewise,
    Instant,
    OpaqueJson,
    event_key,
    metadata,
    occurrence_key,
    of_event,
    one_of,
    rule,
)
from events_core.domain.actors import Via
from events_core.domain.details import EventType
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind
from events_core.domain.permissions import Role
from events_core.domain.signup import MOST_GUESTS, MOST_SEATS, Waitlist

#: Whatever lasts longer than this is found by an index of its own. A month of wall
#: clock time is up to an hour longer than 31 days.
LOOK_BACK_HOURS = 31 * 24 + 1

#: What housekeeping looks through.
TO_COMPLETE = "status = 'published' AND NOT deleted"
TO_ARCHIVE = "status IN ('cancelled', 'completed') AND NOT deleted"

IS_LONG = f"lasts_until - starts_at > interval '{LOOK_BACK_HOURS} hours'"


def _exposed() -> tuple[SchemaItem, ...]:
    """Return what decides who sees an event: the columns and their rules."""
    return (
        Column("scope_kind", Text, nullable=False),
        Column("scope_id", Uuid, nullable=False),
        Column("visibility", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("event_type", Text, nullable=False),
        Column("created_by", Uuid),
        one_of("scope_kind", ScopeKind),
        one_of("visibility", Visibility),
        one_of("status", Status),
        one_of("event_type", EventType),
        rule("tenant_scope", "scope_kind <> 'TENANT' OR scope_id = tenant_id"),
        rule(
            "visibility_needs_scope",
            "(visibility <> 'community' OR scope_kind = 'COMMUNITY')"
            " AND (visibility <> 'team' OR scope_kind = 'TEAM')",
        ),
    )


event = Table(
    "event",
    metadata,
    *event_key(),
    *_exposed(),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("location_text", Text),
    Column("location_url", Text),
    Column("location_lat", Double),
    Column("location_lng", Double),
    Column("game_id", Text),
    Column("metadata", OpaqueJson),
    Column("searchable", Bytewise, nullable=False),
    # Wall-clock time; the fold (PEP 495) tells the second of two equal times.
    Column("starts", DateTime, nullable=False),
    Column("starts_fold", SmallInteger, nullable=False),
    Column("ends", DateTime),
    Column("ends_fold", SmallInteger),
    Column("time_zone", Text, nullable=False),
    Column("all_day", Boolean, nullable=False),
    # Of its one occurrence; a copy, so that an event can be read by itself.
    Column("occurrence_key", Bytewise, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("version", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("capacity", Integer),
    Column("waitlist", Text, nullable=False),
    Column("guests_per_answer", SmallInteger, nullable=False),
    Column("signup_opens_at", Instant),
    Column("signup_deadline", Instant),
    Column("walk_ins", Boolean, nullable=False),
    rule("title_length", "char_length(title) BETWEEN 1 AND 255"),
    rule("description_length", "char_length(description) <= 20000"),
    rule("location_text_length", "char_length(location_text) <= 255"),
    rule(
        "location_url",
        "char_length(location_url) <= 2000 AND location_url ~* '^https?://'",
    ),
    rule(
        "location_geo",
        "(location_lat IS NULL) = (location_lng IS NULL)"
        " AND location_lat BETWEEN -90 AND 90 AND location_lng BETWEEN -180 AND 180",
    ),
    rule("game_id_length", "char_length(game_id) <= 128"),
    rule(
        "metadata",
        "json_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384",
    ),
    rule("starts_years", "starts >= '1970-01-01' AND starts < '2200-01-01'"),
    rule("ends_years", "ends >= '1970-01-01' AND ends <= '2200-01-01'"),
    rule(
        "folds",
        "starts_fold IN (0, 1) AND ends_fold IN (0, 1)"
        " AND (ends IS NULL) = (ends_fold IS NULL)",
    ),
    rule("time_zone_length", "char_length(time_zone) BETWEEN 1 AND 64"),
    rule("occurrence_key_length", "char_length(occurrence_key) BETWEEN 1 AND 32"),
    rule("updated_after_created", "updated_at >= created_at"),
    rule("version_counts_from_one", "version >= 1"),
    rule("sequence_counts_from_zero", "sequence >= 0"),
    one_of("waitlist", Waitlist),
    rule("capacity_range", f"capacity BETWEEN 1 AND {MOST_SEATS}"),
    rule("guests_range", f"guests_per_answer BETWEEN 0 AND {MOST_GUESTS}"),
    rule("signup_opens_before_deadline", "signup_opens_at < signup_deadline"),
    Index(None, "tenant_id", "created_by"),
)

occurrence = Table(
    "occurrence",
    metadata,
    *occurrence_key(),
    of_event(),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("lasts_until", Instant, nullable=False),
    # Copies of the event's, written with them: what a list filters by is here.
    *_exposed(),
    Column("deleted", Boolean, nullable=False),
    rule("end_after_start", "ends_at > starts_at"),
    rule("lasts_until_end", "lasts_until >= starts_at AND lasts_until = ends_at"),
    rule("at_most_400_days", "lasts_until - starts_at <= interval '400 days'"),
    rule(
        "years", "starts_at >= '1969-12-31T00:00Z' AND starts_at < '2200-01-02T00:00Z'"
    ),
)

# The list reads this index alone to find its page and its total.
Index(
    "occurrence_start_idx",
    occurrence.c.tenant_id,
    occurrence.c.starts_at,
    occurrence.c.event_id,
    occurrence.c.occurrence_key,
    postgresql_include=[
        "lasts_until",
        "visibility",
        "status",
        "scope_kind",
        "scope_id",
        "event_type",
        "created_by",
        "deleted",
    ],
)
Index(
    "occurrence_long_idx",
    occurrence.c.tenant_id,
    occurrence.c.lasts_until,
    postgresql_where=text(IS_LONG),
)
# So that the planner knows how few those are.
_KNOWN = f"""
    CREATE STATISTICS {SCHEMA}.occurrence_lasting
    ON (lasts_until - starts_at) FROM {SCHEMA}.occurrence
"""
listen(occurrence, "after_create", DDL(_KNOWN))  # type: ignore[no-untyped-call]
for _name, _of_those in (("complete", TO_COMPLETE), ("archive", TO_ARCHIVE)):
    Index(
        f"occurrence_to_{_name}_idx",
        occurrence.c.lasts_until,
        occurrence.c.event_id,
        postgresql_where=text(_of_those),
    )
for _asked in ("status", "scope_id", "created_by"):
    Index(
        f"occurrence_{_asked}_start_idx",
        occurrence.c.tenant_id,
        occurrence.c[_asked],
        occurrence.c.starts_at,
    )

event_role = Table(
    "event_role",
    metadata,
    *event_key(),
    Column("holder_id", Uuid, primary_key=True),
    of_event(),
    Column("role", Text, nullable=False),
    Column("granted_at", Instant, nullable=False),
    Column("granted_by", Uuid),
    Column("by_creation", Boolean, nullable=False),
    Column("holder_kind", Text, primary_key=True, server_default=text("'USER'")),
    Column("expires_at", Instant),
    one_of("role", Role),
    rule("holder_kind", "holder_kind IN ('USER', 'COMMUNITY', 'TEAM')"),
    rule("people_create", "NOT by_creation OR holder_kind = 'USER'"),
    rule("ends_later", "expires_at > granted_at"),
    rule("nobody_grants_by_creation", "NOT by_creation OR granted_by IS NULL"),
    Index("event_role_holder_idx", "tenant_id", "holder_id", "event_id"),
    Index(
        "event_role_group_idx",
        "tenant_id",
        "holder_kind",
        "holder_id",
        postgresql_where=text("holder_kind <> 'USER'"),
    ),
    Index(None, "tenant_id", "granted_by"),
)

event_version = Table(
    "event_version",
    metadata,
    *event_key(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    of_event(),
    Column("made_by", Uuid),
    Column("made_at", Instant, nullable=False),
    Column("via", Text, nullable=False),
    Column("reason", Text),
    Column("changes", OpaqueJson, nullable=False),
    Column("snapshot", OpaqueJson, nullable=False),
    rule("counts_from_one", "version >= 1"),
    one_of("via", Via),
    Index(None, "tenant_id", "made_by"),
)
