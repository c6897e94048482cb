"""Units of work: all or nothing, and of two that meet, who wins."""

import asyncio

import pytest

from events_core.domain.answers import Answer
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import AlreadyExists, ConcurrentChange
from events_core.ports.store import PageQuery, Store
from events_core.testing.builders import a_person, a_tenant, an_event, arrival_of
from events_core.testing.contracts.store.factory import (
    OfStore,
    answer,
    mark,
    put,
    read,
    retitled,
    roster_of,
    save,
)


class TransactionsContract(OfStore):
    """What was committed lasts, what was not has never been."""

    async def test_what_is_committed_is_there(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        assert await read(store, event) == event

    async def test_leaving_without_a_commit_undoes_everything(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        new = an_event(tenant_id=event.tenant_id)
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(retitled(event, "Never seen"))
            await uow.events.save(arrival_of(new))
            await answer(uow, event, her, Answer.GOING)
            await mark(uow, event, her, by=her)
        assert await read(store, event) == event
        assert await read(store, new) is None
        assert (await roster_of(store, event, her)).rsvps == {}
        async with store.unit_of_work(event.tenant_id) as uow:
            assert not await uow.attendance.find(event.id, event.occurrence, her)
            assert len(await uow.record.versions(event.id)) == 1
            assert len(await uow.record.facts(event.id)) == 1

    async def test_leaving_by_an_error_undoes_everything_and_tells_it(
        self, store: Store
    ) -> None:
        event, problem = an_event(), ZeroDivisionError()

        async def fail() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.events.save(arrival_of(event))
                raise problem

        with pytest.raises(ZeroDivisionError) as told:
            await fail()
        assert told.value is problem
        assert await read(store, event) is None

    async def test_being_cancelled_undoes_everything(self, store: Store) -> None:
        event, saved = an_event(), asyncio.Event()

        async def work() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.events.save(arrival_of(event))
                saved.set()
                await asyncio.Event().wait()

        working = asyncio.create_task(work())
        await saved.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert await read(store, event) is None

    async def test_a_unit_of_work_sees_its_own_changes(self, store: Store) -> None:
        event, her = an_event(), a_person()
        after = retitled(event, "Seen at once").after
        assert after is not None
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(arrival_of(event))
            await uow.events.save(retitled(event, "Seen at once"))
            await answer(uow, event, her, Answer.GOING)
            await mark(uow, event, her, by=her)
            assert await uow.events.get(event.id, Everything()) == after
            assert await uow.events.scope_of(event.id) == event.scope
            page = await uow.events.page(
                PageQuery(where=Everything(), reader=Bearer(her))
            )
            assert [item.title for item in page.items] == ["Seen at once"]
            assert page.items[0].tally.going == page.total == 1
            assert page.items[0].my_answer is Answer.GOING
            assert await uow.attendance.find(event.id, event.occurrence, her)
            assert len(await uow.record.versions(event.id)) == 2
            assert len(await uow.record.facts(event.id)) == 4

    async def test_nobody_sees_what_is_not_committed(self, store: Store) -> None:
        event, her = an_event(), a_person()
        new = an_event(tenant_id=event.tenant_id)
        await put(store, event)
        query = PageQuery(where=Everything(), reader=Bearer(her))
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(retitled(event, "Not yet"))
            await uow.events.save(arrival_of(new))
            await answer(uow, event, her, Answer.GOING)
            await mark(uow, event, her, by=her)
            async with store.unit_of_work(event.tenant_id) as other:
                assert await other.events.get(event.id, Everything()) == event
                page = await other.events.page(query)
                assert [item.title for item in page.items] == [event.details.title]
                assert page.items[0].tally.going == 0
                assert page.total == 1
                assert not await other.attendance.find(event.id, event.occurrence, her)
                assert len(await other.record.versions(event.id)) == 1
                assert len(await other.record.facts(event.id)) == 1

    async def test_a_second_commit_does_nothing(self, store: Store) -> None:
        event = an_event()
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(arrival_of(event))
            await uow.commit()
            await uow.commit()
        assert await read(store, event) == event

    async def test_a_taken_id_is_refused_and_nothing_changes(
        self, store: Store
    ) -> None:
        event = an_event()
        await put(store, event)
        rival = an_event(id=event.id, tenant_id=event.tenant_id, title="Rival")
        with pytest.raises(AlreadyExists) as refused:
            await put(store, rival)
        assert refused.value.event_id == event.id
        assert await read(store, event) == event

    async def test_of_many_who_take_one_id_at_once_one_gets_it(
        self, store: Store
    ) -> None:
        event = an_event()
        rivals = [
            an_event(id=event.id, tenant_id=event.tenant_id, title=f"Rival {number}")
            for number in range(12)
        ]
        outcomes = await asyncio.gather(
            *(put(store, rival) for rival in rivals), return_exceptions=True
        )
        assert sum(isinstance(one, AlreadyExists) for one in outcomes) == 11
        assert await read(store, event) == rivals[outcomes.index(None)]

    async def test_a_stale_copy_saved_later_is_refused(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        await save(store, retitled(event, "Newer"))
        with pytest.raises(ConcurrentChange):
            await save(store, retitled(event, "Stale"))
        stored = await read(store, event)
        assert stored is not None
        assert (stored.details.title, stored.version) == ("Newer", 2)

    async def test_of_many_changes_of_one_version_one_lasts(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        titles = [f"Title {number}" for number in range(12)]
        outcomes = await asyncio.gather(
            *(save(store, retitled(event, title)) for title in titles),
            return_exceptions=True,
        )
        assert sum(isinstance(one, ConcurrentChange) for one in outcomes) == 11
        stored = await read(store, event)
        assert stored is not None
        assert stored.details.title == titles[outcomes.index(None)]
        async with store.unit_of_work(event.tenant_id) as uow:
            assert len(await uow.record.versions(event.id)) == 2
            assert len(await uow.record.facts(event.id)) == 2

    async def test_a_change_of_what_is_not_there_is_refused(self, store: Store) -> None:
        event = an_event()
        with pytest.raises(ConcurrentChange):
            await save(store, retitled(event, "Of nothing"))
        assert await read(store, event) is None

    async def test_who_loses_loses_all_she_did(self, store: Store) -> None:
        event = an_event()
        new = an_event(tenant_id=event.tenant_id)
        await put(store, event)
        await save(store, retitled(event, "Newer"))
        with pytest.raises(ConcurrentChange):
            await save(store, arrival_of(new), retitled(event, "Stale"))
        assert await read(store, new) is None

    async def test_changes_of_different_events_all_last(self, store: Store) -> None:
        tenant_id = a_tenant()
        events = [an_event(tenant_id=tenant_id) for _ in range(12)]
        await put(store, *events)
        await asyncio.gather(
            *(save(store, retitled(event, "Changed")) for event in events)
        )
        for event in events:
            stored = await read(store, event)
            assert stored is not None
            assert stored.details.title == "Changed"
