"""Answers and marks, as rows."""

from sqlalchemy import func

from adapters.postgres.rows.members import ADMISSION, ANSWER, Row, Values
from adapters.postgres.tables import attendance, notice, rsvp, seat_movement
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.seats import Moved, Movement, Why


def rsvp_row(rsvp: Rsvp) -> Values:
    """Return the row of an answer."""
    return {
        "event_id": rsvp.event_id,
        "occurrence_key": rsvp.occurrence,
        "user_id": rsvp.user_id,
        "answer": rsvp.answer.value,
        "comment": rsvp.comment,
        "created_at": rsvp.created_at,
        "updated_at": rsvp.updated_at,
        "guests": rsvp.guests,
        "admission": rsvp.admission.value if rsvp.admission else None,
        "turn": rsvp.turn,
        "given_by": rsvp.given_by,
    }


RSVP_COLUMNS = tuple(column for column in rsvp.c if column.name != "tenant_id")

#: On which side somebody is, as ``Rsvp.side`` says it.
rsvp_side = func.coalesce(rsvp.c.admission, rsvp.c.answer)


def rsvp_from(row: Row) -> Rsvp:
    """Return the answer of a row of ``RSVP_COLUMNS``."""
    (
        event_id, occurrence_key, user_id, answer, comment, created_at, updated_at,
        guests, admission, turn, given_by,
    ) = row  # fmt: skip
    return Rsvp(
        event_id,
        occurrence_key,
        user_id,
        ANSWER[answer],
        created_at,
        updated_at,
        comment,
        guests,
        None if admission is None else ADMISSION[admission],
        turn,
        given_by,
    )


def movement_row(
    event_id: EventId, occurrence: OccurrenceKey, movement: Movement
) -> Values:
    """Return the row of a movement of seats."""
    return {
        "event_id": event_id,
        "occurrence_key": occurrence,
        "moved": movement.moved.value,
        "seats": movement.seats,
        "user_id": movement.user_id,
        "made_by": movement.by,
        "made_at": movement.at,
        "why": movement.why.value,
        "reason": movement.reason,
    }


MOVEMENT_COLUMNS = tuple(
    seat_movement.c[name]
    for name in ("moved", "seats", "user_id", "made_by", "made_at", "why", "reason")
)


def movement_from(row: Row) -> Movement:
    """Return the movement of a row of ``MOVEMENT_COLUMNS``."""
    moved, seats, user_id, made_by, made_at, why, reason = row
    return Movement(
        moved=Moved(moved),
        seats=seats,
        user_id=user_id,
        by=made_by,
        at=made_at,
        why=Why(why),
        reason=reason,
    )


def attendance_row(mark: Attendance) -> Values:
    """Return the row of a mark."""
    return {
        "event_id": mark.event_id,
        "occurrence_key": mark.occurrence,
        "user_id": mark.user_id,
        "marked_by": mark.marked_by,
        "marked_at": mark.marked_at,
        "undone_at": mark.undone_at,
    }


ATTENDANCE_COLUMNS = tuple(
    column for column in attendance.c if column.name != "tenant_id"
)


def attendance_from(row: Row) -> Attendance:
    """Return the mark of a row of ``ATTENDANCE_COLUMNS``."""
    return Attendance(*row)


NOTICE_COLUMNS = tuple(
    column for column in notice.c if column.name not in {"tenant_id", "forgotten_at"}
)


def notice_from(row: Row) -> Notice:
    """Return the notice of a row of ``NOTICE_COLUMNS``."""
    event_id, occurrence_key, user_id, event_version, kind, noted_at = row
    return Notice(
        event_id, occurrence_key, user_id, event_version, NoticeKind(kind), noted_at
    )
