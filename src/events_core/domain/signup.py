"""How people sign up: how many places there are, who waits, and between which moments.

The moments are instants that were given as wall time or instants, like those of a
schedule, and keep to it: a new zone keeps their wall times, a new start takes the
deadline along.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from events_core.domain.schedule import Schedule, instant_in
from events_core.domain.text import FieldProblems

MOST_SEATS = 1_000_000
MOST_GUESTS = 50


class Waitlist(StrEnum):
    """What becomes of those for whom there is no seat.

    They are refused; or they wait, and are moved up when a seat is free, by
    themselves or when an organiser says so.
    """

    NONE = "none"
    AUTOMATIC = "automatic"
    MANUAL = "manual"


@frozen(kw_only=True)
class Signup:
    """The terms on which an event takes answers; build them with ``of``.

    ``capacity`` is in people, guests included, None where it is not limited. Answers
    that want a seat are taken from ``opens_at``, else at once, until ``deadline``,
    else the start. Unless ``walk_ins``, nobody is marked as there without a seat.
    """

    capacity: int | None = None
    waitlist: Waitlist = Waitlist.NONE
    guests_per_answer: int = 0
    opens_at: datetime | None = None
    deadline: datetime | None = None
    walk_ins: bool = True

    @classmethod
    def of(
        cls,
        schedule: Schedule,
        *,
        capacity: int | None = None,
        waitlist: Waitlist = Waitlist.NONE,
        guests_per_answer: int = 0,
        opens_at: datetime | None = None,
        deadline: datetime | None = None,
        walk_ins: bool = True,
    ) -> Self:
        """Return the terms, checked against the schedule.

        A naive moment is wall time in the schedule's zone.

        Raises:
            InvalidFields: a number out of its range, a deadline after the start, or
                no time between opening and closing.
        """
        problems = FieldProblems()
        for name, number, least, most in (
            ("capacity", capacity, 1, MOST_SEATS),
            ("guests_per_answer", guests_per_answer, 0, MOST_GUESTS),
        ):
            if number is not None and not least <= number <= most:
                problems.add(name, f"must be from {least} to {most}")
        zone = schedule.zone
        opens_at = problems.collected(
            lambda: _instant_of("signup_opens_at", opens_at, zone)
        )
        deadline = problems.collected(
            lambda: _instant_of("signup_deadline", deadline, zone)
        )
        if deadline is not None and deadline > schedule.starts_at:
            problems.add("signup_deadline", "must not be after the start")
        elif opens_at is not None and opens_at >= (deadline or schedule.starts_at):
            problems.add("signup_opens_at", "must be before answering closes")
        problems.raise_if_any()
        return cls(
            capacity=capacity,
            waitlist=waitlist,
            guests_per_answer=guests_per_answer,
            opens_at=opens_at,
            deadline=deadline,
            walk_ins=walk_ins,
        )

    def following(self, before: Schedule, after: Schedule) -> Self:
        """Return the terms with their moments where a changed schedule takes them.

        Naive moments, as wall time of the new schedule's zone, for ``of`` to check.
        """
        shift = after.starts.replace(fold=0) - before.starts.replace(fold=0)
        deadline = _wall_of(self.deadline, before.zone)
        return evolve(
            self,
            opens_at=_wall_of(self.opens_at, before.zone),
            deadline=deadline + shift if deadline and shift else deadline,
        )

    def closes_at(self, schedule: Schedule) -> datetime:
        """Return the instant from which no answer is taken that wants a seat."""
        return self.deadline or schedule.starts_at

    def room(self, taken: int) -> int | None:
        """Return how many seats are free, fewer than none if some were forced.

        None where they are not limited.
        """
        return None if self.capacity is None else self.capacity - taken


#: The terms of whoever says nothing.
UNLIMITED = Signup()


def _instant_of(name: str, moment: datetime | None, zone: str) -> datetime | None:
    return None if moment is None else instant_in(name, moment, zone)


def _wall_of(moment: datetime | None, zone: str) -> datetime | None:
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
