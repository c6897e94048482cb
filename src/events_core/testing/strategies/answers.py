"""Answers, rosters and marks."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.attendance import Attendance
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
from events_core.domain.signup import MOST_GUESTS
from events_core.testing.strategies.identities import event_ids, people
from events_core.testing.strategies.texts import comments
from events_core.testing.strategies.times import present_times, schedules


@composite
def rsvps(
    draw: DrawFn, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
) -> Rsvp:
    """What a person says to an occurrence, with and without a seat."""
    first, last = sorted((draw(present_times()), draw(present_times())))
    answer = draw(st.sampled_from(Answer))
    going = answer is Answer.GOING
    return Rsvp(
        event_id,
        occurrence,
        user_id,
        answer,
        first,
        last,
        draw(st.none() | comments()),
        guests=draw(st.integers(0, MOST_GUESTS)) if going else 0,
        admission=draw(st.sampled_from(Admission)) if going else None,
        turn=draw(st.integers(-3, 500)) if going else 0,
        given_by=draw(st.just(user_id) | st.none() | people()),
    )


@composite
def rosters(
    draw: DrawFn,
    event_id: EventId | None = None,
    occurrence: OccurrenceKey | None = None,
) -> Roster:
    """Rosters: a person's answer, or none, and counts that have it in them."""
    event_id = event_id or draw(event_ids())
    occurrence = occurrence or draw(schedules()).key
    user_id = draw(people())
    rsvp = draw(st.none() | rsvps(event_id, occurrence, user_id))
    others = Tally(*(draw(st.integers(0, 500)) for _ in (*Answer, "waiting", "seats")))
    tally = others.recounted(before=None, after=rsvp)
    given = {user_id: rsvp} if rsvp else {}
    return Roster(event_id, occurrence, 1, tally, 500, given)


def attendances(
    event_id: EventId, occurrence: OccurrenceKey
) -> SearchStrategy[Attendance]:
    """Marks at an occurrence, some by those who were erased."""
    return st.builds(
        Attendance,
        st.just(event_id),
        st.just(occurrence),
        people(),
        st.none() | people(),
        present_times(),
    )
