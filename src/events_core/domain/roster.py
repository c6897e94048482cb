"""Answering: what people say to one occurrence of an event, and who gets a seat.

A roster is what the store hands out when an occurrence is claimed: never all answers,
but the counts, and those answers that were asked for. While it is held nobody else can
answer that occurrence, so what is decided on it stands.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from events_core.domain.admitting import Place, place_for
from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.facts import RsvpChanged, WaitlistPromoted
from events_core.domain.identity import EventId, MessageId, OccurrenceKey, UserId
from events_core.domain.policies import QueueOrder
from events_core.domain.seats import Moved, Movement, Why
from events_core.domain.signup import Signup
from events_core.domain.text import FieldProblems, TextRule
from events_core.errors import (
    CapacityFull,
    NotWaiting,
    PartyTooLarge,
    RsvpClosed,
)

COMMENT = TextRule(longest=2_000, lines=True)


@frozen
class Roster:
    """The counts of one occurrence, and some of the answers to it.

    ``rsvps`` has the answers of those it was claimed for, as far as they gave one.
    ``event_version`` is the version the event was at when it was claimed, ``turns``
    the last turn that was given out. ``movements`` are those of the seats since.
    """

    event_id: EventId
    occurrence: OccurrenceKey
    event_version: int = 1
    tally: Tally = Tally()
    turns: int = field(default=0, eq=False)
    rsvps: Mapping[UserId, Rsvp] = field(factory=dict)
    movements: tuple[Movement, ...] = field(default=(), eq=False)

    def answer(
        self,
        event: Event,
        user_id: UserId,
        answer: Answer,
        *,
        guests: int = 0,
        comment: str | None = None,
        order: QueueOrder = QueueOrder.STRICT,
        stuck: bool = False,
        force: bool = False,
        cause: Cause,
        message_id: MessageId,
    ) -> Change["Roster"]:
        """Return the roster with this answer; the same answer again changes nothing.

        Whoever is going gets a seat for herself and each guest, or waits, or is
        refused. Who has seats keeps them unless she gives them up, and who waits her
        place. ``stuck`` as in ``place_for``. ``force`` lets her in beyond the
        capacity, and after the deadline.

        Raises:
            InvalidFields: the comment or the number of guests breaks its rule.
            RsvpClosed: the event is not published; or answering is not open, and she
                wants more than to give up what she has; or it is over.
            PartyTooLarge: so many can never come.
            CapacityFull: there are not so many seats, and no waiting list.
        """
        comment = _checked(comment, guests, answer)
        old = self.rsvps.get(user_id)
        if event.status is not Status.PUBLISHED or event.deleted_at is not None:
            raise RsvpClosed
        gives_up = answer is Answer.NOT_GOING or (
            answer is Answer.GOING and old is not None and 1 + guests < old.seats
        )
        _check_open(event, cause.at, to_the_end=gives_up or force)
        same = old and (old.answer, old.guests, old.comment) == (
            answer,
            guests,
            comment,
        )
        if old and same and not (force and old.waits):
            return Change(self, self, cause)
        new = Rsvp(
            self.event_id,
            self.occurrence,
            user_id,
            answer,
            created_at=old.created_at if old else cause.at,
            updated_at=cause.at,
            comment=comment,
            guests=guests,
            given_by=cause.by,
        )
        if answer is Answer.GOING:
            new = self._admitted(
                event.signup, new, old, order, stuck=stuck, force=force
            )
        why = Why.PARTY_CHANGED if old and old.seats and new.seats else Why.ANSWERED
        fact = _changed(event, user_id, new, cause, message_id)
        return self._with(event, new, why, cause, fact)

    def withdraw(
        self, event: Event, user_id: UserId, *, cause: Cause, message_id: MessageId
    ) -> Change["Roster"]:
        """Return the roster without the person's answer; without one, unchanged.

        Raises:
            RsvpClosed: there is an answer and the event is over.
        """
        if user_id not in self.rsvps:
            return Change(self, self, cause)
        _check_open(event, cause.at, to_the_end=True)
        fact = _changed(event, user_id, None, cause, message_id)
        return self._with(event, None, Why.WITHDRAWN, cause, fact)

    def promote(
        self,
        event: Event,
        user_id: UserId,
        *,
        why: Why = Why.CHOSEN,
        force: bool = False,
        cause: Cause,
        message_id: MessageId,
    ) -> Change["Roster"]:
        """Return the roster with somebody moved up from the waiting list.

        Who has a seat keeps it, and nothing happens. ``force`` moves her up beyond
        the capacity.

        Raises:
            NotWaiting: she neither waits nor has a seat.
            CapacityFull: there are not so many seats.
        """
        old = self.rsvps.get(user_id)
        if old is None or old.admission is None:
            raise NotWaiting(user_id)
        if not old.waits:
            return Change(self, self, cause)
        room = self.room(event.signup)
        if room is not None and old.party > room and not force:
            raise CapacityFull(event.signup.capacity or 0, max(0, room))
        new = evolve(old, admission=Admission.CONFIRMED, turn=self.turns + 1)
        fact = WaitlistPromoted(**about_person(event, user_id, cause, message_id))
        return self._with(event, new, why, cause, fact)

    def displace(
        self, event: Event, user_id: UserId, *, cause: Cause, message_id: MessageId
    ) -> Change["Roster"]:
        """Return the roster with a confirmed person first on the waiting list."""
        new = evolve(
            self.rsvps[user_id],
            admission=Admission.WAITLISTED,
            turn=-(self.turns + 1),
        )
        fact = _changed(event, user_id, new, cause, message_id)
        return self._with(event, new, Why.CAPACITY_LOWERED, cause, fact)

    def room(self, terms: Signup) -> int | None:
        """Return how many seats are free, fewer than none if some were forced.

        None where they are not limited.
        """
        return terms.room(self.tally.seats)

    def knowing(self, *rsvps: Rsvp) -> "Roster":
        """Return the roster with further answers that are stored."""
        return evolve(self, rsvps={**self.rsvps, **{r.user_id: r for r in rsvps}})

    def _admitted(
        self,
        terms: Signup,
        new: Rsvp,
        old: Rsvp | None,
        order: QueueOrder,
        *,
        stuck: bool,
        force: bool,
    ) -> Rsvp:
        """Return the answer with a seat or a place in the line, whichever is hers."""
        asks_more = old is None or old.guests < new.guests
        if asks_more and not force:
            _check_party(terms, new.party)
        held, waits = (old.seats, old.waits) if old else (0, False)
        place = place_for(
            terms,
            self.tally,
            party=new.party,
            held=held,
            waits=waits,
            order=order,
            stuck=stuck,
            force=force,
        )
        kept, next_turn = old.turn if old else 0, self.turns + 1
        match place:
            case Place.HELD:
                return evolve(new, turn=kept)
            case Place.FREE:
                return evolve(new, turn=kept if held else next_turn)
            case Place.KEPT | Place.LAST:
                turn = kept if place is Place.KEPT else next_turn
                return evolve(new, admission=Admission.WAITLISTED, turn=turn)
            case Place.NONE:
                room = self.room(terms)
                raise CapacityFull(terms.capacity or 0, max(0, room or 0))

    def _with(
        self,
        event: Event,
        new: Rsvp | None,
        why: Why,
        cause: Cause,
        fact: RsvpChanged | WaitlistPromoted,
    ) -> Change["Roster"]:
        user_id = fact.user_id
        old = self.rsvps.get(user_id)
        rsvps = {who: rsvp for who, rsvp in self.rsvps.items() if who != user_id}
        tally = self.tally.recounted(before=old, after=new)
        seats = tally.seats - self.tally.seats
        moved = _moved(seats, tally.seats, why, event.signup.capacity)
        movement = Movement(
            moved=moved,
            seats=seats,
            user_id=user_id,
            by=None if why is Why.SEAT_FREED else cause.by,
            at=cause.at,
            why=why,
            reason=cause.reason,
        )
        after = evolve(
            self,
            rsvps=rsvps if new is None else {**rsvps, user_id: new},
            tally=tally,
            turns=max(self.turns, abs(new.turn) if new else 0),
            movements=(*self.movements, movement) if seats else self.movements,
        )
        return Change(self, after, cause, (fact,))


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


def _changed(
    event: Event,
    user_id: UserId,
    rsvp: Rsvp | None,
    cause: Cause,
    message_id: MessageId,
) -> RsvpChanged:
    return RsvpChanged(
        **about_person(event, user_id, cause, message_id),
        answer=rsvp.answer if rsvp else None,
        admission=rsvp.admission if rsvp else None,
    )


def _moved(seats: int, taken: int, why: Why, capacity: int | None) -> Moved:
    beyond = seats > 0 and capacity is not None and taken > capacity
    if beyond or why is Why.CAPACITY_LOWERED:
        return Moved.FORCED
    if why in {Why.SEAT_FREED, Why.CHOSEN}:
        return Moved.PROMOTED
    return Moved.TAKEN if seats > 0 else Moved.RELEASED


def _checked(comment: str | None, guests: int, answer: Answer) -> str | None:
    problems = FieldProblems()
    comment = problems.checked("comment", lambda: COMMENT.clean_optional(comment), None)
    if guests < 0 or (guests and answer is not Answer.GOING):
        problems.add("guests", "come only with somebody who is going")
    problems.raise_if_any()
    return comment


def _check_party(terms: Signup, party: int) -> None:
    largest = 1 + terms.guests_per_answer
    if terms.capacity is not None:
        largest = min(largest, terms.capacity)
    if party > largest:
        raise PartyTooLarge(largest)


def _check_open(event: Event, at: datetime, *, to_the_end: bool) -> None:
    schedule, terms = event.schedule, event.signup
    closes = schedule.lasts_until if to_the_end else terms.closes_at(schedule)
    if at >= closes:
        raise RsvpClosed(closes)
    if not to_the_end and terms.opens_at is not None and at < terms.opens_at:
        raise RsvpClosed(opens_at=terms.opens_at)
