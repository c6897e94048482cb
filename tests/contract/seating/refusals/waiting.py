"""What is refused of the waiting list and of the terms."""

from events_core import Status
from tests.contract.seating.holding import at
from tests.contract.seating.refusals.refusal import (
    MANUAL,
    Refusal,
    come,
    delete,
    move,
    revise,
)

REFUSALS = (
    # The waiting list.
    Refusal(
        what="moving somebody up who does not wait",
        terms={"capacity": 1, "waitlist": MANUAL},
        before=[come(0), come(1)],
        deed=lambda world: world.promote([1, 2], force=True),
        code="NOT_WAITING",
        says="look at it again",
    ),
    Refusal(
        what="moving more up than there are seats",
        terms={"capacity": 2, "waitlist": MANUAL},
        before=[come(0), come(1), come(2), come(3), lambda w: w.withdraw(0)],
        deed=lambda world: world.promote([2, 3]),
        code="CAPACITY_FULL",
        says="bring fewer",
        tells={"capacity": 2, "free": 0},
    ),
    Refusal(
        what="moving the first up where there is no seat",
        terms={"capacity": 1, "waitlist": MANUAL},
        before=[come(0), come(1)],
        deed=lambda world: world.promote(first=1),
        code="CAPACITY_FULL",
        says="try again when somebody has given up theirs",
    ),
    Refusal(
        what="moving up at an event that is called off",
        terms={"capacity": 1, "waitlist": MANUAL},
        before=[come(0), come(1), move(Status.CANCELLED)],
        deed=lambda world: world.promote([1], force=True),
        code="RSVP_CLOSED",
        says="ask when it is published",
    ),
    Refusal(
        what="moving nobody up",
        deed=lambda world: world.promote(),
        code="VALIDATION_ERROR",
        says="must name people, or else first how many",
    ),
    Refusal(
        what="moving too many up",
        deed=lambda world: world.promote(first=251),
        code="VALIDATION_ERROR",
        says="must be at most 250",
    ),
    Refusal(
        what="moving up by somebody who may not",
        deed=lambda world: world.promote(first=1, by=0),
        code="FORBIDDEN",
        says="change this event",
    ),
    # The terms.
    Refusal(
        what="lowering the capacity below what is taken",
        before=[come(0), come(1, 3)],
        deed=revise(capacity=3),
        code="CAPACITY_TOO_LOW",
        says="with force",
        tells={"taken": 5},
    ),
    *(
        Refusal(
            what=f"{values}",
            deed=revise(**values),
            code="VALIDATION_ERROR",
            says=says,
        )
        for values, says in (
            ({"capacity": 0}, "capacity: must be from 1"),
            ({"guests_per_answer": 51}, "guests_per_answer: must be from 0 to 50"),
            ({"signup_deadline": at(6)}, "must not be after the start"),
            ({"signup_opens_at": at(5)}, "must be before answering closes"),
        )
    ),
    Refusal(
        what="a change of an old version",
        before=[revise(capacity=9)],
        deed=revise(capacity=8, expected=1),
        code="VERSION_MISMATCH",
        says="read it and try again",
        tells={"current": 2, "changed": ("capacity",)},
    ),
    Refusal(
        what="a change by somebody who may not",
        deed=revise(capacity=8, by=0),
        code="FORBIDDEN",
        says="change this event",
    ),
    Refusal(
        what="a change of a deleted event",
        before=[delete],
        deed=revise(capacity=8),
        code="ILLEGAL_TRANSITION",
        says="can now be restored",
    ),
)
