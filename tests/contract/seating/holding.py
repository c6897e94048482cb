"""What is kept of an event: by a store, and by the model."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import field, frozen

from events_core import Actor, EventId, TenantId, UserId
from events_core.domain.attendance import Attendance
from events_core.domain.predicate import Everything
from events_core.ports.store import UnitOfWork
from events_core.testing.builders import NOW
from events_core.testing.wired import MemoryCore
from tests.contract.seating.model import PlainEvent, Seen, Who

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
class Held:
    """An event in a store, and all that is kept of it there, in the model's words."""

    core: MemoryCore
    actors: dict[Who, Actor]
    event_id: EventId
    _names: dict[UserId, Who] = field(init=False)

    @_names.default
    def _names_of_ids(self) -> dict[UserId, Who]:
        return {actor.user_id: name for name, actor in self.actors.items()}

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
