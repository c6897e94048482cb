"""Who came, as JSON."""

from base64 import urlsafe_b64encode

from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from adapters.http.codec.views import mark as shown
from adapters.http.errors import details_of
from events_core import (
    CheckedIn,
    ListAttendance,
    Mark,
    MarkAttendance,
    Present,
    SealedList,
)
from events_core.domain.attendance import Attendance
from events_core.usecases.mark_attendance import Refused

COLUMNS = ("userId", "markedBy", "markedAt")


def page(command: ListAttendance, present: Present) -> Json:
    """Show part of those who came."""
    return {
        "items": [row(mark) for mark in present.marks],
        "meta": {
            "total": present.total,
            "limit": command.limit,
            "offset": command.offset,
        },
    }


def row(mark: Attendance) -> Json:
    """Show one mark that stands."""
    return {
        "userId": mark.user_id,
        "markedBy": mark.marked_by,
        "markedAt": stamp(mark.marked_at),
    }


def checked_in(seen: CheckedIn) -> Json:
    """Show who showed her pass, and whether she is in."""
    return {
        "in": seen.mark is not None,
        "reason": seen.refusal,
        "userId": seen.user_id,
        "admission": seen.admission,
        "mark": None if seen.mark is None else shown(seen.mark),
    }


def sealed_list(sealed: SealedList) -> Json:
    """Show a list for the door, and the key that verifies it."""
    key = urlsafe_b64encode(sealed.key).rstrip(b"=").decode()
    return {"list": sealed.text, "key": key}


def result(asked: MarkAttendance, came: Mark | Refused) -> Json:
    """Show what came of one mark of several.

    ``conflict`` says why a mark is not the one that stands: somebody was earlier, or
    it was taken back after it was made; or that she has no place any more.
    """
    said = {"userId": asked.user_id, "nonce": asked.nonce}
    if isinstance(came, Mark):
        conflict: str | None = came.refusal
        if not came.attendance.is_present:
            conflict = "undone"
        elif not (came.created or came.is_copy):
            conflict = "already_marked"
        return {**said, "mark": shown(came), "conflict": conflict, "error": None}
    error = {
        "code": came.code,
        "message": str(came),
        "details": dict(details_of(came)),
    }
    return {**said, "mark": None, "conflict": None, "error": error}
