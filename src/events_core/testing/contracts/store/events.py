"""Events: what goes in comes out, with its history and its facts."""

from collections.abc import Callable
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer
from events_core.domain.attendance import Attendance
from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.facts import EventFact
from events_core.domain.identity import EventId, UserId
from events_core.domain.listing import listing_of
from events_core.domain.predicate import Everything, Nothing, Predicate, holds
from events_core.domain.revision import Revision
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.domain.signup import Signup, Waitlist
from events_core.errors import IllegalTransition, Invalid
from events_core.ports.store import PageQuery, Store
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_person,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
    step_between,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    answer,
    answered,
    in_a_tenant,
    in_order,
    mark,
    page_of,
    put,
    read,
    retitled,
    roster_of,
    save,
    some_events,
)
from events_core.testing.strategies import (
    causes,
    events,
    people,
    predicates,
    revisions,
    windows,
)
from events_core.wire import published_text, version_of


class EventsContract(OfStore):
    """An event is kept whole, and so is how it came about."""

    @given(event=in_a_tenant(events))
    @PROPERTY
    async def test_any_event_comes_back_as_it_was(
        self, make_store: MakeStore, event: Event
    ) -> None:
        store = await make_store()
        await put(store, event)
        stored = await read(store, event)
        assert stored is not None
        assert in_order(stored) == in_order(event)

    @given(
        event=in_a_tenant(events),
        titles=st.lists(st.sampled_from("ABC"), max_size=4),
        first=st.integers(-1, 6),
        last=st.none() | st.integers(-1, 6) | st.just(2**40),
    )
    @PROPERTY
    async def test_any_part_of_a_history_can_be_read_by_itself(
        self,
        make_store: MakeStore,
        event: Event,
        titles: list[str],
        first: int,
        last: int | None,
    ) -> None:
        store, changes = await make_store(), [arrival_of(event)]
        for title in titles:
            event = retitled(event, title).after or event
            changes.append(step_between(changes[-1].after or event, event))
        await save(store, *changes)
        async with store.unit_of_work(event.tenant_id) as uow:
            part = await uow.record.versions(event.id, first, last)
            whole = await uow.record.versions(event.id)
        assert [version.number for version in whole] == [*range(1, len(titles) + 2)]
        wanted = range(first, 100 if last is None else last + 1)
        assert part == tuple(v for v in whole if v.number in wanted)

    @given(
        event=in_a_tenant(events),
        first=causes(),
        steps=st.lists(st.tuples(revisions(), causes()), max_size=4),
    )
    @PROPERTY
    async def test_any_change_comes_back_with_its_version_and_its_fact(
        self,
        make_store: MakeStore,
        event: Event,
        first: Cause,
        steps: list[tuple[Revision, Cause]],
    ) -> None:
        changes = [arrival_of(event, first)]
        for revision, cause in steps:
            try:
                change = event.revise(revision, cause=cause, message_id=a_message_id())
            except (IllegalTransition, Invalid):  # it does not go with this event
                continue
            changes.extend([change] if change.happened else [])
            event = change.after or event
        store = await make_store()
        for change in changes:
            await save(store, change)
        stored = await read(store, event)
        assert stored is not None
        assert in_order(stored) == in_order(event)
        async with store.unit_of_work(event.tenant_id) as uow:
            versions = await uow.record.versions(event.id)
            facts = await uow.record.facts(event.id)
        assert versions == tuple(map(version_of, changes))
        assert facts == tuple(published_text(one) for c in changes for one in c.facts)

    @given(pair=in_a_tenant(lambda t: st.tuples(events(t), events(t))))
    @PROPERTY
    async def test_a_later_state_may_differ_in_every_way(
        self, make_store: MakeStore, pair: tuple[Event, Event]
    ) -> None:
        before, other = pair
        after = evolve(
            other,
            id=before.id,
            scope=before.scope,
            visibility=before.visibility,
            created_by=before.created_by,
            created_at=before.created_at,
            updated_at=max(other.updated_at, before.updated_at),
            deleted_at=other.deleted_at and max(other.updated_at, before.updated_at),
            occurrence=before.occurrence,
            grants=tuple(evolve(g, by_creation=False) for g in other.grants),
            version=2,
            sequence=1,
        )
        store = await make_store()
        await save(store, arrival_of(before), step_between(before, after))
        stored = await read(store, before)
        assert stored is not None
        assert in_order(stored) == in_order(after)

    async def test_an_event_that_is_not_there_is_none(self, store: Store) -> None:
        tenant_id, event_id = a_tenant(), EventId(new_uuid())
        async with store.unit_of_work(tenant_id) as uow:
            assert await uow.events.scope_of(event_id) is None
            assert await uow.events.get(event_id, Everything()) is None
            assert (
                await uow.events.look(event_id, Everything(), Bearer(a_person()))
                is None
            )
            assert await uow.record.versions(event_id) == ()
            assert await uow.record.facts(event_id) == ()

    async def test_an_event_that_does_not_match_is_none_too(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            assert await uow.events.scope_of(event.id) == event.scope
            assert await uow.events.get(event.id, Nothing()) is None
            assert (
                await uow.events.look(event.id, Nothing(), Bearer(a_person())) is None
            )

    @given(
        event=in_a_tenant(events),
        answers=st.dictionaries(people(), st.sampled_from(Answer)),
        reader=people(),
    )
    @PROPERTY
    async def test_it_looks_to_its_reader_as_it_is(
        self,
        make_store: MakeStore,
        event: Event,
        answers: dict[UserId, Answer],
        reader: UserId,
    ) -> None:
        store = await make_store()
        await put(store, event)
        line: list[UserId] = []
        for person, given_ in answers.items():
            after = await answered(store, open_form_of(event), person, given_)
            if after.rsvps[person].waits:
                line.append(person)
        roster = await roster_of(store, event, reader)
        async with store.unit_of_work(event.tenant_id) as uow:
            seen = await uow.events.look(event.id, Everything(), Bearer(reader))
        expected = listing_of(
            event,
            reader=Bearer(reader),
            tally=roster.tally,
            rsvp=roster.rsvps.get(reader),
            position=line.index(reader) + 1 if reader in line else None,
        )
        assert seen == expected

    @given(
        drawn=in_a_tenant(lambda t: st.tuples(some_events(t), predicates(t))),
        window=windows(),
    )
    @PROPERTY
    async def test_the_scopes_of_all_that_match_are_told(
        self,
        make_store: MakeStore,
        drawn: tuple[list[Event], Predicate],
        window: TimeWindow,
    ) -> None:
        stored, where = drawn
        tenant_id = stored[0].tenant_id if stored else a_tenant()
        store = await make_store()
        await put(store, *stored)
        async with store.unit_of_work(tenant_id) as uow:
            told = (await uow.events.places(where, window)).with_events
        assert told >= {
            event.scope
            for event in stored
            if event.scope.has_members
            and event.deleted_at is None
            and holds(where, event)
            and window.overlaps(
                starts_at=event.schedule.starts_at,
                lasts_until=event.schedule.lasts_until,
            )
        }
        assert told <= {event.scope for event in stored if event.scope.has_members}

    async def test_the_store_shares_nothing_with_its_callers(
        self, store: Store
    ) -> None:
        mine: dict[str, Any] = {"tags": ["chess"]}
        event = evolve(an_event(), details=evolve(an_event().details, metadata=mine))
        await put(store, event)
        mine["tags"].append("changed by who saved it")
        for _ in range(2):
            stored = await read(store, event)
            page = await page_of(
                store,
                event.tenant_id,
                PageQuery(where=Everything(), reader=Bearer(a_person())),
            )
            async with store.unit_of_work(event.tenant_id) as uow:
                [version] = await uow.record.versions(event.id)
            assert stored is not None
            told: list[Any] = [
                stored.details.metadata,
                page.items[0].metadata,
                version.snapshot["metadata"],
            ]
            assert told == [{"tags": ["chess"]}] * 3
            for metadata in told:
                metadata["tags"].append("changed by who read it")

    async def test_a_change_without_facts_stores_nothing(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            unsaid: Callable[..., Change[Event]] = Change
            other = evolve(event, version=2)
            await uow.events.save(unsaid(event, other, a_cause()))
            roster = await answer(uow, event, her, None)
            await uow.rosters.save(Change(roster, roster, a_cause()))
            present = Attendance(event.id, event.occurrence, her, her, a_cause().at)
            await uow.attendance.save(Change(None, present, a_cause()))
            await uow.commit()
        assert await read(store, event) == event
        async with store.unit_of_work(event.tenant_id) as uow:
            assert not await uow.attendance.find(event.id, event.occurrence, her)
            assert len(await uow.record.versions(event.id)) == 1
            assert len(await uow.record.facts(event.id)) == 1

    async def test_facts_of_all_kinds_are_kept_in_their_order(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        facts: list[EventFact] = []
        async with store.unit_of_work(event.tenant_id) as uow:
            created, changed = arrival_of(event), retitled(event, "Renamed")
            await uow.events.save(created)
            await uow.events.save(changed)
            roster = await uow.rosters.claim(event.id, event.occurrence, her)
            assert roster is not None
            said = roster.answer(
                event, her, Answer.GOING, cause=a_cause(her), message_id=a_message_id()
            )
            await uow.rosters.save(said)
            came = await mark(uow, event, her, by=her)
            facts.extend((*created.facts, *changed.facts, *said.facts, *came.facts))
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            stored = await uow.record.facts(event.id)
        assert stored == tuple(map(published_text, facts))


def open_form_of(event: Event) -> Event:
    """Return the event as it would be if it took answers; who finds no seat waits."""
    return evolve(
        an_event(),
        id=event.id,
        tenant_id=event.tenant_id,
        occurrence=event.occurrence,
        signup=Signup(capacity=event.signup.capacity, waitlist=Waitlist.AUTOMATIC),
    )
