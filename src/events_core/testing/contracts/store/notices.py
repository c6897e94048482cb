"""Notices: one for each who counts on the event, in the transaction of the change."""

import asyncio

from events_core.domain.answers import Answer
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.lifecycle import move
from events_core.domain.notices import Notice, NoticeKind
from events_core.ports.store import Store
from events_core.testing.builders import a_cause, a_message_id, a_person, an_event
from events_core.testing.contracts.store.factory import OfStore, answered, put


def cancelled(event: Event) -> Change[Event]:
    """Return the change that cancels the event."""
    return move(event, Status.CANCELLED, cause=a_cause(), message_id=a_message_id())


class NoticesContract(OfStore):
    """Whoever counts on an event is to hear what became of it."""

    async def test_each_who_wants_to_come_gets_one_and_nobody_else(
        self, store: Store
    ) -> None:
        event, other = an_event(), an_event()
        await put(store, event)
        await put(store, other)
        people = {answer: a_person() for answer in Answer}
        for answer, person in people.items():
            await answered(store, event, person, answer)
        change = cancelled(event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(change)
            assert await uow.notices.note(change, NoticeKind.CANCELLED) == 2
            await uow.commit()
        told = sorted((people[Answer.GOING], people[Answer.INTERESTED]))
        async with store.unit_of_work(event.tenant_id) as uow:
            notices = await uow.notices.of_event(event.id)
            hers = await uow.persons.export(told[0])
            assert await uow.notices.of_event(other.id) == ()
        assert notices == tuple(
            Notice(
                event.id,
                event.occurrence,
                person,
                2,
                NoticeKind.CANCELLED,
                change.cause.at,
            )
            for person in told
        )
        assert hers.notices == notices[:1]

    async def test_what_is_not_committed_was_never_noted(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        await answered(store, event, a_person(), Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.notices.note(cancelled(event), NoticeKind.CANCELLED)
        async with store.unit_of_work(event.tenant_id) as uow:
            assert await uow.notices.of_event(event.id) == ()

    async def test_whoever_is_erased_is_not_to_hear_of_anything(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.notices.note(cancelled(event), NoticeKind.CANCELLED)
            await uow.commit()
        for expected in (1, 0):
            async with store.unit_of_work(event.tenant_id) as uow:
                erased = await uow.persons.erase(her, at=event.updated_at)
                await uow.commit()
            assert erased.counts["notices_deleted"] == expected
        async with store.unit_of_work(event.tenant_id) as uow:
            assert await uow.notices.of_event(event.id) == ()

    async def test_whoever_answers_meanwhile_is_before_it_or_after_it(
        self, store: Store
    ) -> None:
        event, first, late = an_event(), a_person(), a_person()
        await put(store, event)
        await answered(store, event, first, Answer.GOING)
        noted = asyncio.Event()

        async def note() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.notices.note(cancelled(event), NoticeKind.CANCELLED)
                noted.set()
                await asyncio.sleep(0.05)
                await uow.commit()

        async def answer_late() -> int:
            await noted.wait()
            await answered(store, event, late, Answer.GOING)
            async with store.unit_of_work(event.tenant_id) as uow:
                return len(await uow.notices.of_event(event.id))

        _, seen = await asyncio.gather(note(), answer_late())
        assert seen == 1
