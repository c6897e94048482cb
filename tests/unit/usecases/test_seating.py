"""Who gets a seat."""

import pytest

from events_core import (
    Answer,
    ReadSeats,
    SetRsvp,
    SetRsvpFor,
    Signup,
    Standing,
    Status,
    Tally,
    Waitlist,
    get_event,
    read_seats,
    set_rsvp,
    set_rsvp_for,
)
from events_core.domain.identity import Scope
from events_core.domain.seats import Moved
from events_core.errors import (
    CapacityFull,
    InvalidFields,
    PartyTooLarge,
    PermissionDenied,
    RsvpClosed,
)
from events_core.testing.builders import NOW, a_person, an_actor, an_event
from events_core.testing.clock import ManualClock
from events_core.testing.contracts.store.factory import put
from events_core.testing.people import MemoryAccess
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.planned import told
from tests.unit.usecases.seats import (
    CONFIRMED,
    HOUR,
    WAITLISTED,
    admissions,
    an_event_with,
    going,
    ledger,
    people_of,
)


class TestAnswering:
    async def test_a_party_takes_its_seats_and_the_last_seat_is_the_last(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 3, Waitlist.NONE)
        anna, boris, clara = people_of(event, 3)
        assert await going(core, anna, event, guests=1) == Standing(
            Answer.GOING, CONFIRMED, Tally(going=1, seats=2)
        )
        with pytest.raises(CapacityFull) as refused:
            await going(core, boris, event, guests=1)
        assert (refused.value.capacity, refused.value.free) == (3, 1)
        await going(core, clara, event)
        with pytest.raises(CapacityFull):
            await going(core, boris, event)
        assert await ledger(core, manager, event) == [
            (Moved.TAKEN, 2, 2),
            (Moved.TAKEN, 1, 3),
        ]
        assert (await told(core, event)).count("event.rsvp.changed") == 2

    async def test_who_finds_no_seat_waits_and_is_told_where(
        self, core: MemoryCore
    ) -> None:
        event, _ = await an_event_with(core, 1)
        people = people_of(event, 3)
        for one in people:
            standing = await going(core, one, event)
        assert standing == Standing(
            Answer.INTERESTED, WAITLISTED, Tally(going=1, waiting=2, seats=1), 2
        )
        assert await admissions(core, people, event) == [CONFIRMED, 1, 2]
        seen = await get_event(core, people[2], event.id)
        assert (seen.my_answer, seen.my_admission) == (Answer.INTERESTED, WAITLISTED)

    async def test_a_party_that_can_never_come_is_refused_as_such(
        self, core: MemoryCore
    ) -> None:
        event, _ = await an_event_with(core, 3)
        [anna] = people_of(event, 1)
        for guests, largest in ((3, 3), (50, 3)):
            with pytest.raises(PartyTooLarge) as refused:
                await going(core, anna, event, guests)
            assert refused.value.largest == largest
        alone, _ = await an_event_with(core, None, guests=0)
        with pytest.raises(PartyTooLarge):
            await going(core, an_actor(alone.tenant_id), alone, 1)
        command = SetRsvp(event_id=event.id, answer=Answer.NOT_GOING, guests=1)
        with pytest.raises(InvalidFields):
            await set_rsvp(core, anna, command)

    async def test_a_larger_party_takes_seats_or_keeps_what_it_has(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 4)
        anna, boris = people_of(event, 2)
        await going(core, anna, event)
        await going(core, boris, event, guests=1)
        await going(core, anna, event, guests=1)
        with pytest.raises(CapacityFull):
            await going(core, anna, event, guests=2)
        assert await admissions(core, [anna, boris], event) == [CONFIRMED] * 2
        await going(core, boris, event)
        assert await ledger(core, manager, event) == [
            (Moved.TAKEN, 1, 1),
            (Moved.TAKEN, 2, 3),
            (Moved.TAKEN, 1, 4),
            (Moved.RELEASED, -1, 3),
        ]

    async def test_answering_opens_and_closes_and_no_is_possible_to_the_end(
        self, core: MemoryCore, clock: ManualClock
    ) -> None:
        terms = Signup(opens_at=NOW + HOUR, deadline=NOW + 2 * HOUR)
        event, manager = await an_event_with(core, 5, terms=terms)
        anna, boris = people_of(event, 2)
        with pytest.raises(RsvpClosed) as refused:
            await going(core, anna, event)
        assert refused.value.opens_at == NOW + HOUR
        clock.advance(HOUR)
        await going(core, anna, event, guests=2)
        clock.advance(HOUR)
        for guests in (2, 3):
            with pytest.raises(RsvpClosed) as refused:
                await going(core, anna, event, guests)
            assert refused.value.closed_at == NOW + 2 * HOUR
        assert (await going(core, anna, event, guests=1)).tally.seats == 2
        no = SetRsvp(event_id=event.id, answer=Answer.NOT_GOING)
        assert (await set_rsvp(core, anna, no)).tally == Tally(not_going=1)
        late = SetRsvpFor(
            event_id=event.id, user_id=boris.user_id, answer=Answer.GOING, force=True
        )
        assert (await set_rsvp_for(core, manager, late)).admission is CONFIRMED


class TestOnBehalf:
    async def test_it_is_written_down_who_gave_the_answer(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        event, manager = await an_event_with(core, 5)
        her = an_actor(event.tenant_id)
        command = SetRsvpFor(
            event_id=event.id, user_id=her.user_id, answer=Answer.GOING, guests=1
        )
        with pytest.raises(PermissionDenied):
            await set_rsvp_for(core, her, command)
        await set_rsvp_for(core, manager, command)
        async with core.store.unit_of_work(event.tenant_id) as uow:
            data = await uow.persons.export(her.user_id)
        assert [rsvp.given_by for rsvp in data.rsvps] == [manager.user_id]
        seats = await read_seats(core, manager, ReadSeats(event_id=event.id))
        movement = seats.entries.items[0].movement
        assert (movement.user_id, movement.by) == (her.user_id, manager.user_id)

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.CANCELLED])
    async def test_a_draft_or_a_cancelled_event_takes_none_not_even_by_force(
        self, core: MemoryCore, status: Status
    ) -> None:
        event = an_event(status=status)
        await put(core.store, event)
        manager = an_actor(event.tenant_id)
        core.access.bind(manager, Scope.of_tenant(event.tenant_id))
        command = SetRsvpFor(
            event_id=event.id, user_id=a_person(), answer=Answer.GOING, force=True
        )
        with pytest.raises(RsvpClosed):
            await set_rsvp_for(core, manager, command)
