import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from events_core import (
    Actor,
    Admission,
    Answer,
    EventId,
    OccurrenceKey,
    SetRsvp,
    Standing,
    Status,
    Tally,
    Visibility,
    WithdrawRsvp,
    erase_person,
    set_rsvp,
    withdraw_rsvp,
)
from events_core.domain.event import Event
from events_core.errors import (
    AccessUnavailable,
    EventNotFound,
    InvalidFields,
    MembershipUnavailable,
    PermissionDenied,
    RsvpClosed,
)
from events_core.testing.builders import an_actor, an_event, new_uuid
from events_core.testing.clock import ManualClock
from events_core.testing.contracts.store.factory import put, roster_of
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore

ELSEWHERE = OccurrenceKey("2001-01-01T00:00")


async def an_event_and_somebody(
    core: MemoryCore,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    status: Status = Status.PUBLISHED,
) -> tuple[Event, Actor]:
    event = an_event(visibility=visibility, status=status)
    await put(core.store, event)
    return event, an_actor(event.tenant_id)


async def an_event_of_ones_own(core: MemoryCore) -> tuple[Event, Actor]:
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    return event, an_actor(event.tenant_id, event.created_by)


async def say(
    core: MemoryCore, actor: Actor, event: Event, answer: Answer = Answer.GOING
) -> Standing:
    return await set_rsvp(core, actor, SetRsvp(event_id=event.id, answer=answer))


def in_which_she_is_erased(core: MemoryCore, her: Actor) -> MemoryCore:
    """The core, but she goes, and what is hers alone, before a roster is claimed."""

    async def erase() -> None:
        await erase_person(core, her, her.user_id)

    return evolve(core, store=RivalStore(core.store, erase, before="claim"))


async def number_of_facts(core: MemoryCore, event: Event) -> int:
    async with core.store.unit_of_work(event.tenant_id) as uow:
        return len(await uow.record.facts(event.id))


class TestAnswering:
    async def test_it_tells_where_she_stands(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        await say(core, an_actor(her.tenant_id), event, Answer.INTERESTED)
        assert await say(core, her, event) == Standing(
            Answer.GOING, Admission.CONFIRMED, Tally(interested=1, going=1, seats=1)
        )
        assert await say(core, her, event, Answer.NOT_GOING) == Standing(
            Answer.NOT_GOING, None, Tally(interested=1, not_going=1)
        )
        assert await number_of_facts(core, event) == 4

    async def test_the_same_again_tells_the_same_and_is_nothing(
        self, core: MemoryCore
    ) -> None:
        event, her = await an_event_and_somebody(core)
        assert await say(core, her, event) == await say(core, her, event)
        assert await number_of_facts(core, event) == 2

    async def test_many_at_once_are_one(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        await asyncio.gather(*(say(core, her, event) for _ in range(50)))
        roster = await roster_of(core.store, event, her.user_id)
        assert roster.tally == Tally(going=1, seats=1)
        assert await number_of_facts(core, event) == 2

    async def test_its_occurrence_may_be_named_and_no_other(
        self, core: MemoryCore
    ) -> None:
        event, her = await an_event_and_somebody(core)
        named = SetRsvp(
            event_id=event.id, answer=Answer.GOING, occurrence=event.occurrence
        )
        assert (await set_rsvp(core, her, named)).answer is Answer.GOING
        with pytest.raises(InvalidFields) as refused:
            await set_rsvp(core, her, evolve(named, occurrence=ELSEWHERE))
        assert set(refused.value.fields) == {"occurrence"}

    async def test_what_breaks_a_rule_changes_nothing(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        command = SetRsvp(event_id=event.id, answer=Answer.GOING, comment="\x00")
        with pytest.raises(InvalidFields):
            await set_rsvp(core, her, command)
        assert await number_of_facts(core, event) == 1

    async def test_when_it_has_begun_it_is_closed(
        self, core: MemoryCore, clock: ManualClock
    ) -> None:
        event, her = await an_event_and_somebody(core)
        clock.set(event.schedule.starts_at)
        with pytest.raises(RsvpClosed):
            await say(core, her, event)

    async def test_to_see_comes_before_to_be_allowed(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        event, her = await an_event_and_somebody(core)
        hidden, him = await an_event_and_somebody(core, visibility=Visibility.PRIVATE)
        access.everybody = frozenset()
        with pytest.raises(PermissionDenied):
            await say(core, her, event)
        with pytest.raises(EventNotFound):
            await say(core, him, hidden)
        with pytest.raises(EventNotFound):
            await say(core, her, an_event(id=EventId(new_uuid())))

    async def test_what_goes_meanwhile_is_missing(self, core: MemoryCore) -> None:
        event, her = await an_event_of_ones_own(core)
        with pytest.raises(EventNotFound):
            await say(in_which_she_is_erased(core, her), her, event)

    async def test_an_outage_is_neither_a_yes_nor_a_no(
        self, core: MemoryCore, access: MemoryAccess, memberships: MemoryMemberships
    ) -> None:
        event, her = await an_event_and_somebody(core, visibility=Visibility.TEAM)
        memberships.silent = True
        with pytest.raises(MembershipUnavailable):
            await say(core, her, event)
        access.silent = True
        with pytest.raises(AccessUnavailable):
            await say(core, her, event)

    async def test_who_is_barred_may_not(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        barred = an_actor(her.tenant_id, her.user_id, banned=True, system_admin=True)
        with pytest.raises(PermissionDenied):
            await say(core, barred, event)


class TestWithdrawing:
    async def take_back(self, core: MemoryCore, actor: Actor, event: Event) -> None:
        await withdraw_rsvp(core, actor, WithdrawRsvp(event_id=event.id))

    async def test_an_answer_taken_back_is_gone(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        await say(core, her, event)
        await self.take_back(core, her, event)
        roster = await roster_of(core.store, event, her.user_id)
        assert (roster.rsvps, roster.tally) == ({}, Tally())
        assert await number_of_facts(core, event) == 3

    async def test_without_one_nothing_happens(self, core: MemoryCore) -> None:
        event, her = await an_event_and_somebody(core)
        await self.take_back(core, her, event)
        assert await number_of_facts(core, event) == 1

    async def test_nobody_else_is_asked_and_it_need_not_be_seen(
        self, core: MemoryCore, access: MemoryAccess, memberships: MemoryMemberships
    ) -> None:
        event, her = await an_event_and_somebody(core, visibility=Visibility.TEAM)
        memberships.add(her, event.scope)
        await say(core, her, event)
        memberships.remove(her, event.scope)
        memberships.silent = access.silent = True
        await self.take_back(core, her, event)
        assert (await roster_of(core.store, event, her.user_id)).rsvps == {}

    async def test_without_one_an_event_is_what_it_is_to_her(
        self, core: MemoryCore, access: MemoryAccess, memberships: MemoryMemberships
    ) -> None:
        access.silent = True  # it is not asked
        event, her = await an_event_and_somebody(core, visibility=Visibility.TEAM)
        with pytest.raises(EventNotFound):
            await self.take_back(core, her, event)
        memberships.silent = True
        with pytest.raises(MembershipUnavailable):
            await self.take_back(core, her, event)
        with pytest.raises(EventNotFound):
            await self.take_back(core, her, an_event())

    async def test_what_goes_meanwhile_is_missing(self, core: MemoryCore) -> None:
        event, her = await an_event_of_ones_own(core)
        await say(core, her, event)
        with pytest.raises(EventNotFound):
            await self.take_back(in_which_she_is_erased(core, her), her, event)

    async def test_it_is_closed_when_the_event_is_over(
        self, core: MemoryCore, clock: ManualClock
    ) -> None:
        event, her = await an_event_and_somebody(core)
        await say(core, her, event)
        clock.set(event.schedule.lasts_until - timedelta(seconds=1))
        await say(core, her, event, Answer.NOT_GOING)
        clock.advance(timedelta(seconds=1))
        with pytest.raises(RsvpClosed):
            await self.take_back(core, her, event)
        await self.take_back(core, an_actor(her.tenant_id), event)

    async def test_who_is_barred_may_not_and_learns_nothing(
        self, core: MemoryCore
    ) -> None:
        event, her = await an_event_and_somebody(core)
        hidden = an_event(tenant_id=her.tenant_id, visibility=Visibility.PRIVATE)
        await put(core.store, hidden)
        await say(core, her, event)
        for who in (her.user_id, None):
            barred = an_actor(her.tenant_id, who, suspended=True)
            with pytest.raises(PermissionDenied):
                await self.take_back(core, barred, event)
            with pytest.raises(EventNotFound):
                await self.take_back(core, barred, hidden)
        assert (await roster_of(core.store, event, her.user_id)).rsvps

    async def test_its_occurrence_may_be_named_and_no_other(
        self, core: MemoryCore
    ) -> None:
        event, her = await an_event_and_somebody(core)
        await say(core, her, event)
        with pytest.raises(InvalidFields):
            await withdraw_rsvp(
                core, her, WithdrawRsvp(event_id=event.id, occurrence=ELSEWHERE)
            )
        assert (await roster_of(core.store, event, her.user_id)).rsvps
        await withdraw_rsvp(
            core, her, WithdrawRsvp(event_id=event.id, occurrence=event.occurrence)
        )
        assert (await roster_of(core.store, event, her.user_id)).rsvps == {}

    @pytest.mark.parametrize("status", sorted(set(Status) - {Status.PUBLISHED}))
    async def test_it_is_possible_in_any_state(
        self, core: MemoryCore, status: Status
    ) -> None:
        event, her = await an_event_and_somebody(core, status=status)
        open_ = an_event(
            id=event.id, tenant_id=event.tenant_id, schedule=event.schedule
        )
        async with core.store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, her.user_id)
            assert roster is not None
            await uow.rosters.save(
                roster.answer(
                    open_,
                    her.user_id,
                    Answer.GOING,
                    cause=core.cause(her),
                    message_id=core.new_message_id(),
                )
            )
            await uow.commit()
        await self.take_back(core, her, event)
        assert (await roster_of(core.store, event, her.user_id)).rsvps == {}
