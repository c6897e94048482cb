"""What people say to an occurrence, whether they have a seat, and the counts."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import evolve, field, frozen

from events_core.domain.identity import EventId, OccurrenceKey, UserId


class Answer(StrEnum):
    """What a person says to an event."""

    INTERESTED = "interested"
    GOING = "going"
    NOT_GOING = "not_going"


class Admission(StrEnum):
    """Whether somebody who is going has a seat."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"


class Side(StrEnum):
    """What answers are counted by: of those going, who has a seat and who waits."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    INTERESTED = "interested"
    NOT_GOING = "not_going"

    @classmethod
    def of(cls, answer: Answer, admission: Admission | None) -> Self:
        """Return the side of an answer."""
        return cls(answer.value if admission is None else admission.value)


#: The sides of those who are expected, or would like to be.
EXPECTED = frozenset({Side.CONFIRMED, Side.WAITLISTED})


@frozen
class Rsvp:
    """One person's answer to one occurrence.

    Whoever is going has an ``admission``, and nobody else. Her ``turn`` is her place
    in an order: of those who wait the lowest is the first in line, of the confirmed
    the highest is the last who got in. ``given_by`` is who answered, herself or an
    organiser for her; None once that person has been erased.
    """

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    answer: Answer
    created_at: datetime
    updated_at: datetime
    comment: str | None = None
    guests: int = 0
    admission: Admission | None = field()
    turn: int = 0
    given_by: UserId | None = field()

    @admission.default
    def _admission(self) -> Admission | None:
        return Admission.CONFIRMED if self.answer is Answer.GOING else None

    @given_by.default
    def _given_by(self) -> UserId:
        return self.user_id

    @property
    def party(self) -> int:
        """How many seats she wants: one for herself, one for each guest."""
        return 1 + self.guests

    @property
    def seats(self) -> int:
        """How many seats she has."""
        return self.party if self.admission is Admission.CONFIRMED else 0

    @property
    def waits(self) -> bool:
        """Whether she is on the waiting list."""
        return self.admission is Admission.WAITLISTED

    @property
    def side(self) -> Side:
        """What it is counted by."""
        return Side.of(self.answer, self.admission)

    @property
    def shown(self) -> Answer:
        """The answer as she is told it: who waits must not take herself for in."""
        return Answer.INTERESTED if self.waits else self.answer


@frozen
class Tally:
    """What is kept count of at one occurrence.

    People by what they answered, of those going only the confirmed; people who wait;
    and the seats that are taken, guests included.
    """

    interested: int = 0
    going: int = 0
    not_going: int = 0
    waiting: int = 0
    seats: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return the counts of both."""
        return Tally(
            self.interested + other.interested,
            self.going + other.going,
            self.not_going + other.not_going,
            self.waiting + other.waiting,
            self.seats + other.seats,
        )

    def on(self, sides: Collection[Side]) -> int:
        """Return how many answers are on these sides."""
        counts = {
            Side.CONFIRMED: self.going,
            Side.WAITLISTED: self.waiting,
            Side.INTERESTED: self.interested,
            Side.NOT_GOING: self.not_going,
        }
        return sum(counts[side] for side in frozenset(sides))

    def recounted(self, *, before: Rsvp | None, after: Rsvp | None) -> Self:
        """Return the tally after one person's answer changed. None is no answer."""
        counts = {name: getattr(self, name) for name in ("waiting", *Answer)}
        for rsvp, by in ((before, -1), (after, 1)):
            if rsvp is not None:
                counts["waiting" if rsvp.waits else rsvp.answer.value] += by
        seats = self.seats - (before.seats if before else 0)
        return evolve(self, **counts, seats=seats + (after.seats if after else 0))
