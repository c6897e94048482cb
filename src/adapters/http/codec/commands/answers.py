"""Answers, seats, and marks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.http.codec.times import moment
from events_core import (
    Answer,
    EventId,
    MarkAttendance,
    OccurrenceKey,
    PromoteWaiting,
    ReadSeats,
    SetRsvp,
    SetRsvpFor,
    UserId,
)
from events_core.errors import InvalidFields


def set_rsvp(event_id: EventId, body: Mapping[str, Any]) -> SetRsvp:
    """Read an answer."""
    return SetRsvp(event_id=event_id, **_answer(body))


def set_rsvp_for(
    event_id: EventId, user_id: UserId, body: Mapping[str, Any]
) -> SetRsvpFor:
    """Read an answer that is given for somebody else."""
    return SetRsvpFor(
        event_id=event_id,
        user_id=user_id,
        force=bool(body.get("force")),
        reason=body.get("reason"),
        **_answer(body),
    )


def promote_waiting(event_id: EventId, body: Mapping[str, Any]) -> PromoteWaiting:
    """Read who is to be moved up."""
    return PromoteWaiting(
        event_id=event_id,
        occurrence=occurrence(body),
        people=[UserId(UUID(who)) for who in body.get("userIds") or ()],
        first=body.get("first") or 0,
        force=bool(body.get("force")),
        reason=body.get("reason"),
    )


def read_seats(event_id: EventId, query: Mapping[str, Any]) -> ReadSeats:
    """Read which part of the ledger is asked for."""
    return ReadSeats(
        event_id=event_id,
        occurrence=occurrence(query),
        limit=query.get("limit", 100),
        offset=query.get("offset", 0),
    )


def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "answer": Answer(body["status"]),
        "occurrence": occurrence(body),
        "guests": body.get("guests") or 0,
        "comment": body.get("comment"),
    }


def mark_attendance(event_id: EventId, body: Mapping[str, Any]) -> MarkAttendance:
    """Read a mark."""
    return MarkAttendance(
        event_id=event_id,
        user_id=UserId(UUID(body["userId"])),
        occurrence=occurrence(body),
        nonce=body.get("nonce"),
        at=None if body.get("markedAt") is None else _instant(body["markedAt"]),
        pass_hash=body.get("passHash"),
    )


def _instant(text: str) -> datetime:
    try:
        given = moment(text)
    except ValueError as problem:
        raise InvalidFields({"marked_at": (str(problem),)}) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def occurrence(given: Mapping[str, Any]) -> OccurrenceKey | None:
    """Read which occurrence is meant."""
    key = given.get("occurrence")
    return None if key is None else OccurrenceKey(key)
