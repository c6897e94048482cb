"""What the audit trail says of changes: it follows from them."""

import pytest
from attrs import evolve

from events_core.domain.actors import Via
from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.audit import (
    LONGEST_REQUEST_ID,
    AuditEntry,
    Deed,
    of_event,
    of_roster,
)
from events_core.domain.change import Cause, Change
from events_core.domain.facts import EventFact
from events_core.domain.roster import Roster
from events_core.domain.signup import Signup, Waitlist
from events_core.testing.builders import (
    NOW,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
    step_between,
)
from events_core.wire import FACTS


def test_there_is_a_deed_for_whatever_becomes_of_an_event() -> None:
    of_events = {
        name
        for name, kind in FACTS.items()
        if issubclass(kind, EventFact) and not hasattr(kind, "occurrence")
    }
    assert of_events <= {deed.value for deed in Deed}
    assert len(of_events) > 8


@pytest.mark.parametrize(
    ("via", "deed"), [(Via.HTTP, Deed.UPDATED), (Via.ROLLBACK, Deed.ROLLED_BACK)]
)
def test_a_change_by_rollback_is_called_so(via: Via, deed: Deed) -> None:
    before = an_event()
    after = evolve(
        before, details=evolve(before.details, title="Go"), version=before.version + 1
    )
    change = step_between(before, after, Cause(a_person(), NOW, via))
    [entry] = of_event(change)
    assert (entry.deed, entry.via, entry.names) == (deed, via, ("title",))
    assert (entry.event_version, entry.at) == (2, NOW)
    created = evolve(arrival_of(before), cause=Cause(None, NOW, via))
    assert [one.deed for one in of_event(created)] == [Deed.CREATED]


def test_no_more_is_kept_of_a_request_than_fits() -> None:
    cause = Cause(None, NOW, request_id="x" * 5_000)
    kept = AuditEntry.of(Deed.CREATED, cause).request_id
    assert kept == "x" * LONGEST_REQUEST_ID
    assert AuditEntry.of(Deed.CREATED, Cause(None, NOW)).request_id is None


def deeds(change: Change[Roster]) -> list[tuple[Deed, object]]:
    """Return what the trail says of a change of answers, and of whose."""
    return [(entry.deed, entry.whom) for entry in of_roster(change)]


class TestAnswers:
    def test_ones_own_answer_is_nobodys_business(self) -> None:
        event, her = an_event(), a_person()
        cause, roster = Cause(her, NOW), Roster(event.id, event.occurrence)
        given = roster.answer(
            event, her, Answer.GOING, cause=cause, message_id=a_message_id()
        )
        assert deeds(given) == []
        assert given.after is not None
        gone = given.after.withdraw(event, her, cause=cause, message_id=a_message_id())
        assert deeds(gone) == []

    def test_what_somebody_says_or_takes_back_for_her_is_told(self) -> None:
        event, her, him = an_event(), a_person(), a_person()
        cause, roster = Cause(him, NOW), Roster(event.id, event.occurrence)
        given = roster.answer(
            event, her, Answer.INTERESTED, cause=cause, message_id=a_message_id()
        )
        assert deeds(given) == [(Deed.ANSWERED_FOR, her)]
        assert given.after is not None
        again = given.after.answer(
            event, her, Answer.INTERESTED, cause=cause, message_id=a_message_id()
        )
        assert deeds(again) == []
        gone = given.after.withdraw(event, her, cause=cause, message_id=a_message_id())
        assert deeds(gone) == [(Deed.WITHDRAWN_FOR, her)]

    def test_who_loses_her_seat_and_who_is_moved_up_by_force_is_told(self) -> None:
        event = an_event(signup=Signup(capacity=1, waitlist=Waitlist.AUTOMATIC))
        her, him = a_person(), a_person()
        seated = Rsvp(event.id, event.occurrence, her, Answer.GOING, NOW, NOW, turn=1)
        waiting = evolve(
            seated, user_id=him, given_by=him, admission=Admission.WAITLISTED, turn=2
        )
        roster = Roster(
            event.id,
            event.occurrence,
            1,
            Tally(going=1, waiting=1, seats=1),
            2,
            {her: seated, him: waiting},
        )
        cause = Cause(a_person(), NOW)
        out = roster.displace(event, her, cause=cause, message_id=a_message_id())
        assert deeds(out) == [(Deed.SEAT_TAKEN_AWAY, her)]
        forced = roster.promote(
            event, him, force=True, cause=cause, message_id=a_message_id()
        )
        assert deeds(forced) == [(Deed.SEAT_FORCED, him)]
        assert out.after is not None
        usual = out.after.promote(event, him, cause=cause, message_id=a_message_id())
        assert deeds(usual) == []
