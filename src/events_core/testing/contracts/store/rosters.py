"""Answers: kept whole, and counted as they are given."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer, Tally
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
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


class RostersContract(OfStore):
    """Counts are those of the answers there are, whoever answers at the same time."""

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
