"""How the store over documents meets mistakes, which no port speaks of."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest
from attrs import evolve, field, frozen

from events_core.documents import DocumentStore
from events_core.domain.answers import Answer
from events_core.domain.identity import TenantId
from events_core.domain.predicate import Everything
from events_core.domain.roster import Roster
from events_core.errors import ConcurrentChange, StoreUnavailable
from events_core.ports.documents import Key, Write
from events_core.ports.store import UnitOfWork
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
)
from events_core.testing.contracts.store.factory import put, read, retitled, save
from events_core.testing.memory import MemoryDocuments, MemoryStore

T = TypeVar("T")


async def test_a_unit_of_work_that_is_over_is_not_used() -> None:
    event = an_event()
    async with MemoryStore().unit_of_work(event.tenant_id) as left:
        pass
    with pytest.raises(RuntimeError, match="over"):
        await left.events.get(event.id, Everything())
    with pytest.raises(RuntimeError, match="over"):
        await left.commit()
    async with MemoryStore().unit_of_work(event.tenant_id) as committed:
        await committed.commit()
        with pytest.raises(RuntimeError, match="over"):
            await committed.events.save(arrival_of(event))


async def test_a_unit_of_work_that_has_lost_commits_nothing() -> None:
    store, event = MemoryStore(), an_event()
    new = an_event(tenant_id=event.tenant_id)
    await put(store, event)
    await save(store, retitled(event, "Newer"))
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(arrival_of(new))
        with pytest.raises(ConcurrentChange):
            await uow.events.save(retitled(event, "Stale"))
        with pytest.raises(ConcurrentChange):
            await uow.events.get(event.id, Everything())
        with pytest.raises(ConcurrentChange):
            await uow.commit()
    assert await read(store, new) is None


async def test_a_roster_is_claimed_before_it_is_saved() -> None:
    store, event = MemoryStore(), an_event()
    await put(store, event)
    roster = Roster(event.id, event.occurrence)
    change = roster.answer(
        event, a_person(), Answer.GOING, cause=a_cause(), message_id=a_message_id()
    )
    async with store.unit_of_work(event.tenant_id) as uow:
        with pytest.raises(RuntimeError, match="claimed"):
            await uow.rosters.save(change)


@frozen
class FailingDocuments(MemoryDocuments):
    """Documents that are away once for each that is asked for."""

    away: Counter[str] = field(factory=Counter, init=False)

    async def find(
        self, tenant_id: TenantId, kind: type[T], start: Key
    ) -> dict[Key, T]:
        self._fail("find")
        return await super().find(tenant_id, kind, start)

    async def write(self, tenant_id: TenantId, writes: Sequence[Write]) -> None:
        self._fail("write")
        await super().write(tenant_id, writes)

    def _fail(self, what: str) -> None:
        if self.away[what]:
            self.away[what] -= 1
            raise StoreUnavailable


async def looked(uow: UnitOfWork) -> None:
    await uow.events.get(an_event().id, Everything())


async def committed(uow: UnitOfWork) -> None:
    await uow.commit()


@pytest.mark.parametrize(("what", "step"), [("find", looked), ("write", committed)])
async def test_nothing_lasts_of_a_unit_of_work_that_could_not_be_carried_out(
    what: str, step: Callable[[UnitOfWork], Awaitable[None]]
) -> None:
    documents, event = FailingDocuments(), an_event()
    store = DocumentStore(documents)
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(arrival_of(event))
        documents.away[what] = 1
        with pytest.raises(StoreUnavailable):
            await step(uow)
        with pytest.raises(StoreUnavailable):
            await uow.commit()
    assert await read(store, event) is None
    await put(store, event)
    assert await read(store, event) == event


async def test_the_history_keeps_no_request() -> None:
    store, event = MemoryStore(), an_event()
    arrival = arrival_of(event)
    cause = evolve(arrival.cause, request_id="request-1", as_admin=True)
    await save(store, evolve(arrival, cause=cause))
    async with store.unit_of_work(event.tenant_id) as uow:
        [version] = await uow.record.versions(event.id)
    assert (version.cause.request_id, version.cause.as_admin) == ("", False)
    assert version.cause == cause
