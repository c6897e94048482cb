"""An event in a store, and what is done to it, told in the model's words."""

import asyncio
import json
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from secrets import randbits
from typing import Any
from uuid import UUID

from attrs import field, frozen

from events_core import (
    Actor,
    Answer,
    CreateEvent,
    DeleteEvent,
    EventId,
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
    TenantId,
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
from events_core.domain.attendance import Attendance
from events_core.domain.identity import Scope
from events_core.domain.predicate import Everything
from events_core.errors import (
    CapacityFull,
    CapacityTooLow,
    EventsError,
    PartyTooLarge,
)
from events_core.ports.store import Store, UnitOfWork
from events_core.testing.builders import NOW, a_person, a_tenant, an_actor
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.memory import MemoryStore
from events_core.testing.wired import MemoryCore
from events_core.usecases.let_time_pass import let_time_pass
from tests.contract.seating.model import LASTS, PlainEvent, Seen, Who

CROWD = range(5)
MANAGERS = ("manager", "steward", "usher")

#: More than any history comes to.
ALL = 10_000


def at(hour: int) -> datetime:
    """Return the instant of an hour of the history."""
    return NOW + timedelta(hours=hour)


def hour_of(moment: datetime) -> int:
    """Return the hour of an instant."""
    hour, rest = divmod(moment - NOW, timedelta(hours=1))
    assert not rest
    return hour


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
class World:
    """One of the two: the same people and the same ids as in the other."""

    core: MemoryCore
    actors: dict[Who, Actor]
    event_id: EventId
    _names: dict[UserId, Who] = field(init=False)

    @_names.default
    def _names_of_ids(self) -> dict[UserId, Who]:
        return {actor.user_id: name for name, actor in self.actors.items()}

    # What people do. Each returns what the model returns.

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

    # What there is then.

    def name(self, user_id: UserId | None) -> Who | None:
        """Return whose id it is."""
        return None if user_id is None else self._names[user_id]

    def seen(self, mark: Attendance) -> Seen:
        """Return a mark."""
        undone = None if mark.undone_at is None else hour_of(mark.undone_at)
        by = self.name(mark.marked_by)
        assert by is not None
        return Seen(by, hour_of(mark.marked_at), undone)

    async def facts(self) -> list[dict[str, Any]]:
        """Return the facts in their published form."""
        async with self.core.store.unit_of_work(self._tenant) as uow:
            return [json.loads(one) for one in await uow.record.facts(self.event_id)]

    async def held(self) -> dict[str, Any]:
        """Return all that the store holds of the event."""
        async with self.core.store.unit_of_work(self._tenant) as uow:
            return {
                **await self._event(uow),
                **await self._seats(uow),
                **await self._marks(uow),
            }

    @property
    def _tenant(self) -> TenantId:
        return self.actors[0].tenant_id

    @property
    def _people(self) -> list[UserId]:
        return [one.user_id for who, one in self.actors.items() if who in range(99)]

    async def _event(self, uow: UnitOfWork) -> dict[str, Any]:
        event = await uow.events.get(self.event_id, Everything())
        assert event is not None
        terms, facts = event.signup, await uow.record.facts(event.id)
        notices = await uow.notices.of_event(event.id)
        return {
            "status": event.status.value,
            "deleted": event.deleted_at is not None,
            "version": event.version,
            "start": hour_of(event.schedule.starts_at),
            "capacity": terms.capacity,
            "waitlist": terms.waitlist.value,
            "guests": terms.guests_per_answer,
            "deadline": terms.deadline and hour_of(terms.deadline),
            "opens": terms.opens_at and hour_of(terms.opens_at),
            "facts": [self._plain(json.loads(text)) for text in facts],
            "notices": {
                (self.name(one.user_id), one.event_version, one.kind.value)
                for one in notices
            },
        }

    async def _seats(self, uow: UnitOfWork) -> dict[str, Any]:
        event = await uow.events.get(self.event_id, Everything())
        assert event is not None
        which = (event.id, event.occurrence)
        roster = await uow.rosters.claim(*which, *self._people)
        assert roster is not None
        line = await uow.rosters.first_waiting(*which, limit=ALL)
        last = await uow.rosters.last_confirmed(*which, limit=ALL)
        entries = await uow.record.movements(*which, limit=ALL)
        counts = roster.tally
        return {
            "answers": {
                self.name(user_id): (
                    rsvp.answer.value,
                    rsvp.party,
                    rsvp.comment,
                    rsvp.admission and rsvp.admission.value,
                    self.name(rsvp.given_by),
                    hour_of(rsvp.created_at),
                    hour_of(rsvp.updated_at),
                )
                for user_id, rsvp in roster.rsvps.items()
            },
            "counts": (
                *(counts.interested, counts.going, counts.not_going),
                *(counts.waiting, counts.seats),
            ),
            "line": [self.name(rsvp.user_id) for rsvp in line],
            "places": [await uow.rosters.position(rsvp) for rsvp in line],
            "seated": [self.name(rsvp.user_id) for rsvp in reversed(last)],
            "ledger": [
                (
                    one.moved.value,
                    one.seats,
                    *(self.name(one.user_id), self.name(one.by)),
                    *(hour_of(one.at), one.why.value, one.reason),
                )
                for one in (entry.movement for entry in entries.items)
            ],
            "taken": [entry.taken for entry in entries.items],
        }

    async def _marks(self, uow: UnitOfWork) -> dict[str, Any]:
        event = await uow.events.get(self.event_id, Everything())
        assert event is not None
        which = (event.id, event.occurrence)
        found = [await uow.attendance.find(*which, one) for one in self._people]
        marks = [mark for mark in found if mark is not None]
        return {"marks": {self.name(one.user_id): self.seen(one) for one in marks}}

    def _plain(self, fact: dict[str, Any]) -> tuple[object, ...]:
        kind, who = fact["event_type"], fact.get("user_id")
        is_answer = kind == "event.rsvp.changed"
        return (
            kind,
            fact["event_version"],
            who and self.name(UserId(UUID(who))),
            fact["status"] if is_answer else None,
            fact.get("admission"),
        )


def _plain(standing: Standing) -> object:
    tally = standing.tally
    return (
        standing.answer and standing.answer.value,
        standing.admission and standing.admission.value,
        standing.position,
        (tally.interested, tally.going, tally.not_going),
    )


def plain_standing(model: PlainEvent, who: int) -> object:
    """Return where somebody should stand with the model's event."""
    waits = who in model.line
    answer = "interested" if waits else model.answers[who].answer
    place = model.line.index(who) + 1 if waits else None
    counts = [model.count(a) for a in ("interested", "going", "not_going")]
    return answer, model.admission(who), place, tuple(counts)


def plainly_held(model: PlainEvent) -> dict[str, Any]:
    """Return what a store should hold of an event like the model's."""
    taken, so_far = [], 0
    for line in model.ledger:
        so_far += line[1]
        taken.append(so_far)
    return {
        "status": model.status,
        "deleted": model.deleted,
        "version": model.version,
        "start": model.start,
        "capacity": model.capacity,
        "waitlist": model.waitlist,
        "guests": model.guests,
        "deadline": model.deadline,
        "opens": model.opens,
        "facts": model.facts,
        "notices": model.notices,
        "answers": {
            who: (
                *(one.answer, one.party, one.comment, model.admission(who)),
                *(one.by, one.first_at, one.last_at),
            )
            for who, one in model.answers.items()
        },
        "counts": (
            *(model.count(one) for one in ("interested", "going", "not_going")),
            *(len(model.line), model.taken),
        ),
        "line": model.line,
        "places": [*range(1, len(model.line) + 1)],
        "seated": model.seated,
        "ledger": model.ledger,
        "taken": taken,
        "marks": model.marks,
    }
