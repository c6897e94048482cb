"""Attendance: who came, as somebody saw it.

The first mark of a person stays, whoever marks her again; first is what was earliest,
also where marks arrive late and in any order: what is left is always the same. A mark
can be taken back, and what was made before that then counts for nothing.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from events_core.domain.answers import Admission
from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.facts import AttendanceMarked, AttendanceUnmarked
from events_core.domain.identity import EventId, MessageId, OccurrenceKey, UserId
from events_core.domain.roster import about_person
from events_core.errors import AttendanceClosed, NotConfirmed

#: Where somebody can be marked: it is to be, or it has been.
TAKES_MARKS = frozenset({Status.PUBLISHED, Status.COMPLETED, Status.ARCHIVED})


@frozen
class Attendance:
    """One person was at one occurrence. ``marked_by`` is None once erased.

    ``undone_at`` is when the mark was taken back; such a one counts for nothing.
    """

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    marked_by: UserId | None
    marked_at: datetime
    undone_at: datetime | None = None

    @property
    def is_present(self) -> bool:
        """Whether the mark stands."""
        return self.undone_at is None


@frozen
class Reply:
    """What was answered to a nonce: the mark as it was then, and if that made it."""

    mark: Attendance
    made: bool


def check_takes_place(event: Event) -> None:
    """Check that the event is to be, or has been.

    Raises:
        AttendanceClosed: it is not going to be.
    """
    if event.deleted_at is not None or event.status not in TAKES_MARKS:
        raise AttendanceClosed


def check_takes_marks(event: Event, at: datetime, *, opens: timedelta) -> None:
    """Check that people can be marked at this time: from ``opens`` before the start.

    Raises:
        AttendanceClosed: it is too early, or the event is not going to be.
    """
    check_takes_place(event)
    opens_at = event.schedule.starts_at - opens
    if at < opens_at:
        raise AttendanceClosed(opens_at)


def check_takes_person(event: Event, admission: Admission | None) -> None:
    """Check that somebody can be marked who has this admission, or none.

    Raises:
        NotConfirmed: she has no place, and the event takes no walk-ins.
    """
    if not event.signup.walk_ins and admission is not Admission.CONFIRMED:
        raise NotConfirmed


def mark_attendance(
    event: Event,
    present: Attendance | None,
    *,
    user_id: UserId,
    by: UserId,
    cause: Cause,
    message_id: MessageId,
    at: datetime | None = None,
) -> Change[Attendance]:
    """Return the person as seen; where she has been marked, the first mark stays.

    ``present`` is the mark there is already, if any; ``at`` when she was seen, where
    that is not now.
    """
    new = Attendance(event.id, event.occurrence, user_id, by, at or cause.at)
    if present is not None and _stays(present, new, is_late=at is not None):
        return Change(present, present, cause)
    fact = AttendanceMarked(
        **about_person(event, user_id, cause, message_id), marked_by=by
    )
    return Change(present, new, cause, (fact,))


def undo_attendance(
    event: Event,
    present: Attendance | None,
    *,
    by: UserId,
    cause: Cause,
    message_id: MessageId,
) -> Change[Attendance]:
    """Return the mark taken back; where there is none that stands, no change."""
    if present is None or not present.is_present:
        return Change(present, present, cause)
    undone = evolve(present, undone_at=max(cause.at, present.marked_at))
    fact = AttendanceUnmarked(
        **about_person(event, present.user_id, cause, message_id), marked_by=by
    )
    return Change(present, undone, cause, (fact,))


def _stays(present: Attendance, new: Attendance, *, is_late: bool) -> bool:
    if present.undone_at is not None:
        return new.marked_at < present.undone_at
    return not is_late or _order(present) <= _order(new)


def _order(mark: Attendance) -> tuple[datetime, str]:
    # Of two at the same moment any one will do, if it is always the same.
    return mark.marked_at, str(mark.marked_by or "")
