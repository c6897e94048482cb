"""Events with so many seats, and what becomes of them."""

from datetime import timedelta

from attrs import evolve

from events_core import (
    Actor,
    Admission,
    Answer,
    ReadSeats,
    SetRsvp,
    Signup,
    Standing,
    Waitlist,
    get_event,
    read_seats,
    set_rsvp,
)
from events_core.domain.event import Event
from events_core.domain.identity import Scope
from events_core.domain.signup import UNLIMITED
from events_core.testing.builders import an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore

CONFIRMED, WAITLISTED = Admission.CONFIRMED, Admission.WAITLISTED

HOUR = timedelta(hours=1)


async def an_event_with(
    core: MemoryCore,
    capacity: int | None,
    waitlist: Waitlist = Waitlist.AUTOMATIC,
    *,
    guests: int = 5,
    terms: Signup = UNLIMITED,
) -> tuple[Event, Actor]:
    """Return an event with so many seats, and who manages it."""
    terms = evolve(
        terms, capacity=capacity, waitlist=waitlist, guests_per_answer=guests
    )
    event = an_event(signup=terms)
    await put(core.store, event)
    manager = an_actor(event.tenant_id)
    core.access.bind(manager, Scope.of_tenant(event.tenant_id))
    return event, manager


def people_of(event: Event, number: int) -> list[Actor]:
    return [an_actor(event.tenant_id) for _ in range(number)]


async def going(
    core: MemoryCore, actor: Actor, event: Event, guests: int = 0
) -> Standing:
    command = SetRsvp(event_id=event.id, answer=Answer.GOING, guests=guests)
    return await set_rsvp(core, actor, command)


async def admissions(
    core: MemoryCore, people: list[Actor], event: Event
) -> list[Admission | int | None]:
    """Return who has a seat, and of those who wait their places in the line."""
    told: list[Admission | int | None] = []
    for one in people:
        seen = await get_event(core, one, event.id)
        told.append(seen.my_position or seen.my_admission)
    return told


async def ledger(core: MemoryCore, manager: Actor, event: Event) -> list[object]:
    seats = await read_seats(core, manager, ReadSeats(event_id=event.id))
    assert sum(e.movement.seats for e in seats.entries.items) == seats.tally.seats
    return [
        (entry.movement.moved, entry.movement.seats, entry.taken)
        for entry in seats.entries.items
    ]
