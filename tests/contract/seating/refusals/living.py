"""What is refused of an event's life, and of marks."""

from events_core import Answer, Status
from tests.contract.seating.holding import at
from tests.contract.seating.refusals.refusal import Refusal, delete, move, wait

REFUSALS = (
    # Its life.
    Refusal(
        what="completing before the start",
        hour=4,
        deed=move(Status.COMPLETED),
        code="ILLEGAL_TRANSITION",
        says="can now be postponed or cancelled",
        tells={"allowed": ("postponed", "cancelled")},
    ),
    Refusal(
        what="cancelling a draft",
        terms={"status": Status.DRAFT},
        deed=move(Status.CANCELLED),
        code="ILLEGAL_TRANSITION",
        says="can now be published",
    ),
    Refusal(
        what="publishing again after the end",
        before=[move(Status.CANCELLED)],
        hour=11,
        deed=move(Status.PUBLISHED),
        code="ILLEGAL_TRANSITION",
        says="can now be nothing else",
    ),
    Refusal(
        what="publishing what is completed",
        before=[lambda world: wait(world, 5), move(Status.COMPLETED)],
        hour=6,
        deed=move(Status.PUBLISHED),
        code="ILLEGAL_TRANSITION",
        says="can now be nothing else",
    ),
    Refusal(
        what="archiving by hand",
        deed=move(Status.ARCHIVED),
        code="VALIDATION_ERROR",
        says="is no state that somebody brings events to",
    ),
    Refusal(
        what="moving what is deleted",
        before=[delete],
        deed=move(Status.CANCELLED),
        code="ILLEGAL_TRANSITION",
        says="can now be restored",
    ),
    Refusal(
        what="deleting by somebody who may not",
        deed=lambda world: world.delete(by=0),
        code="FORBIDDEN",
        says="delete or restore this event",
    ),
    # Who came.
    Refusal(
        what="a mark before the doors open",
        hour=2,
        deed=lambda world: world.mark(0),
        code="ATTENDANCE_CLOSED",
        says="try again when it opens",
        tells={"opens_at": at(3)},
    ),
    Refusal(
        what="a mark at an event that is called off",
        before=[move(Status.CANCELLED)],
        hour=5,
        deed=lambda world: world.mark(0),
        code="ATTENDANCE_CLOSED",
        says="publish it",
        tells={"opens_at": None},
    ),
    Refusal(
        what="a walk-in where none are taken",
        terms={"walk_ins": False},
        before=[lambda world: world.answer(0, Answer.INTERESTED)],
        hour=4,
        deed=lambda world: world.mark(0),
        code="NOT_CONFIRMED",
        says="answer the event first",
    ),
    Refusal(
        what="a mark by somebody who may not",
        hour=4,
        deed=lambda world: world.mark(0, by=1),
        code="FORBIDDEN",
        says="mark attendance at this event",
    ),
    Refusal(
        what="taking a mark back by somebody who may not",
        before=[lambda world: wait(world, 4), lambda world: world.mark(0)],
        hour=4,
        deed=lambda world: world.undo(0, by=1),
        code="FORBIDDEN",
        says="mark attendance at this event",
    ),
    Refusal(
        what="a mark in the future",
        hour=4,
        deed=lambda world: world.mark(0, nonce="a", hour=5),
        code="VALIDATION_ERROR",
        says="must not be in the future",
    ),
    Refusal(
        what="a past mark without a nonce",
        hour=4,
        deed=lambda world: world.mark(0, hour=3),
        code="VALIDATION_ERROR",
        says="goes with a nonce only",
    ),
    Refusal(
        what="a nonce of somebody else's",
        before=[lambda world: wait(world, 4), lambda w: w.mark(0, nonce="a", hour=4)],
        hour=4,
        deed=lambda world: world.mark(1, nonce="a", hour=4),
        code="VALIDATION_ERROR",
        says="was used for somebody else",
    ),
)
