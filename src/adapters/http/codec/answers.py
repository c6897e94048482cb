"""Who answered what, as JSON and as a table."""

from collections.abc import Mapping
from typing import Any

from adapters.http.codec.commands import occurrence
from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from events_core import Admission, Answer, Answers, EventId, ListAnswers, Side
from events_core.domain.answers import Rsvp

COLUMNS = ("userId", "status", "admission", "guests", "comment", "updatedAt")

#: What one side is told as: an answer, and an admission where there is one.
_TOLD: Mapping[Side, tuple[Answer, Admission | None]] = {
    Side.CONFIRMED: (Answer.GOING, Admission.CONFIRMED),
    Side.WAITLISTED: (Answer.GOING, Admission.WAITLISTED),
    Side.INTERESTED: (Answer.INTERESTED, None),
    Side.NOT_GOING: (Answer.NOT_GOING, None),
}


def list_answers(
    event_id: EventId, query: Mapping[str, Any], *, whole: bool
) -> ListAnswers:
    """Read which answers are asked for; ``whole`` where no limit means no page."""
    statuses, admissions = query.get("status"), query.get("admission")
    return ListAnswers(
        event_id=event_id,
        occurrence=occurrence(query),
        sides=frozenset(
            side
            for side, (answer, admission) in _TOLD.items()
            if (statuses is None or answer in statuses)
            and (admissions is None or admission in admissions)
        ),
        limit=query.get("limit", None if whole else 100),
        offset=query.get("offset", 0),
    )


def page(command: ListAnswers, answers: Answers) -> Json:
    """Show part of the answers."""
    return {
        "items": [row(rsvp) for rsvp in answers.rsvps],
        "meta": {
            "total": answers.total,
            "limit": command.limit,
            "offset": command.offset,
        },
    }


def row(rsvp: Rsvp) -> Json:
    """Show one answer."""
    return {
        "userId": rsvp.user_id,
        "status": rsvp.answer,
        "admission": rsvp.admission,
        "guests": rsvp.guests,
        "comment": rsvp.comment,
        "updatedAt": stamp(rsvp.updated_at),
    }
