"""Who gets a seat, who waits, and what becomes of it."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve

from events_core import (
    Actor,
    Admission,
    Answer,
    Policies,
    PromoteWaiting,
    QueueOrder,
    ReadSeats,
    Revision,
    SetRsvp,
    SetRsvpFor,
    Signup,
    Standing,
    Status,
    Tally,
    UpdateEvent,
    UserId,
    Waitlist,
    WithdrawRsvp,
    erase_person,
    get_event,
    promote_waiting,
    read_seats,
    set_rsvp,
    set_rsvp_for,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.event import Event
from events_core.domain.identity import Scope
from events_core.domain.seats import Moved, Why
from events_core.domain.signup import UNLIMITED
from events_core.errors import (
    CapacityFull,
    CapacityTooLow,
    InvalidFields,
    NotWaiting,
    PartyTooLarge,
    PermissionDenied,
    RsvpClosed,
)
from events_core.testing.builders import NOW, a_person, an_actor, an_event
from events_core.testing.clock import ManualClock
from events_core.testing.contracts.store.factory import put
from events_core.testing.people import MemoryAccess
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


async def facts(core: MemoryCore, event: Event) -> Counter[str]:
    async with core.store.unit_of_work(event.tenant_id) as uow:
        told = await uow.record.facts(event.id)
    return Counter(json.loads(text)["event_type"] for text in told)


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
        assert (await facts(core, event))["event.rsvp.changed"] == 2

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


class TestWaiting:
    async def test_a_seat_given_up_is_the_next_ones_at_once(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 1)
        people = people_of(event, 3)
        for one in people:
            await going(core, one, event)
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        assert await admissions(core, people, event) == [None, CONFIRMED, 1]
        assert await ledger(core, manager, event) == [
            (Moved.TAKEN, 1, 1),
            (Moved.RELEASED, -1, 0),
            (Moved.PROMOTED, 1, 1),
        ]
        seats = await read_seats(core, manager, ReadSeats(event_id=event.id))
        promoted = seats.entries.items[2].movement
        assert (promoted.by, promoted.why) == (None, Why.SEAT_FREED)
        assert (await facts(core, event))["event.waitlist.promoted"] == 1
        await erase_person(core, people[1], people[1].user_id)
        assert await admissions(core, people, event) == [None, None, CONFIRMED]

    async def test_the_head_of_the_line_blocks_where_the_order_is_strict(
        self, core: MemoryCore
    ) -> None:
        event, _ = await an_event_with(core, 3)
        people = people_of(event, 5)
        for one, guests in zip(people, (1, 0, 2, 0, 0), strict=True):
            await going(core, one, event, guests)
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        assert await admissions(core, people, event) == [None, CONFIRMED, 1, 2, 3]
        newcomer = an_actor(event.tenant_id)
        assert (await going(core, newcomer, event)).position == 4
        await withdraw_rsvp(core, people[2], WithdrawRsvp(event_id=event.id))
        assert await admissions(core, [*people, newcomer], event) == [
            None,
            CONFIRMED,
            None,
            CONFIRMED,
            CONFIRMED,
            1,
        ]

    async def test_whoever_fits_goes_first_where_the_order_is_fit(
        self, core: MemoryCore
    ) -> None:
        core = evolve(core, policies=Policies(queue_order=QueueOrder.FIT))
        event, _ = await an_event_with(core, 3)
        people = people_of(event, 4)
        for one, guests in zip(people, (1, 0, 2, 0), strict=True):
            await going(core, one, event, guests)
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        assert await admissions(core, people, event) == [None, CONFIRMED, 1, CONFIRMED]
        newcomer = an_actor(event.tenant_id)
        assert (await going(core, newcomer, event)).admission is CONFIRMED

    async def test_a_smaller_party_keeps_its_place_and_may_fit(
        self, core: MemoryCore
    ) -> None:
        event, _ = await an_event_with(core, 3)
        people = people_of(event, 3)
        for one, guests in zip(people, (1, 2, 1), strict=True):
            await going(core, one, event, guests)
        assert (await going(core, people[1], event, 3 - 2)).position == 1
        assert (await going(core, people[1], event)).admission is CONFIRMED
        assert await admissions(core, people, event) == [CONFIRMED, CONFIRMED, 1]

    async def test_by_hand_nobody_moves_up_unless_somebody_says_so(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 2, Waitlist.MANUAL)
        people = people_of(event, 5)
        for one in people:
            await going(core, one, event)
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        assert (await going(core, people[0], event)).position == 4
        chosen = PromoteWaiting(event_id=event.id, people=[people[3].user_id])
        done = await promote_waiting(core, manager, chosen)
        assert done.promoted == (people[3].user_id,)
        assert (await promote_waiting(core, manager, chosen)).promoted == ()
        assert await admissions(core, people, event) == [3, CONFIRMED, 1, CONFIRMED, 2]
        with pytest.raises(CapacityFull):
            await promote_waiting(
                core, manager, PromoteWaiting(event_id=event.id, first=1)
            )
        forced = PromoteWaiting(event_id=event.id, first=2, force=True)
        done = await promote_waiting(core, manager, forced)
        assert done.promoted == (people[2].user_id, people[4].user_id)
        assert done.tally == Tally(going=4, waiting=1, seats=4)
        assert (await ledger(core, manager, event))[-1] == (Moved.FORCED, 1, 4)

    async def test_only_who_waits_is_moved_up_and_all_or_none(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 1, Waitlist.MANUAL)
        people = people_of(event, 2)
        for one in people:
            await going(core, one, event)
        stranger = a_person()
        command = PromoteWaiting(
            event_id=event.id, people=[people[1].user_id, stranger], force=True
        )
        with pytest.raises(NotWaiting):
            await promote_waiting(core, manager, command)
        assert await admissions(core, people, event) == [CONFIRMED, 1]
        with pytest.raises(PermissionDenied):
            await promote_waiting(core, people[1], command)
        for nobody in ({}, {"first": 1, "people": [stranger]}, {"first": 251}):
            with pytest.raises(InvalidFields):
                await promote_waiting(
                    core,
                    manager,
                    PromoteWaiting(event_id=event.id, **nobody),
                )


class TestCapacity:
    async def change(
        self,
        core: MemoryCore,
        manager: Actor,
        event: Event,
        revision: Revision,
        *,
        force: bool = False,
    ) -> tuple[UserId, ...]:
        command = UpdateEvent(event_id=event.id, revision=revision, force=force)
        return (await update_event(core, manager, command)).displaced

    async def test_more_seats_are_filled_from_the_line(self, core: MemoryCore) -> None:
        event, manager = await an_event_with(core, 1)
        people = people_of(event, 4)
        for one in people:
            await going(core, one, event)
        await self.change(core, manager, event, Revision(capacity=3))
        assert await admissions(core, people, event) == [*[CONFIRMED] * 3, 1]
        await self.change(core, manager, event, Revision(capacity=None))
        assert await admissions(core, people, event) == [CONFIRMED] * 4

    async def test_fewer_than_are_taken_is_refused_and_changes_nothing(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 3)
        people = people_of(event, 3)
        for one in people:
            await going(core, one, event)
        with pytest.raises(CapacityTooLow) as refused:
            await self.change(core, manager, event, Revision(capacity=2, title="Less"))
        assert refused.value.taken == 3
        seen = await get_event(core, manager, event.id)
        assert (seen.signup.capacity, seen.title, seen.version) == (
            3,
            event.details.title,
            1,
        )

    @pytest.mark.parametrize("waitlist", Waitlist)
    async def test_forced_the_last_are_first_in_line_in_their_order(
        self, core: MemoryCore, waitlist: Waitlist
    ) -> None:
        event, manager = await an_event_with(core, 5, waitlist)
        people = people_of(event, 4)
        for one, guests in zip(people, (1, 0, 0, 0), strict=True):
            await going(core, one, event, guests)
        if waitlist is not Waitlist.NONE:
            people += people_of(event, 1)
            await going(core, people[4], event)
        fewer = Revision(capacity=2)
        displaced = await self.change(core, manager, event, fewer, force=True)
        assert displaced == tuple(one.user_id for one in people[1:4])
        in_line = [1, 2, 3, 4][: len(people) - 1]
        assert await admissions(core, people, event) == [CONFIRMED, *in_line]
        assert (await ledger(core, manager, event))[-1] == (Moved.FORCED, -1, 2)
        if waitlist is Waitlist.NONE:
            with pytest.raises(CapacityFull):
                await going(core, an_actor(event.tenant_id), event)
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        moved_up = 0 if waitlist is Waitlist.MANUAL else 2
        admitted = await admissions(core, people, event)
        assert admitted.count(CONFIRMED) == moved_up

    async def test_those_who_were_forced_in_stay_until_it_is_lowered(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_with(core, 1)
        people = people_of(event, 3)
        for one in people:
            command = SetRsvpFor(
                event_id=event.id,
                user_id=one.user_id,
                answer=Answer.GOING,
                force=True,
                reason="They are the band",
            )
            await set_rsvp_for(core, manager, command)
        assert await ledger(core, manager, event) == [
            (Moved.TAKEN, 1, 1),
            (Moved.FORCED, 1, 2),
            (Moved.FORCED, 1, 3),
        ]
        await self.change(core, manager, event, Revision(capacity=2))
        assert await admissions(core, people, event) == [CONFIRMED] * 3
        assert (await going(core, an_actor(event.tenant_id), event)).position == 1
        await withdraw_rsvp(core, people[0], WithdrawRsvp(event_id=event.id))
        assert (await get_event(core, manager, event.id)).tally == Tally(
            going=2, waiting=1, seats=2
        )


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


@pytest.mark.parametrize("waitlist", Waitlist)
async def test_who_can_never_get_in_any_more_holds_up_nobody(
    core: MemoryCore, waitlist: Waitlist
) -> None:
    event, manager = await an_event_with(core, 5, waitlist)
    anna, boris = people_of(event, 2)
    await going(core, anna, event, guests=3)
    fewer = UpdateEvent(event_id=event.id, revision=Revision(capacity=3), force=True)
    await update_event(core, manager, fewer)
    await going(core, boris, event, guests=1)
    assert await admissions(core, [anna, boris], event) == [1, CONFIRMED]


async def test_an_event_that_is_to_be_again_fills_what_became_free_when_it_was_over(
    core: MemoryCore, clock: ManualClock
) -> None:
    event, manager = await an_event_with(core, 1)
    anna, boris = people_of(event, 2)
    await going(core, anna, event)
    await going(core, boris, event)
    clock.set(event.schedule.lasts_until)
    await erase_person(core, anna, anna.user_id)
    assert await admissions(core, [boris], event) == [1]
    again = Revision(starts_at=event.schedule.lasts_until + HOUR)
    await update_event(core, manager, UpdateEvent(event_id=event.id, revision=again))
    assert await admissions(core, [boris], event) == [CONFIRMED]
