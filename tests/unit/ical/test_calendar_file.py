"""What goes into a calendar file comes out of somebody else's parser."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import vobject
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from events_core.domain.actors import Via
from events_core.domain.answers import Tally
from events_core.domain.change import Cause
from events_core.domain.details import Details, Geo
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import EventId, MessageId, Scope, TenantId, UserId
from events_core.domain.listing import Listing, listing_of
from events_core.domain.roles import Bearer
from events_core.domain.schedule import Schedule
from events_core.errors import InvalidFields
from events_core.ical import calendar_file

SOMEBODY = UUID("0192f0c1-0000-7000-8000-000000000001")
CHANGED = datetime(2026, 3, 1, 12, 30, 15, 250_000, UTC)


def a_listing(
    details: Details | None = None, schedule: Schedule | None = None
) -> Listing:
    change = Event.create(
        id=EventId(UUID("0192f0c1-0000-7000-8000-0000000000aa")),
        tenant_id=TenantId(SOMEBODY),
        scope=Scope.of_tenant(TenantId(SOMEBODY)),
        details=details or Details.of(title="Board games"),
        schedule=schedule
        or Schedule.of(datetime(2026, 3, 20, 19), zone="Europe/Berlin"),
        visibility=Visibility.PUBLIC,
        status=Status.PUBLISHED,
        by=UserId(SOMEBODY),
        cause=Cause(UserId(SOMEBODY), CHANGED, Via.HTTP),
        message_id=MessageId(SOMEBODY),
    )
    assert change.after is not None
    return listing_of(
        change.after, reader=Bearer(UserId(SOMEBODY)), tally=Tally(), rsvp=None
    )


def read_back(listing: Listing) -> vobject.base.Component:
    return vobject.readOne(calendar_file(listing).body.decode()).vevent


def test_the_uid_is_the_events_id_as_a_urn() -> None:
    assert read_back(a_listing()).uid.value == (
        "urn:uuid:0192f0c1-0000-7000-8000-0000000000aa"
    )


def test_the_stamps_are_those_of_the_last_change() -> None:
    event = read_back(a_listing())
    assert event.dtstamp.value == CHANGED.replace(microsecond=0)
    assert event.last_modified.value == CHANGED.replace(microsecond=0)


def test_the_same_listing_gives_the_same_bytes() -> None:
    assert calendar_file(a_listing()) == calendar_file(a_listing())


def test_a_time_is_told_in_utc() -> None:
    schedule = Schedule.of(
        datetime(2026, 7, 1, 19), datetime(2026, 7, 1, 21), zone="Europe/Berlin"
    )
    body = calendar_file(a_listing(schedule=schedule)).body
    assert b"DTSTART:20260701T170000Z\r\n" in body
    assert b"DTEND:20260701T190000Z\r\n" in body


def test_an_event_without_an_end_has_no_end() -> None:
    assert b"DTEND" not in calendar_file(a_listing()).body


@pytest.mark.parametrize(
    ("ends", "day_after"),
    [
        (None, date(2026, 3, 30)),
        (datetime(2026, 3, 30), date(2026, 3, 30)),
        (datetime(2026, 3, 31, 8), date(2026, 4, 1)),
    ],
)
def test_an_all_day_event_ends_on_the_day_after_its_last(
    ends: datetime | None, day_after: date
) -> None:
    # The clocks of Berlin go forward on that day; it is 23 hours long.
    schedule = Schedule.of(
        datetime(2026, 3, 29, 10), ends, zone="Europe/Berlin", all_day=True
    )
    event = read_back(a_listing(schedule=schedule))
    assert event.dtstart.value == date(2026, 3, 29)
    assert event.dtend.value == day_after


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.DRAFT, "TENTATIVE"),
        (Status.PUBLISHED, "CONFIRMED"),
        (Status.POSTPONED, "TENTATIVE"),
        (Status.CANCELLED, "CANCELLED"),
        (Status.COMPLETED, "CONFIRMED"),
        (Status.ARCHIVED, "CONFIRMED"),
    ],
)
def test_every_status_is_one_that_calendars_know(status: Status, told: str) -> None:
    assert read_back(evolve(a_listing(), status=status)).status.value == told


def test_it_names_nobody() -> None:
    body = calendar_file(a_listing()).body
    assert str(SOMEBODY).encode() not in body
    assert b"ATTENDEE" not in body
    assert b"ORGANIZER" not in body


@given(
    title=st.text(max_size=300),
    description=st.text(max_size=400),
    place=st.text(max_size=300),
)
@example(title="a\rDTSTART:19700101T000000Z", description="", place="")
@example(title="x", description="END:VEVENT\r\nBEGIN:VALARM", place="a;b,c\\n:")
@example(title="ä" * 74 + "😀" * 70, description="\\n\\,\\;", place='"^')
def test_no_text_that_is_let_in_can_break_the_file(
    title: str, description: str, place: str
) -> None:
    try:
        details = Details.of(title=title, description=description, location_text=place)
    except InvalidFields:
        return
    body = calendar_file(a_listing(details)).body
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert body.count(b"\nBEGIN:") == 1
    assert b"\r" not in body.replace(b"\r\n", b"")
    event = vobject.readOne(body.decode()).vevent
    assert event.summary.value == details.title
    assert event.contents.get("description", [None])[0] is None or (
        event.description.value == details.description
    )
    assert ("description" in event.contents) == (details.description is not None)
    assert ("location" in event.contents) == (details.location_text is not None)
    if details.location_text is not None:
        assert event.location.value == details.location_text


def test_a_place_on_the_web_and_on_the_globe_is_told() -> None:
    details = Details.of(
        title="x",
        location_url="https://example.org/room;a,b?c=d#e",
        location_geo=Geo(52.52, -13.405),
    )
    event = read_back(a_listing(details))
    assert event.url.value == "https://example.org/room;a,b?c=d#e"
    assert event.geo.value == "52.52;-13.405"


def test_the_file_is_named_after_the_event() -> None:
    name = calendar_file(a_listing(Details.of(title='Игры: "a/b"'))).filename
    assert name == "Игры- -a-b.ics"
    assert calendar_file(a_listing(Details.of(title="..."))).filename == "event.ics"


def test_a_day_at_the_far_end_of_the_calendar_can_be_told() -> None:
    start = datetime(2199, 12, 30)
    schedule = Schedule.of(start, start + timedelta(days=1), all_day=True)
    assert read_back(a_listing(schedule=schedule)).dtend.value == date(2199, 12, 31)
