"""More seats, and fewer."""

import pytest

from events_core import (
    Actor,
    Answer,
    Revision,
    SetRsvpFor,
    Tally,
    UpdateEvent,
    UserId,
    Waitlist,
    WithdrawRsvp,
    get_event,
    set_rsvp_for,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.event import Event
from events_core.domain.seats import Moved
from events_core.errors import CapacityFull, CapacityTooLow
from events_core.testing.builders import an_actor
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.seats import (
    CONFIRMED,
    admissions,
    an_event_with,
    going,
    ledger,
    people_of,
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
