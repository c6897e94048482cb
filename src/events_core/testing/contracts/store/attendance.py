"""Marks: one a person and occurrence, and the first one stays."""

import asyncio

import pytest

from events_core.domain.change import Change
from events_core.errors import ConcurrentChange
from events_core.ports.store import Store
from events_core.testing.builders import a_person, an_event
from events_core.testing.contracts.store.factory import OfStore, mark, marked, put


class AttendanceContract(OfStore):
    """Who came is written down once."""

    async def test_nobody_is_marked_at_first(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            assert not await uow.attendance.find(event.id, event.occurrence, a_person())

    async def test_a_mark_is_kept_whole(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        change = await marked(store, event, her, by=a_person())
        async with store.unit_of_work(event.tenant_id) as uow:
            found = await uow.attendance.find(event.id, event.occurrence, her)
            assert found == change.after
            other = await uow.attendance.find(event.id, event.occurrence, a_person())
            assert other is None

    async def test_a_mark_that_somebody_made_meanwhile_is_not_overwritten(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        first = await marked(store, event, her, by=a_person())
        stale = Change(None, first.after, first.cause, first.facts)

        async def save_stale() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.attendance.save(stale)
                await uow.commit()

        with pytest.raises(ConcurrentChange):
            await save_stale()
        async with store.unit_of_work(event.tenant_id) as uow:
            found = await uow.attendance.find(event.id, event.occurrence, her)
            assert found == first.after
            assert len(await uow.record.facts(event.id)) == 2

    async def test_of_many_marks_at_once_one_stays(self, store: Store) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        both_have_looked = asyncio.Barrier(8)

        async def mark_unseen() -> object:
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.attendance.find(event.id, event.occurrence, her)
                await both_have_looked.wait()
                change = await mark(uow, event, her, by=a_person())
                await uow.commit()
            return change

        outcomes = await asyncio.gather(
            *(mark_unseen() for _ in range(8)), return_exceptions=True
        )
        for one in outcomes:
            assert isinstance(one, Change | ConcurrentChange)
        made = [one for one in outcomes if isinstance(one, Change) and one.happened]
        assert len(made) == 1
        async with store.unit_of_work(event.tenant_id) as uow:
            found = await uow.attendance.find(event.id, event.occurrence, her)
            assert found == made[0].after
            assert len(await uow.record.facts(event.id)) == 2
