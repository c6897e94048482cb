from datetime import timedelta

from attrs import evolve

from events_core.domain.attendance import Attendance, mark_attendance
from events_core.domain.change import Cause
from events_core.domain.exposure import Exposure
from events_core.domain.facts import AttendanceMarked
from events_core.testing.builders import NOW, a_message_id, a_person, an_event


def test_a_person_is_marked_once_and_the_first_mark_stays() -> None:
    event, her, marker = an_event(), a_person(), a_person()
    cause, message_id = Cause(marker, NOW), a_message_id()
    first = mark_attendance(
        event, None, user_id=her, by=marker, cause=cause, message_id=message_id
    )
    mark = Attendance(event.id, event.occurrence, her, marker, NOW)
    assert (first.before, first.after, first.cause) == (None, mark, cause)
    assert first.facts == (
        AttendanceMarked(
            message_id=message_id,
            tenant_id=event.tenant_id,
            event_id=event.id,
            event_version=event.version,
            occurred_at=NOW,
            scope=event.scope,
            visibility=event.visibility,
            status=event.status,
            title=event.details.title,
            user_id=her,
            occurrence=None,
            marked_by=marker,
        ),
    )
    exposed_before = first.facts[0].exposed_before
    assert exposed_before == Exposure(event.visibility, event.status)
    again = mark_attendance(
        event, mark, user_id=her, by=a_person(), cause=cause, message_id=a_message_id()
    )
    assert not again.happened
    assert (again.before, again.after) == (mark, mark)


def test_a_fact_about_a_person_says_whom() -> None:
    her = a_person()
    change = mark_attendance(
        an_event(),
        None,
        user_id=her,
        by=a_person(),
        cause=Cause(None, NOW),
        message_id=a_message_id(),
    )
    assert change.facts[0].about == her


def test_a_late_copy_of_what_was_taken_back_does_not_make_it_again() -> None:
    event, her, marker = an_event(), a_person(), a_person()
    undone_at = NOW + timedelta(minutes=5)
    undone = evolve(
        Attendance(event.id, event.occurrence, her, marker, NOW), undone_at=undone_at
    )
    for at, is_new in ((NOW, False), (undone_at, True)):
        change = mark_attendance(
            event,
            undone,
            user_id=her,
            by=marker,
            cause=Cause(marker, NOW + timedelta(hours=1)),
            message_id=a_message_id(),
            at=at,
        )
        assert change.happened is is_new
