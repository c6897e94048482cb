"""Answering: what one person says to one occurrence of an event.

A roster is what the store hands out when an answer is claimed: never all answers, but
the counts and this person's own. While it is held nobody else can answer that
occurrence, so what is decided on it stands.
"""

from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from events_core.domain.answers import Admission, Answer, Tally
from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.facts import RsvpChanged
from events_core.domain.identity import EventId, MessageId, OccurrenceKey, UserId
from events_core.domain.text import FieldProblems, TextRule
from events_core.errors import RsvpClosed

COMMENT = TextRule(longest=2_000, lines=True)


@frozen
class Rsvp:
    """One person's answer to one occurrence."""

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    answer: Answer
    created_at: datetime
    updated_at: datetime
    comment: str | None = None

    @property
    def admission(self) -> Admission | None:
        """Whether she has a place: all who are going have one, the rest want none."""
        return admission_of(self.answer)


def admission_of(answer: Answer | None) -> Admission | None:
    """Return the admission that goes with an answer where places are not limited."""
    return Admission.CONFIRMED if answer is Answer.GOING else None


@frozen
class Roster:
    """The counts of one occurrence, and one person's answer to it, if any."""

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    tally: Tally = Tally()
    rsvp: Rsvp | None = None

    def answer(
        self,
        event: Event,
        answer: Answer,
        *,
        comment: str | None = None,
        cause: Cause,
        message_id: MessageId,
    ) -> Change["Roster"]:
        """Return the roster with this answer; the same answer again changes nothing.

        Raises:
            InvalidFields: the comment breaks its rule.
            RsvpClosed: the event is not published, or deleted; or it has started, and
                the answer is another than no; or it is over.
        """
        problems = FieldProblems()
        comment = problems.checked(
            "comment", lambda: COMMENT.clean_optional(comment), None
        )
        problems.raise_if_any()
        if event.status is not Status.PUBLISHED or event.deleted_at is not None:
            raise RsvpClosed
        _check_open(event, cause.at, saying_no=answer is Answer.NOT_GOING)
        if self.rsvp and (self.rsvp.answer, self.rsvp.comment) == (answer, comment):
            return Change(self, self, cause)
        rsvp = Rsvp(
            self.event_id,
            self.occurrence,
            self.user_id,
            answer,
            created_at=self.rsvp.created_at if self.rsvp else cause.at,
            updated_at=cause.at,
            comment=comment,
        )
        return self._with(rsvp, event, cause, message_id)

    def withdraw(
        self, event: Event, *, cause: Cause, message_id: MessageId
    ) -> Change["Roster"]:
        """Return the roster without the person's answer; without one, unchanged.

        Raises:
            RsvpClosed: there is an answer and the event is over.
        """
        if self.rsvp is None:
            return Change(self, self, cause)
        _check_open(event, cause.at, saying_no=True)
        return self._with(None, event, cause, message_id)

    def _with(
        self, rsvp: Rsvp | None, event: Event, cause: Cause, message_id: MessageId
    ) -> Change["Roster"]:
        before = self.rsvp.answer if self.rsvp else None
        after = rsvp.answer if rsvp else None
        fact = RsvpChanged(
            **about_person(event, self.user_id, cause, message_id),
            answer=after,
            admission=admission_of(after),
        )
        tally = self.tally.recounted(before=before, after=after)
        return Change(self, evolve(self, rsvp=rsvp, tally=tally), cause, (fact,))


def about_person(
    event: Event, user_id: UserId, cause: Cause, message_id: MessageId
) -> dict[str, Any]:
    """Return what a fact about a person at an event starts with."""
    return {
        **event.fact_fields(message_id, cause),
        "exposed_before": event.exposure,
        "user_id": user_id,
        "occurrence": None,
    }


def _check_open(event: Event, at: datetime, *, saying_no: bool) -> None:
    schedule = event.schedule
    closes = schedule.lasts_until if saying_no else schedule.starts_at
    if at >= closes:
        raise RsvpClosed(closes)
