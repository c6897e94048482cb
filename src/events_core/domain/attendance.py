"""Attendance: who came, as somebody saw it."""

from datetime import datetime

from attrs import frozen

from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.facts import AttendanceMarked
from events_core.domain.identity import EventId, MessageId, OccurrenceKey, UserId
from events_core.domain.roster import about_person


@frozen
class Attendance:
    """One person was at one occurrence. ``marked_by`` is None once erased."""

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    marked_by: UserId | None
    marked_at: datetime


def mark_attendance(
    event: Event,
    present: Attendance | None,
    *,
    user_id: UserId,
    by: UserId,
    cause: Cause,
    message_id: MessageId,
) -> Change[Attendance]:
    """Return the person as seen; where she has been marked, the first mark stays.

    ``present`` is the mark there is already, if any.
    """
    if present is not None:
        return Change(present, present, cause)
    attendance = Attendance(event.id, event.occurrence, user_id, by, cause.at)
    fact = AttendanceMarked(
        **about_person(event, user_id, cause, message_id), marked_by=by
    )
    return Change(None, attendance, cause, (fact,))
