"""Whatever is refused is refused with a code, says what to do, and changes nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
import pytest
from attrs import field, frozen

from events_core import Answer, Status, Waitlist
from events_core.errors import EventsError
from tests.contract.seating.holding import at
from tests.contract.seating.world import Stage, World

Deed = Callable[[World], Awaitable[object]]

AUTOMATIC, MANUAL = Waitlist.AUTOMATIC, Waitlist.MANUAL


@frozen(kw_only=True)
class Refusal:
    """What was done, at which hour what is refused then, and what is said of it.

    ``says`` is a part of the message, ``tells`` are members of the error.
    """

    what: str
    before: Sequence[Deed] = ()
    hour: int = 0
    deed: Deed
    code: str
    says: str
    tells: Mapping[str, object] = field(factory=dict)
    terms: Mapping[str, Any] = field(factory=dict)


def come(who: int, guests: int = 0) -> Deed:
    return lambda world: world.answer(who, guests=guests)


def move(to: Status) -> Deed:
    return lambda world: world.move(to)


def revise(**values: Any) -> Deed:  # noqa: ANN401
    return lambda world: world.revise(**values)


def delete(world: World) -> Awaitable[object]:
    return world.delete()


REFUSALS = (
    # Answering.
    Refusal(
        what="an answer to a draft",
        terms={"status": Status.DRAFT},
        deed=come(0),
        code="NOT_FOUND",
        says="no such event",
    ),
    Refusal(
        what="a manager's answer to a draft",
        terms={"status": Status.DRAFT},
        deed=lambda world: world.answer_for(0),
        code="RSVP_CLOSED",
        says="ask when it is published",
        tells={"closed_at": None, "opens_at": None},
    ),
    Refusal(
        what="an answer to a deleted event",
        before=[delete],
        deed=come(0),
        code="NOT_FOUND",
        says="no such event",
    ),
    *(
        Refusal(
            what=f"an answer to a {status} event",
            before=[move(status)],
            deed=come(0),
            code="RSVP_CLOSED",
            says="ask when it is published",
        )
        for status in (Status.POSTPONED, Status.CANCELLED)
    ),
    Refusal(
        what="an answer before it opens",
        terms={"signup_opens_at": at(2)},
        hour=1,
        deed=come(0),
        code="RSVP_CLOSED",
        says="try again when it opens",
        tells={"opens_at": at(2)},
    ),
    Refusal(
        what="an answer after the deadline",
        terms={"signup_deadline": at(2)},
        hour=2,
        deed=come(0),
        code="RSVP_CLOSED",
        says="ask who organises it",
        tells={"closed_at": at(2)},
    ),
    Refusal(
        what="an answer after the start",
        hour=5,
        deed=come(0),
        code="RSVP_CLOSED",
        says="ask who organises it",
        tells={"closed_at": at(5)},
    ),
    Refusal(
        what="a larger party after the start",
        before=[come(0)],
        hour=5,
        deed=come(0, 1),
        code="RSVP_CLOSED",
        says="ask who organises it",
    ),
    Refusal(
        what="a no after the end",
        before=[come(0)],
        hour=11,
        deed=lambda world: world.answer(0, Answer.NOT_GOING),
        code="RSVP_CLOSED",
        says="ask who organises it",
        tells={"closed_at": at(11)},
    ),
    Refusal(
        what="a withdrawal after the end",
        before=[come(0)],
        hour=11,
        deed=lambda world: world.withdraw(0),
        code="RSVP_CLOSED",
        says="ask who organises it",
    ),
    Refusal(
        what="a withdrawal from what she does not see",
        before=[delete],
        deed=lambda world: world.withdraw(0),
        code="NOT_FOUND",
        says="no such event",
    ),
    Refusal(
        what="guests of somebody who is not going",
        deed=lambda world: world.answer(0, Answer.INTERESTED, 1),
        code="VALIDATION_ERROR",
        says="guests: come only with somebody who is going",
    ),
    Refusal(
        what="a comment without end",
        deed=lambda world: world.answer(0, comment="x" * 2_001),
        code="VALIDATION_ERROR",
        says="comment: ",
    ),
    Refusal(
        what="more guests than an answer may bring",
        deed=come(0, 4),
        code="PARTY_TOO_LARGE",
        says="bring fewer guests",
        tells={"largest": 4},
    ),
    Refusal(
        what="a party larger than the event",
        terms={"capacity": 3, "waitlist": AUTOMATIC},
        deed=come(0, 3),
        code="PARTY_TOO_LARGE",
        says="bring fewer guests",
        tells={"largest": 3},
    ),
    Refusal(
        what="an answer beyond the capacity",
        terms={"capacity": 2},
        before=[come(0)],
        deed=come(1, 1),
        code="CAPACITY_FULL",
        says="bring fewer",
        tells={"capacity": 2, "free": 1},
    ),
    Refusal(
        what="a larger party than there are seats for",
        terms={"capacity": 3, "waitlist": AUTOMATIC},
        before=[come(0), come(1, 1)],
        deed=come(0, 1),
        code="CAPACITY_FULL",
        says="bring fewer",
        tells={"capacity": 3, "free": 0},
    ),
    Refusal(
        what="an answer for others by somebody who may not",
        deed=lambda world: world.answer_for(0, by=1),
        code="FORBIDDEN",
        says="answer this event for others",
    ),
    Refusal(
        what="a reason without end",
        deed=lambda world: world.answer_for(0, reason="x" * 100_000),
        code="VALIDATION_ERROR",
        says="reason: ",
    ),
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
        before=[lambda world: _at(world, 5), move(Status.COMPLETED)],
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
        before=[lambda world: _at(world, 4), lambda world: world.mark(0)],
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
        before=[lambda world: _at(world, 4), lambda w: w.mark(0, nonce="a", hour=4)],
        hour=4,
        deed=lambda world: world.mark(1, nonce="a", hour=4),
        code="VALIDATION_ERROR",
        says="was used for somebody else",
    ),
)


async def _at(world: World, hour: int) -> None:
    world.wait_until(hour)


async def rows_of(connection: asyncpg.Connection, tenant: str) -> Mapping[str, object]:
    """Return all that every table has of a tenant, but what tells of refusals."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'events'::regnamespace AND relkind = 'r'"
        " AND attname = 'tenant_id' AND relname NOT LIKE 'audit%'"
    )
    return {
        table: await connection.fetch(
            f"SELECT t::text FROM events.{table} AS t"
            " WHERE tenant_id::text = $1 ORDER BY 1",
            tenant,
        )
        for (table,) in tables
    }


async def no_rows() -> object:
    """Memory keeps what the ports tell, and no more."""
    return None


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what)
def test_a_refusal_has_a_code_says_what_to_do_and_changes_nothing(
    stage: Stage, superuser_url: str, refusal: Refusal
) -> None:
    async def refused(world: World, rows: Callable[[], Awaitable[object]]) -> None:
        for deed in refusal.before:
            await deed(world)
        world.wait_until(refusal.hour)
        before = await world.held(), await rows()
        with pytest.raises(EventsError) as raised:
            await refusal.deed(world)
        error = raised.value
        told = {name: getattr(error, name) for name in refusal.tells}
        assert (error.code, told) == (refusal.code, refusal.tells)
        assert refusal.says in str(error)
        assert (await world.held(), await rows()) == before

    async def both() -> None:
        await refused(here, no_rows)
        connection = await asyncpg.connect(superuser_url)
        tenant = str(there.actors[0].tenant_id)
        await refused(there, lambda: rows_of(connection, tenant))
        await connection.close()

    here, there = stage.worlds(start=5, **{"guests_per_answer": 3, **refusal.terms})
    stage.loop.run(both())
