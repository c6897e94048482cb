"""Claims: one at a time has a roster, and the others wait."""

import asyncio
from collections.abc import Awaitable

import pytest

from events_core.domain.answers import Answer, Tally
from events_core.domain.event import Event
from events_core.domain.roster import Roster
from events_core.errors import ConcurrentChange
from events_core.ports.store import Store
from events_core.testing.builders import a_person, an_event
from events_core.testing.contracts.store.factory import (
    OfStore,
    answer,
    answered,
    put,
    read,
    roster_of,
)

#: How long something waits that is held up, so that a test is sure of it.
A_WHILE = 0.1

#: How long anything may take that nobody holds up.
SOON = 10


async def is_waiting(task: asyncio.Task[object]) -> bool:
    """Tell whether a task is held up."""
    done, _ = await asyncio.wait({task}, timeout=A_WHILE)
    return not done


def begun(work: Awaitable[object]) -> asyncio.Task[object]:
    """Begin to do something, without waiting for it."""

    async def do() -> object:
        return await work

    return asyncio.create_task(do())


class ClaimsContract(OfStore):
    """Whoever answers has the occurrence to herself until she is done."""

    async def test_a_second_claim_sees_what_was_saved_before_it(
        self, store: Store
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            roster = await answer(uow, event, him, Answer.GOING)
            assert roster.tally == Tally(going=2, seats=2)
            again = await uow.rosters.claim(event.id, event.occurrence, her)
            assert again is not None
            assert again.rsvps
            assert again.tally == Tally(going=2, seats=2)

    async def test_a_claim_waits_until_the_other_is_done_and_sees_her_answer(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            waiting = begun(roster_of(store, event, her))
            assert await is_waiting(waiting)
            await uow.commit()
        roster = await asyncio.wait_for(waiting, SOON)
        assert isinstance(roster, Roster)
        assert roster.tally == Tally(going=1, seats=1)
        assert roster.rsvps

    async def test_a_commit_ends_a_claim(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            await uow.commit()
            async with asyncio.timeout(SOON):
                assert (await roster_of(store, event, her)).rsvps

    async def test_a_claim_that_is_undone_lets_the_next_go_on(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            waiting = begun(roster_of(store, event, her))
            assert await is_waiting(waiting)
        roster = await asyncio.wait_for(waiting, SOON)
        assert isinstance(roster, Roster)
        assert roster.tally == Tally()

    async def test_a_cancelled_claim_lets_the_next_go_on(self, store: Store) -> None:
        event, her, claimed = an_event(), a_person(), asyncio.Event()
        await put(store, event)

        async def hold() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await answer(uow, event, her, Answer.GOING)
                claimed.set()
                await asyncio.Event().wait()

        holding = begun(hold())
        await claimed.wait()
        waiting = begun(roster_of(store, event, her))
        assert await is_waiting(waiting)
        holding.cancel()
        roster = await asyncio.wait_for(waiting, SOON)
        assert isinstance(roster, Roster)
        assert roster.tally == Tally()
        with pytest.raises(asyncio.CancelledError):
            await holding

    async def test_who_stops_waiting_holds_nobody_up(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            waiting = begun(roster_of(store, event, her))
            assert await is_waiting(waiting)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await uow.commit()
        async with asyncio.timeout(SOON):
            assert (await roster_of(store, event, her)).tally == Tally(going=1, seats=1)

    async def test_occurrences_do_not_wait_for_each_other(self, store: Store) -> None:
        event, her = an_event(), a_person()
        other = an_event(tenant_id=event.tenant_id)
        await put(store, event, other)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            async with asyncio.timeout(SOON):
                await answered(store, other, her, Answer.GOING)

    async def test_looking_does_not_wait_for_who_answers(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, her, Answer.GOING)
            async with asyncio.timeout(SOON):
                assert await read(store, event) == event

    async def test_who_wait_for_each_other_do_not_wait_for_ever(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        other = an_event(tenant_id=event.tenant_id)
        await put(store, event, other)
        both_hold = asyncio.Barrier(2)

        async def answer_both(first: Event, second: Event) -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await answer(uow, first, her, Answer.GOING)
                await both_hold.wait()
                await answer(uow, second, her, Answer.GOING)
                await uow.commit()

        async with asyncio.timeout(SOON):
            outcomes = await asyncio.gather(
                answer_both(event, other),
                answer_both(other, event),
                return_exceptions=True,
            )
        assert None in outcomes
        assert all(one is None or isinstance(one, ConcurrentChange) for one in outcomes)
        for one in (event, other):
            assert (await roster_of(store, one, her)).tally == Tally(going=1, seats=1)
