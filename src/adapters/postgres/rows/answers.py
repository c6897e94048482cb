"""Answers and marks, as rows."""

from adapters.postgres.rows.members import ANSWER, Row, Values
from adapters.postgres.tables import attendance, notice, rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.roster import Rsvp


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
    }


RSVP_COLUMNS = tuple(column for column in rsvp.c if column.name != "tenant_id")


def rsvp_from(row: Row) -> Rsvp:
    """Return the answer of a row of ``RSVP_COLUMNS``."""
    event_id, occurrence_key, user_id, answer, comment, created_at, updated_at = row
    return Rsvp(
        event_id,
        occurrence_key,
        user_id,
        ANSWER[answer],
        created_at,
        updated_at,
        comment,
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
