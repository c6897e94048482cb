"""Who waits, and who moves up."""

import pytest
from attrs import evolve

from events_core import (
    Policies,
    PromoteWaiting,
    QueueOrder,
    ReadSeats,
    Revision,
    Tally,
    UpdateEvent,
    Waitlist,
    WithdrawRsvp,
    erase_person,
    promote_waiting,
    read_seats,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.seats import Moved, Why
from events_core.errors import CapacityFull, InvalidFields, NotWaiting, PermissionDenied
from events_core.testing.builders import a_person, an_actor
from events_core.testing.clock import ManualClock
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.planned import told
from tests.unit.usecases.seats import (
    CONFIRMED,
    HOUR,
    admissions,
    an_event_with,
    going,
    ledger,
    people_of,
)


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
        assert (await told(core, event)).count("event.waitlist.promoted") == 1
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
