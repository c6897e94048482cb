"""How a suite gets its store, and what its tests do again and again."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from events_core.domain.answers import Answer
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import UserId
from events_core.domain.predicate import Everything
from events_core.domain.roster import Roster
from events_core.ports.store import Store, UnitOfWork
from events_core.testing.builders import a_cause, a_message_id, arrival_of

#: Makes a store. May return the same one again and again: tests that share a store
#: use tenants of their own.
MakeStore = Callable[[], Awaitable[Store]]


class OfStore:
    """What every suite of a store stands on."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """Return a factory of the store under test."""
        raise NotImplementedError

    @pytest.fixture
    async def store(self, make_store: MakeStore) -> Store:
        """Return a store."""
        return await make_store()


async def save(store: Store, *changes: Change[Event]) -> None:
    """Save changes of events of one tenant, in one unit of work."""
    event = changes[0].after
    assert event is not None
    async with store.unit_of_work(event.tenant_id) as uow:
        for change in changes:
            await uow.events.save(change)
        await uow.commit()


async def put(store: Store, *events: Event) -> None:
    """Store events of one tenant just as they are."""
    await save(store, *map(arrival_of, events))


async def read(store: Store, event: Event) -> Event | None:
    """Return the event as it is stored."""
    async with store.unit_of_work(event.tenant_id) as uow:
        return await uow.events.get(event.id, Everything())


def in_order(event: Event | None) -> Event | None:
    """Return the event with its grants in an order; their order is no promise."""
    if event is None:
        return None
    return evolve(event, grants=tuple(sorted(event.grants, key=lambda g: g.user_id)))


async def answer(
    uow: UnitOfWork, event: Event, user_id: UserId, given: Answer | None
) -> Roster:
    """Give an answer within a unit of work, or withdraw it; return the roster."""
    roster = await uow.rosters.claim(event.id, event.occurrence, user_id)
    assert roster is not None
    cause = a_cause(user_id)
    if given is None:
        change = roster.withdraw(event, cause=cause, message_id=a_message_id())
    else:
        change = roster.answer(event, given, cause=cause, message_id=a_message_id())
    await uow.rosters.save(change)
    assert change.after is not None
    return change.after


async def answered(
    store: Store, event: Event, user_id: UserId, given: Answer | None
) -> Roster:
    """Give an answer and commit it."""
    async with store.unit_of_work(event.tenant_id) as uow:
        roster = await answer(uow, event, user_id, given)
        await uow.commit()
    return roster
