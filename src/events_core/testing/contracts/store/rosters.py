"""Answers: claimed one at a time, counted as they are given."""

import asyncio
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer, Tally
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
from events_core.errors import ConcurrentChange
from events_core.ports.store import Store
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_person,
    an_event,
    new_uuid,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    answer,
    answered,
    only,
    put,
    read,
    retitled,
    roster_of,
    save,
)
from events_core.testing.strategies import people

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


class RostersContract(OfStore):
    """Whoever answers has the occurrence to herself until she is done."""

    async def test_what_is_not_there_cannot_be_claimed(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            claim = uow.rosters.claim
            other_id, other = EventId(new_uuid()), OccurrenceKey("2001-01-01T00:00")
            assert await claim(other_id, event.occurrence, a_person()) is None
            assert await claim(event.id, other, a_person()) is None
            assert await claim(event.id, OccurrenceKey(""), a_person()) is None

    async def test_nobody_has_answered_at_first(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        assert await roster_of(store, event, her) == Roster(
            event.id, event.occurrence, event.version, Tally()
        )

    async def test_an_answer_is_kept_whole(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, her)
            assert roster is not None
            change = roster.answer(
                event,
                her,
                Answer.GOING,
                comment="Bringing two boards;\n“and” clocks",
                cause=a_cause(her),
                message_id=a_message_id(),
            )
            await uow.rosters.save(change)
            await uow.commit()
        assert await roster_of(store, event, her) == change.after

    async def test_a_changed_answer_keeps_when_it_was_first_given(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        first = await answered(store, event, her, Answer.GOING)
        later = await answered(store, event, her, Answer.NOT_GOING)
        assert await roster_of(store, event, her) == later
        assert first.rsvps
        assert later.rsvps
        assert only(later).created_at == only(first).created_at
        assert later.tally == Tally(not_going=1)

    async def test_a_withdrawn_answer_is_gone(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        await answered(store, event, her, None)
        roster = await roster_of(store, event, her)
        assert (roster.rsvps, roster.tally) == ({}, Tally())

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

    async def test_many_answers_of_one_person_at_once_are_one(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        given_ = [*Answer, None] * 13
        await asyncio.gather(*(answered(store, event, her, one) for one in given_[:50]))
        roster = await roster_of(store, event, her)
        said = roster.rsvps.get(her)
        assert roster.tally == Tally().recounted(before=None, after=said)

    async def test_of_many_people_at_once_every_answer_counts(
        self, store: Store
    ) -> None:
        event = an_event()
        await put(store, event)
        said = {a_person(): answer for answer in [*Answer] * 17}
        await asyncio.gather(
            *(answered(store, event, who, answer) for who, answer in said.items())
        )
        for who, given_ in list(said.items())[:3]:
            roster = await roster_of(store, event, who)
            assert roster.tally == Tally(17, 17, 17, seats=17)
            assert roster.rsvps
            assert only(roster).answer is given_

    async def test_answers_and_changes_of_the_event_all_stand(
        self, store: Store
    ) -> None:
        event, people_ = an_event(), [a_person() for _ in range(8)]
        await put(store, event)
        await asyncio.gather(
            save(store, retitled(event, "Changed meanwhile")),
            *(answered(store, event, who, Answer.GOING) for who in people_),
        )
        stored = await read(store, event)
        assert stored is not None
        assert stored.details.title == "Changed meanwhile"
        assert (await roster_of(store, event, a_person())).tally == Tally(
            going=8, seats=8
        )

    @given(
        steps=st.lists(
            st.tuples(people(), st.none() | st.sampled_from(Answer), st.booleans()),
            max_size=12,
        )
    )
    @PROPERTY
    async def test_counts_are_those_of_the_answers_there_are(
        self,
        make_store: MakeStore,
        steps: list[tuple[UserId, Answer | None, bool]],
    ) -> None:
        event = an_event()
        store = await make_store()
        await put(store, event)
        kept: dict[UserId, Answer | None] = {}
        for who, said, lasts in steps:
            async with store.unit_of_work(event.tenant_id) as uow:
                await answer(uow, event, who, said)
                if lasts:
                    await uow.commit()
                    kept[who] = said
        counted = {one: [*kept.values()].count(one) for one in Answer}
        for who, said in kept.items():
            roster = await roster_of(store, event, who)
            assert (only(roster).answer if roster.rsvps else None) == said
            assert roster.tally == Tally(
                **{one.value: number for one, number in counted.items()},
                seats=counted[Answer.GOING],
            )
