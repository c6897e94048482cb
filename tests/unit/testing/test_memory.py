"""How the memory store meets a caller's mistakes, which no port speaks of."""

import pytest

from events_core.domain.answers import Answer
from events_core.domain.predicate import Everything
from events_core.domain.roster import Roster
from events_core.errors import ConcurrentChange
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
)
from events_core.testing.contracts.store.factory import put, read, retitled, save
from events_core.testing.memory import MemoryStore


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
