"""An event in a store, and what is done to it, told in the model's words."""

import asyncio
from collections.abc import Awaitable, Sequence
from secrets import randbits
from typing import Any
from uuid import UUID

from attrs import frozen

from events_core import (
    Actor,
    Answer,
    CreateEvent,
    DeleteEvent,
    MarkAttendance,
    MoveEvent,
    Policies,
    PromoteWaiting,
    QueueOrder,
    RestoreEvent,
    Revision,
    SetRsvp,
    SetRsvpFor,
    Standing,
    Status,
    UndoAttendance,
    UpdateEvent,
    UserId,
    WithdrawRsvp,
    create_event,
    delete_event,
    erase_person,
    mark_attendance,
    move_event,
    promote_waiting,
    restore_event,
    set_rsvp,
    set_rsvp_for,
    undo_attendance,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.actors import Via
from events_core.domain.identity import Scope
from events_core.errors import CapacityFull, CapacityTooLow, EventsError, PartyTooLarge
from events_core.ports.store import Store
from events_core.testing.builders import a_person, a_tenant, an_actor
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.memory import MemoryStore
from events_core.testing.wired import MemoryCore
from events_core.usecases.let_time_pass import let_time_pass
from tests.contract.seating.holding import Held, at
from tests.contract.seating.model import LASTS, Who

CROWD = range(5)

MANAGERS = ("manager", "steward", "usher")


@frozen
class Stage:
    """Where histories are played: a loop of their own, and a store in PostgreSQL."""

    loop: asyncio.Runner
    store: Store

    def worlds(
        self,
        *,
        start: int,
        status: Status = Status.PUBLISHED,
        order: QueueOrder = QueueOrder.STRICT,
        **terms: Any,  # noqa: ANN401
    ) -> "tuple[World, World]":
        """Return an event in memory and the same one in PostgreSQL."""
        tenant, series = a_tenant(), randbits(62)
        actors: dict[Who, Actor] = {
            who: an_actor(tenant, UserId(UUID(int=number)))
            for number, who in enumerate((*CROWD, *MANAGERS), 1)
        }

        async def begun(store: Store) -> World:
            core = MemoryCore(
                store=store,
                clock=ManualClock(),
                ids=SequentialIds(series),
                policies=Policies(queue_order=order),
            )
            for manager in MANAGERS:
                core.access.bind(actors[manager], Scope.of_tenant(tenant))
            command = CreateEvent(
                title="Chess night",
                starts_at=at(start),
                ends_at=at(start + LASTS),
                status=status,
                **terms,
            )
            listing = await create_event(core, actors["manager"], command)
            return World(core, actors, listing.id)

        stores = (MemoryStore(), self.store)
        here, there = [self.loop.run(begun(store)) for store in stores]
        return here, there


async def told(step: Awaitable[Any]) -> object:
    """Take a step; return what came of it, or the code it was refused with."""
    try:
        return await step
    except PartyTooLarge as refused:
        return refused.code, refused.largest
    except CapacityFull as refused:
        return refused.code, refused.capacity, refused.free
    except CapacityTooLow as refused:
        return refused.code, refused.taken
    except EventsError as refused:
        return (refused.code,)


@frozen
class World(Held):
    """One of the two: the same people and the same ids as in the other.

    What people do returns what the model returns.
    """

    async def answer(
        self,
        who: int,
        answer: Answer = Answer.GOING,
        guests: int = 0,
        comment: str | None = None,
    ) -> object:
        command = SetRsvp(
            event_id=self.event_id, answer=answer, guests=guests, comment=comment
        )
        return _plain(await set_rsvp(self.core, self.actors[who], command))

    async def answer_for(
        self,
        who: int,
        answer: Answer = Answer.GOING,
        guests: int = 0,
        reason: str | None = None,
        *,
        force: bool = False,
        by: Who = "manager",
    ) -> object:
        command = SetRsvpFor(
            event_id=self.event_id,
            answer=answer,
            guests=guests,
            user_id=self.actors[who].user_id,
            force=force,
            reason=reason,
        )
        return _plain(await set_rsvp_for(self.core, self.actors[by], command))

    async def withdraw(self, who: int) -> None:
        command = WithdrawRsvp(event_id=self.event_id)
        await withdraw_rsvp(self.core, self.actors[who], command)

    async def promote(
        self,
        chosen: Sequence[int] = (),
        reason: str | None = None,
        *,
        first: int = 0,
        force: bool = False,
        by: Who = "manager",
    ) -> object:
        command = PromoteWaiting(
            event_id=self.event_id,
            people=[self.actors[who].user_id for who in chosen],
            first=first,
            force=force,
            reason=reason,
        )
        done = await promote_waiting(self.core, self.actors[by], command)
        return [self.name(who) for who in done.promoted]

    async def forget(self, who: int) -> None:
        await erase_person(self.core, self.actors[who], self.actors[who].user_id)

    async def revise(
        self,
        *,
        force: bool = False,
        by: Who = "manager",
        expected: int | None = None,
        **values: Any,  # noqa: ANN401
    ) -> object:
        command = UpdateEvent(
            event_id=self.event_id,
            revision=Revision(**values),
            force=force,
            expected_version=expected,
        )
        listing = await update_event(self.core, self.actors[by], command)
        return [self.name(who) for who in listing.displaced]

    async def move(self, to: Status, by: Who = "manager") -> None:
        command = MoveEvent(event_id=self.event_id, to=to)
        await move_event(self.core, self.actors[by], command)

    async def delete(self, by: Who = "manager") -> None:
        command = DeleteEvent(event_id=self.event_id)
        await delete_event(self.core, self.actors[by], command)

    async def restore(self) -> None:
        command = RestoreEvent(event_id=self.event_id)
        await restore_event(self.core, self.actors["manager"], command)

    async def let_time_pass(self) -> object:
        system = Actor(self._tenant, a_person(), via=Via.SYSTEM)
        due = await let_time_pass(self.core, system, self.event_id)
        return due and due.value

    async def mark(
        self,
        who: int,
        by: Who = "manager",
        nonce: str | None = None,
        hour: int | None = None,
    ) -> object:
        command = MarkAttendance(
            event_id=self.event_id,
            user_id=self.actors[who].user_id,
            nonce=nonce,
            at=None if hour is None else at(hour),
        )
        mark = await mark_attendance(self.core, self.actors[by], command)
        return self.seen(mark.attendance), mark.created

    async def undo(self, who: int, by: Who = "manager") -> None:
        command = UndoAttendance(
            event_id=self.event_id, user_id=self.actors[who].user_id
        )
        await undo_attendance(self.core, self.actors[by], command)

    def wait_until(self, hour: int) -> None:
        self.core.clock.set(at(hour))


def _plain(standing: Standing) -> object:
    tally = standing.tally
    return (
        standing.answer and standing.answer.value,
        standing.admission and standing.admission.value,
        standing.position,
        (tally.interested, tally.going, tally.not_going),
    )
