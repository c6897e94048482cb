"""Marks: one a person and occurrence, and the first one stays."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from events_core.domain.answers import Answer, Side
from events_core.domain.attendance import Reply, mark_attendance, undo_attendance
from events_core.domain.change import Change
from events_core.domain.signup import Signup, Waitlist
from events_core.errors import ConcurrentChange
from events_core.ports.store import Store
from events_core.testing.builders import NOW, a_cause, a_message_id, a_person, an_event
from events_core.testing.contracts.store.factory import (
    OfStore,
    answered,
    mark,
    marked,
    put,
)


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

    async def test_a_mark_that_was_taken_back_is_kept_and_counts_for_nothing(
        self, store: Store
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        made = [await marked(store, event, who, by=a_person()) for who in (her, him)]
        async with store.unit_of_work(event.tenant_id) as uow:
            change = undo_attendance(
                event,
                await uow.attendance.find(event.id, event.occurrence, her),
                by=him,
                cause=a_cause(him, at=NOW + timedelta(hours=1)),
                message_id=a_message_id(),
            )
            await uow.attendance.save(change)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            found = await uow.attendance.find(event.id, event.occurrence, her)
            assert found == change.after
            assert found is not None
            assert not found.is_present
            page = await uow.attendance.page(event.id, event.occurrence, 10, 0)
            assert page == ((made[1].after,), 1)
            assert len(await uow.record.facts(event.id)) == 4
        stale = Change(made[0].after, made[0].after, change.cause, change.facts)
        with pytest.raises(ConcurrentChange):
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.attendance.save(stale)

    async def test_who_came_is_told_by_time_and_in_pages(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        made = []
        for minute in (2, 0, 1, 1):
            change = mark_attendance(
                event,
                None,
                user_id=a_person(),
                by=a_person(),
                cause=a_cause(at=NOW + timedelta(minutes=minute)),
                message_id=a_message_id(),
            )
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.attendance.save(change)
                await uow.commit()
            assert change.after is not None
            made.append(change.after)
        made.sort(key=lambda mark: (mark.marked_at, mark.user_id))
        async with store.unit_of_work(event.tenant_id) as uow:
            for offset in (0, 2, 4):
                page = await uow.attendance.page(event.id, event.occurrence, 2, offset)
                assert page == (tuple(made[offset : offset + 2]), 4)

    async def test_who_came_is_counted_by_side(self, store: Store) -> None:
        terms = Signup(capacity=2, waitlist=Waitlist.MANUAL)
        event, other = an_event(signup=terms), a_person()
        await put(store, event)
        for answer, number in ((Answer.GOING, 3), (Answer.NOT_GOING, 1), (None, 3)):
            for _ in range(number):
                person = a_person()
                if answer is not None:
                    await answered(store, event, person, answer)
                await marked(store, event, person, by=other)
        await answered(store, event, other, Answer.INTERESTED)  # did not come
        async with store.unit_of_work(event.tenant_id) as uow:
            came = await uow.attendance.came(event.id, event.occurrence)
        assert dict(came) == {
            Side.CONFIRMED: 2,
            Side.WAITLISTED: 1,
            Side.NOT_GOING: 1,
            None: 3,
        }

    async def test_what_was_answered_to_a_nonce_is_remembered_as_it_was(
        self, store: Store
    ) -> None:
        event, her, marker = an_event(), a_person(), a_person()
        await put(store, event)
        mark = (await marked(store, event, her, by=marker)).after
        assert mark is not None
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.attendance.remember("a/1", Reply(mark, made=True))
            await uow.attendance.remember("a/2", Reply(mark, made=False))
            late = Reply(evolve(mark, undone_at=NOW), made=False)
            await uow.attendance.remember("late", late)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            told = uow.attendance.answered
            assert await told(event.id, event.occurrence, "a/1") == Reply(mark, True)
            assert await told(event.id, event.occurrence, "a/2") == Reply(mark, False)
            assert await told(event.id, event.occurrence, "late") == late
            assert await told(event.id, event.occurrence, "a") is None
            assert await told(an_event().id, event.occurrence, "a/1") is None
        with pytest.raises(ConcurrentChange):
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.attendance.remember("a/1", Reply(mark, made=False))
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(marker, at=event.updated_at)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            kept = await uow.attendance.answered(event.id, event.occurrence, "a/1")
            assert kept == Reply(evolve(mark, marked_by=None), made=True)
            await uow.persons.erase(her, at=event.updated_at)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            gone = await uow.attendance.answered(event.id, event.occurrence, "a/1")
            assert gone is None

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
