import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, ColumnElement

from adapters.postgres.rows import (
    ATTENDANCE_COLUMNS,
    EVENT_COLUMNS,
    GRANT_COLUMNS,
    LISTING_COLUMNS,
    RSVP_COLUMNS,
    VERSION_COLUMNS,
    attendance_from,
    attendance_row,
    event_from,
    event_row,
    fact_row,
    grant_from,
    grant_row,
    listing_from,
    occurrence_row,
    rsvp_from,
    rsvp_row,
    version_from,
    version_row,
)
from adapters.postgres.tables import event as event_table
from adapters.postgres.tables import occurrence, outbox, tally
from adapters.postgres.tables import rsvp as rsvp_table
from events_core.domain.answers import Rsvp, Tally
from events_core.domain.attendance import Attendance
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.listing import listing_of
from events_core.domain.roles import Bearer
from events_core.testing.builders import NOW, a_cause, arrival_of
from events_core.testing.strategies import (
    COMMUNITIES,
    attendances,
    events,
    people,
    rsvps,
)
from events_core.wire import version_of

Values = Mapping[str, object]

EVENT_ID, OCCURRENCE = EventId(UUID(int=1)), OccurrenceKey("2027-03-21T19:00")


def stored(row: Values, columns: Iterable[Column[Any]], tenant_id: UUID) -> list[Any]:
    """Return the row as the database gives it back."""
    whole = {"tenant_id": tenant_id, **row}
    return [_back(whole[column.name]) for column in columns]


def _back(value: object) -> object:
    if isinstance(value, Mapping | list):
        return json.loads(json.dumps(value))
    return value


@given(events())
def test_an_event_is_what_it_was(event: Event) -> None:
    row = stored(event_row(event), EVENT_COLUMNS, event.tenant_id)
    grants = [
        grant_from(stored(grant_row(event.id, grant), GRANT_COLUMNS, event.tenant_id))
        for grant in event.grants
    ]
    back = event_from(row, grants)
    assert back == event
    assert back.schedule.starts.fold == event.schedule.starts.fold


@given(events())
def test_a_row_has_every_column_of_its_table(event: Event) -> None:
    whole = {"tenant_id": None, **event_row(event)}
    assert whole.keys() == set(event_table.c.keys())
    whole = {"tenant_id": None, **occurrence_row(event)}
    assert whole.keys() == set(occurrence.c.keys())
    [fact] = arrival_of(event).facts
    generated = {"tenant_id": None, "seq": None, "xid": None}
    whole = {**generated, "subscription_id": None, **fact_row(fact)}
    assert whole.keys() == set(outbox.c.keys())


@given(
    event=events(),
    counts=st.builds(Tally, *[st.integers(0)] * 3),
    reader=people(),
    data=st.data(),
)
def test_a_listing_is_how_the_event_looks(
    event: Event, counts: Tally, reader: UserId, data: st.DataObject
) -> None:
    rsvp = data.draw(st.none() | rsvps(event.id, event.occurrence, reader))
    of_event = {"tenant_id": event.tenant_id, **event_row(event)}
    of_occurrence = occurrence_row(event)
    who = Bearer(reader, frozenset(COMMUNITIES), NOW)

    def value(column: ColumnElement[Any]) -> object:
        if not isinstance(column, Column):
            return 7 if rsvp and rsvp.waits else None
        if column.table is event_table:
            return _back(of_event[column.name])
        if column.table is occurrence:
            return of_occurrence[column.name]
        if column.table is tally:
            return getattr(counts, column.name)
        if column.table is rsvp_table:
            return rsvp and (
                rsvp.answer.value
                if column.name == "answer"
                else rsvp.admission and rsvp.admission.value
            )
        raise AssertionError(column.name)

    expected = listing_of(
        event,
        reader=who,
        tally=counts,
        rsvp=rsvp,
        position=7 if rsvp and rsvp.waits else None,
    )
    roles = [role.value for role in expected.my_roles]
    row = [*(value(column) for column in LISTING_COLUMNS), roles]
    assert listing_from(row) == expected


@given(
    rsvps(EventId(UUID(int=1)), OccurrenceKey("2027-03-21T19:00"), UserId(UUID(int=2)))
)
def test_an_answer_is_what_it_was(rsvp: Rsvp) -> None:
    assert rsvp_from(stored(rsvp_row(rsvp), RSVP_COLUMNS, UUID(int=0))) == rsvp


@given(attendances(EVENT_ID, OCCURRENCE))
def test_a_mark_is_what_it_was(mark: Attendance) -> None:
    row = stored(attendance_row(mark), ATTENDANCE_COLUMNS, UUID(int=0))
    assert attendance_from(row) == mark


@given(events(), st.none() | st.text(max_size=20))
def test_a_version_is_what_it_was(event: Event, reason: str | None) -> None:
    version = version_of(arrival_of(event, a_cause(reason=reason)))
    row = stored(version_row(version), VERSION_COLUMNS, event.tenant_id)
    assert version_from(row) == version
