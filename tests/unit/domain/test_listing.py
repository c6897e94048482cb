from datetime import timedelta

import pytest
from attrs import evolve, fields

from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.listing import Listing, listing_of
from events_core.domain.permissions import Role
from events_core.domain.roles import Bearer
from events_core.domain.schedule import Schedule
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_grant,
    a_person,
    a_schedule,
    an_event,
)


def listing(schedule: Schedule | None = None) -> Listing:
    event = an_event(schedule=schedule)
    return listing_of(event, reader=Bearer(a_person()), tally=Tally(), rsvp=None)


def test_it_has_the_readers_own_answer_and_roles() -> None:
    her = a_person()
    event = an_event(grants=(a_grant(her, Role.CHECKIN),))
    rsvp = Rsvp(event.id, event.occurrence, her, Answer.GOING, NOW, NOW)
    hers = listing_of(
        event, reader=Bearer(her), tally=Tally(going=3, seats=3), rsvp=rsvp
    )
    assert (hers.my_answer, hers.my_admission) == (Answer.GOING, Admission.CONFIRMED)
    assert (hers.my_roles, hers.tally) == ((Role.CHECKIN,), Tally(going=3, seats=3))
    others = listing_of(event, reader=Bearer(a_person()), tally=Tally(), rsvp=None)
    assert (others.my_answer, others.my_admission, others.my_roles) == (None, None, ())


def test_what_is_no_readers_own_is_the_events() -> None:
    event = an_event(title="Chess", location_text="Here")
    seen = listing_of(event, reader=Bearer(a_person()), tally=Tally(), rsvp=None)
    own = {"tally", "my_answer", "my_admission", "my_position", "my_roles", "displaced"}
    parts = (event, event.details, event.schedule)
    for name in {field.name for field in fields(Listing)} - own:
        part = "zone" if name == "time_zone" else name
        values = [getattr(one, part) for one in parts if hasattr(one, part)]
        assert values == [getattr(seen, name)]


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(1, 0), (59, 0), (60, 1), (7_200, 120), (7_259, 120)]
)
def test_a_duration_is_in_whole_minutes(seconds: int, minutes: int) -> None:
    ends = EVENING + timedelta(seconds=seconds)
    assert listing(a_schedule(ends=ends)).duration_minutes == minutes


def test_without_an_end_there_is_no_duration() -> None:
    assert listing(a_schedule(hours=None)).duration_minutes is None
    assert listing(a_schedule(all_day=True)).duration_minutes is None


def test_a_duration_is_what_passes_and_not_what_clocks_show() -> None:
    night = a_schedule(EVENING.replace(day=27), hours=12, zone="Europe/Berlin")
    assert listing(night).duration_minutes == 11 * 60


def test_a_listing_says_when_it_is_over() -> None:
    day = listing(a_schedule(all_day=True))
    assert day.lasts_until - day.starts_at == timedelta(days=1)
    assert evolve(day, title="Other").lasts_until == day.lasts_until
