from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from events_core.domain.event import Event
from events_core.domain.revision import Revision
from events_core.domain.signup import MOST_GUESTS, MOST_SEATS, Signup, Waitlist
from events_core.errors import InvalidFields
from events_core.testing.builders import (
    EVENING,
    a_cause,
    a_message_id,
    a_schedule,
    an_event,
)
from events_core.testing.strategies import events

BERLIN = a_schedule(zone="Europe/Berlin")
HOUR = timedelta(hours=1)


def revised(event: Event, **given_: Any) -> Event:  # noqa: ANN401 (any field)
    change = event.revise(
        Revision(**given_), cause=a_cause(), message_id=a_message_id()
    )
    assert change.after
    return change.after


class TestTerms:
    def test_without_any_nothing_is_limited(self) -> None:
        assert Signup.of(a_schedule()) == Signup()

    def test_moments_are_wall_time_of_the_events_zone(self) -> None:
        terms = Signup.of(
            BERLIN, opens_at=datetime(2027, 3, 1, 12), deadline=EVENING - HOUR
        )
        assert terms.opens_at == datetime(2027, 3, 1, 11, tzinfo=UTC)
        assert terms.deadline == datetime(2027, 3, 21, 17, tzinfo=UTC)
        again = Signup.of(BERLIN, opens_at=terms.opens_at, deadline=terms.deadline)
        assert again == terms

    @pytest.mark.parametrize(
        ("given_", "field"),
        [
            ({"capacity": 0}, "capacity"),
            ({"capacity": MOST_SEATS + 1}, "capacity"),
            ({"guests_per_answer": -1}, "guests_per_answer"),
            ({"guests_per_answer": MOST_GUESTS + 1}, "guests_per_answer"),
            ({"deadline": EVENING + timedelta(seconds=1)}, "signup_deadline"),
            ({"deadline": datetime(1, 1, 1)}, "signup_deadline"),
            ({"opens_at": EVENING}, "signup_opens_at"),
            ({"opens_at": datetime.max}, "signup_opens_at"),
            (
                {"opens_at": EVENING - HOUR, "deadline": EVENING - HOUR},
                "signup_opens_at",
            ),
        ],
    )
    def test_what_cannot_be_is_named(self, given_: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidFields) as refused:
            Signup.of(a_schedule(), **given_)
        assert set(refused.value.fields) == {field}

    def test_answering_closes_at_the_deadline_or_at_the_start(self) -> None:
        schedule = a_schedule()
        assert Signup().closes_at(schedule) == schedule.starts_at
        terms = Signup.of(schedule, deadline=schedule.starts_at)
        assert terms.closes_at(schedule) == schedule.starts_at
        earlier = Signup.of(schedule, deadline=EVENING - HOUR)
        assert earlier.closes_at(schedule) == schedule.starts_at - HOUR

    @given(events())
    def test_terms_keep_to_their_own_rules(self, event: Event) -> None:
        terms = event.signup
        assert terms == Signup.of(
            event.schedule,
            capacity=terms.capacity,
            waitlist=terms.waitlist,
            guests_per_answer=terms.guests_per_answer,
            opens_at=terms.opens_at,
            deadline=terms.deadline,
            walk_ins=terms.walk_ins,
        )


class TestChanging:
    event = an_event(
        schedule=BERLIN,
        signup=Signup.of(
            BERLIN,
            capacity=20,
            waitlist=Waitlist.AUTOMATIC,
            opens_at=datetime(2027, 3, 1, 12),
            deadline=EVENING - HOUR,
        ),
    )

    def test_a_new_start_takes_the_deadline_along_and_opens_nothing_later(self) -> None:
        # The clocks go forward in between: both keep to the clocks.
        later = revised(self.event, starts_at=EVENING + timedelta(days=7))
        assert later.signup.deadline == datetime(2027, 3, 28, 16, tzinfo=UTC)
        assert later.signup.opens_at == self.event.signup.opens_at

    def test_a_new_zone_keeps_what_the_clocks_show(self) -> None:
        moved = revised(self.event, time_zone="America/New_York")
        assert moved.signup.deadline == datetime(2027, 3, 21, 22, tzinfo=UTC)
        assert moved.signup.opens_at == datetime(2027, 3, 1, 17, tzinfo=UTC)

    def test_what_is_named_is_what_it_is(self) -> None:
        after = revised(
            self.event,
            starts_at=EVENING + HOUR,
            signup_deadline=None,
            signup_opens_at=None,
            capacity=None,
            waitlist=Waitlist.MANUAL,
            guests_per_answer=2,
        )
        assert after.signup == Signup(waitlist=Waitlist.MANUAL, guests_per_answer=2)

    def test_a_start_before_the_opening_is_refused(self) -> None:
        with pytest.raises(InvalidFields) as refused:
            revised(self.event, starts_at=datetime(2027, 2, 1))
        assert set(refused.value.fields) == {"signup_opens_at"}

    def test_it_is_a_change_like_any_other_that_no_calendar_needs(self) -> None:
        after = revised(self.event, capacity=30)
        assert (after.version, after.sequence) == (2, 0)
        same = self.event.revise(
            Revision(capacity=20), cause=a_cause(), message_id=a_message_id()
        )
        assert not same.happened
