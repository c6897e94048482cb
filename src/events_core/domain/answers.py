"""What people say to an event, and how often each was said."""

from enum import StrEnum
from typing import Self

from attrs import evolve, frozen


class Answer(StrEnum):
    """What a person says to an event."""

    INTERESTED = "interested"
    GOING = "going"
    NOT_GOING = "not_going"


class Admission(StrEnum):
    """Whether somebody who is going has a place."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"


@frozen
class Tally:
    """How many people gave each answer to one occurrence; one a person."""

    interested: int = 0
    going: int = 0
    not_going: int = 0

    def recounted(self, *, before: Answer | None, after: Answer | None) -> Self:
        """Return the tally after one person's answer changed. None is no answer."""
        counts = {answer: getattr(self, answer.value) for answer in Answer}
        if before is not None:
            counts[before] -= 1
        if after is not None:
            counts[after] += 1
        return evolve(self, **{answer.value: n for answer, n in counts.items()})
