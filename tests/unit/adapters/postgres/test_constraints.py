"""The database refuses nonsense, whoever asks it to keep some."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from attrs import evolve
from hypothesis import given

from adapters.postgres import Database, PostgresStore
from adapters.postgres.failures import DatabaseFault
from adapters.postgres.tables import metadata
from events_core.domain.answers import Answer
from events_core.domain.event import Event
from events_core.testing.builders import (
    a_person,
    a_tenant,
    an_event,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    answered,
    in_a_tenant,
    marked,
    noted,
    put,
    read,
)
from events_core.testing.strategies import events

NONSENSE = [
    ("event", "title = ''", "title_length"),
    ("event", "title = repeat('x', 256)", "title_length"),
    ("event", "description = repeat('x', 20001)", "description_length"),
    ("event", "location_text = repeat('x', 256)", "location_text_length"),
    ("event", "location_url = 'javascript:alert(1)'", "location_url"),
    ("event", "location_url = 'http://' || repeat('x', 1994)", "location_url"),
    ("event", "location_lat = 90.1, location_lng = 0", "location_geo"),
    ("event", "location_lat = 0, location_lng = -180.1", "location_geo"),
    ("event", "location_lat = 'NaN', location_lng = 0", "location_geo"),
    ("event", "location_lat = 0, location_lng = NULL", "location_geo"),
    ("event", "game_id = repeat('x', 129)", "game_id_length"),
    ("event", "capacity = 0", "capacity_range"),
    ("event", "waitlist = 'fair'", "waitlist"),
    ("event", "guests_per_answer = 51", "guests_range"),
    (
        "event",
        "signup_opens_at = now(), signup_deadline = now()",
        "signup_opens_before_deadline",
    ),
    ("event", "metadata = '[]'", "metadata"),
    ("event", """metadata = ('{"x":"' || repeat('x', 16384) || '"}')::json""",
     "metadata"),
    ("event", "starts = '1969-12-31'", "starts_years"),
    ("event", "starts = '2200-01-01'", "starts_years"),
    ("event", "ends = '2200-01-02'", "ends_years"),
    ("event", "starts_fold = 2", "folds"),
    ("event", "ends_fold = NULL", "folds"),
    ("event", "ends = NULL", "folds"),
    ("event", "time_zone = ''", "time_zone_length"),
    ("event", "occurrence_key = ''", "occurrence_key_length"),
    ("event", "updated_at = created_at - interval '1 second'", "updated_after_created"),
    ("event", "version = 0", "version_counts_from_one"),
    ("event", "sequence = -1", "sequence_counts_from_zero"),
    ("event", "scope_kind = 'CITY'", "scope_kind"),
    ("event", "scope_id = gen_random_uuid()", "tenant_scope"),
    ("event", "visibility = 'secret'", "visibility"),
    ("event", "visibility = 'community'", "visibility_needs_scope"),
    ("event", "visibility = 'team'", "visibility_needs_scope"),
    ("event", "status = 'lost'", "status"),
    ("event", "event_type = 'war'", "event_type"),
    ("occurrence", "visibility = 'team'", "visibility_needs_scope"),
    ("occurrence", "ends_at = starts_at, lasts_until = starts_at", "end_after_start"),
    ("occurrence", "lasts_until = lasts_until + interval '1 s'", "lasts_until_end"),
    ("occurrence", "ends_at = NULL, lasts_until = starts_at - interval '1 second'",
     "lasts_until_end"),
    ("occurrence", "ends_at = NULL, lasts_until = starts_at + interval '401 days'",
     "at_most_400_days"),
    ("occurrence", "starts_at = '1969-12-30'", "years|at_most_400_days"),
    ("occurrence",
     "ends_at = NULL, starts_at = '2200-01-03', lasts_until = '2200-01-03'", "years"),
    ("tally", "interested = -1", "interested"),
    ("tally", "going = -1", "going"),
    ("tally", "not_going = -1", "not_going"),
    ("tally", "waiting = -1", "waiting"),
    ("tally", "turns = -1", "turns"),
    ("tally", "seats = -1", "seats"),
    ("tally", "seats = 3, capacity = 2, forced_to = 2", "seats_within_capacity"),
    ("rsvp", "guests = 51", "guests"),
    ("rsvp", "admission = 'hoped'", "admission"),
    ("rsvp", "admission = NULL", "going_is_admitted"),
    ("seat_movement", "moved = 'lost'", "moved"),
    ("seat_movement", "why = 'because'", "why"),
    ("seat_movement", "seats = 0", "moves_seats"),
    ("rsvp", "answer = 'perhaps'", "answer"),
    ("rsvp", "comment = repeat('x', 2001)", "comment_length"),
    ("event_role", "role = 'king'", "role"),
    ("event_role", "holder_kind = 'CLUB'", "holder_kind"),
    ("event_role", "holder_kind = 'TEAM'", "people_create"),
    ("event_role", "expires_at = granted_at", "ends_later"),
    ("event_role", "granted_by = gen_random_uuid()", "nobody_grants_by_creation"),
    ("event_version", "version = 0", "counts_from_one"),
    ("event_version", "via = 'telepathy'", "via"),
    ("outbox", "visibility_before = 'public'", "exposure_before"),
    ("outbox", "visibility_before = 'public', status_before = 'lost'",
     "status_before"),
    ("notice", "kind = 'rumour'", "kind"),
    ("attendance_nonce", "nonce = ''", "nonce_length"),
    ("outbox", "subscription_id = gen_random_uuid()", "is_about_one"),
    ("outbox", "event_version = NULL", "event_is_whole"),
    ("outbox", "traceparent = 'x'", "traceparent"),
    ("outbox", "traceparent = NULL, tracestate = 'x'", "tracestate"),
    ("audit_entry", "deed = 'nothing'", "deed"),
    ("audit_entry", "outcome = 'perhaps'", "outcome"),
    ("audit_entry", "via = 'telepathy'", "via"),
    ("audit_entry", "times = -1", "times"),
    ("audit_entry", "digest = ''", "digest"),
    ("audit_entry", "done_by = NULL", "done_by"),
    ("audit_entry", "done_by_salt = NULL", "done_by"),
    ("audit_entry", "done_by_digest = NULL", "done_by"),
    ("audit_entry", "whom = event_id", "whom"),
    ("audit_entry", "request_id = 'made up'", "request_id"),
    ("outbox", "about = gen_random_uuid(), personal = false", "about_is_personal"),
]  # fmt: skip


#: What tells of events that are gone.
OUTLASTING = {"event", "outbox", "audit_entry", "audit_count"}


@pytest.fixture(scope="module")
async def event(database: Database) -> Event:
    store, event = PostgresStore(database), an_event()
    await put(store, event)
    await answered(store, event, a_person(), Answer.GOING)
    await marked(store, event, a_person(), a_person())
    await noted(store, event, a_person())
    return event


@pytest.fixture
async def superuser(superuser_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(superuser_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize(("table", "change", "rule"), NONSENSE)
async def test_nonsense_is_refused_by_the_rule_that_says_so(
    superuser: asyncpg.Connection, event: Event, table: str, change: str, rule: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await superuser.execute(
            f"UPDATE events.{table} SET {change} WHERE event_id = $1", event.id
        )
    name = refused.value.constraint_name
    assert name in {f"{table}_{each}_check" for each in rule.split("|")}


async def test_every_rule_about_events_has_been_tried(
    superuser: asyncpg.Connection,
) -> None:
    tried = {
        f"{table}_{each}_check"
        for table, _, rule in NONSENSE
        for each in rule.split("|")
    }
    rules = await superuser.fetch(
        """
        SELECT conname FROM pg_constraint
        WHERE connamespace = 'events'::regnamespace AND contype = 'c'
            AND conrelid = ANY ($1::text[]::regclass[])
        """,
        [f"events.{table}" for table, _, _ in NONSENSE],
    )
    # The copies in an occurrence and in the outbox are held to the same lists.
    copied = {
        f"{table}_{name}_check"
        for table in ("occurrence", "outbox")
        for name in (
            "scope_kind", "visibility", "status", "event_type", "tenant_scope",
            "visibility_before",
        )
    }  # fmt: skip
    assert {row["conname"] for row in rules} - copied == tried


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("membership", "gen_random_uuid(), 'TENANT', $1"),
        (
            "role_binding",
            "gen_random_uuid(), 'TENANT', gen_random_uuid(), 'events.organizer'",
        ),
        ("role_binding", "gen_random_uuid(), 'TEAM', $1, 'events.emperor'"),
        ("scope", "'CITY', $1, 'public', 'draft'"),
        ("tenant_slug", "''"),
        ("tenant_slug", "'two words'"),
        ("tenant_slug", "repeat('x', 256)"),
    ],
)
async def test_nonsense_about_people_and_places_is_refused(
    superuser: asyncpg.Connection, table: str, values: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute(
            f"INSERT INTO events.{table} SELECT $1::uuid, {values}", a_tenant()
        )


@pytest.mark.parametrize("table", ["rsvp", "attendance", "event_role"])
async def test_a_person_has_one_of_each_at_an_occurrence(
    superuser: asyncpg.Connection, event: Event, table: str
) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await superuser.execute(
            f"INSERT INTO events.{table}"
            f" SELECT * FROM events.{table} WHERE event_id = $1",
            event.id,
        )


async def test_nothing_hangs_on_an_event_that_is_not_there(
    superuser: asyncpg.Connection,
) -> None:
    for table in metadata.sorted_tables:
        names = {column.name for column in table.c}
        if "event_id" in names and table.name not in OUTLASTING:
            assert len(table.foreign_key_constraints) == 1, table.name
    stray = await superuser.fetch(
        "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    )
    assert stray == []


async def test_a_bug_is_told_without_what_was_to_be_kept(store: PostgresStore) -> None:
    event = an_event()
    wrong = evolve(event, details=evolve(event.details, title="secret" * 100))
    with pytest.raises(DatabaseFault) as fault:
        await put(store, wrong)
    assert "event_title_length_check" in str(fault.value)
    assert "secret" not in repr(fault.getrepr(style="long", chain=True).reprcrash)
    assert fault.value.__suppress_context__


@PROPERTY
@given(in_a_tenant(events))
async def test_whatever_the_domain_allows_is_no_nonsense(
    store: PostgresStore, event: Event
) -> None:
    await put(store, event)
    assert await read(store, event) is not None
