"""How a suite gets its store, and what its tests do again and again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events_core.domain.answers import Answer, Rsvp
from events_core.domain.attendance import (
    Attendance,
    Reply,
    mark_attendance,
    undo_attendance,
)
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import TenantId, UserId
from events_core.domain.notices import NoticeKind
from events_core.domain.predicate import Everything
from events_core.domain.roster import Roster
from events_core.ports.store import Page, PageQuery, Store, UnitOfWork
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_tenant,
    arrival_of,
    step_between,
)
from events_core.testing.strategies import events, plain_details

#: Makes a store. May return the same one again and again: tests that share a store
#: use tenants of their own.
MakeStore = Callable[[], Awaitable[Store]]

#: For properties of stores. Each example works in a tenant of its own, so neither
#: the fixture that makes the store nor a store that is shared does any harm.
PROPERTY = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


T = TypeVar("T")


def in_a_tenant(
    drawn: Callable[[TenantId], SearchStrategy[T]],
) -> SearchStrategy[T]:
    """What is drawn in a tenant that no other example has used.

    Draw everything this way: an async test must not draw while it runs, since what
    ends an example early would end the loop that all tests share.
    """
    return st.builds(a_tenant).flatmap(drawn)


def some_events(
    tenant_id: TenantId, *, at_least: int = 0, at_most: int = 5
) -> SearchStrategy[list[Event]]:
    """Events of a tenant, quickly drawn."""
    return st.lists(
        events(tenant_id, about=plain_details()),
        min_size=at_least,
        max_size=at_most,
        unique_by=lambda event: event.id,
    )


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
    if events:
        await save(store, *map(arrival_of, events))


async def read(store: Store, event: Event) -> Event | None:
    """Return the event as it is stored."""
    async with store.unit_of_work(event.tenant_id) as uow:
        return await uow.events.get(event.id, Everything())


async def page_of(store: Store, tenant_id: TenantId, query: PageQuery) -> Page:
    """Return a page."""
    async with store.unit_of_work(tenant_id) as uow:
        return await uow.events.page(query)


def in_order(event: Event) -> Event:
    """Return the event with its grants in an order; theirs is no promise."""
    return evolve(
        event, grants=tuple(sorted(event.grants, key=lambda g: str(g.holder)))
    )


def retitled(event: Event, title: str) -> Change[Event]:
    """Return the change that gives the event another title."""
    details = evolve(event.details, title=title)
    return step_between(
        event, evolve(event, details=details, version=event.version + 1)
    )


async def answer(
    uow: UnitOfWork,
    event: Event,
    user_id: UserId,
    given: Answer | None,
    guests: int = 0,
) -> Roster:
    """Give an answer within a unit of work, or withdraw it; return the roster."""
    roster = await uow.rosters.claim(event.id, event.occurrence, user_id)
    assert roster is not None
    cause, message_id = a_cause(user_id), a_message_id()
    if given is None:
        change = roster.withdraw(event, user_id, cause=cause, message_id=message_id)
    else:
        change = roster.answer(
            event, user_id, given, guests=guests, cause=cause, message_id=message_id
        )
    await uow.rosters.save(change)
    assert change.after is not None
    return change.after


async def answered(
    store: Store,
    event: Event,
    user_id: UserId,
    given: Answer | None,
    guests: int = 0,
) -> Roster:
    """Give an answer and commit it."""
    async with store.unit_of_work(event.tenant_id) as uow:
        roster = await answer(uow, event, user_id, given, guests)
        await uow.commit()
    return roster


async def roster_of(store: Store, event: Event, user_id: UserId) -> Roster:
    """Return what is stored for a person's answer."""
    async with store.unit_of_work(event.tenant_id) as uow:
        roster = await uow.rosters.claim(event.id, event.occurrence, user_id)
    assert roster is not None
    return roster


def only(roster: Roster) -> Rsvp:
    """Return the one answer that a roster has."""
    [rsvp] = roster.rsvps.values()
    return rsvp


async def mark(
    uow: UnitOfWork, event: Event, user_id: UserId, by: UserId
) -> Change[Attendance]:
    """Mark a person as present within a unit of work."""
    change = mark_attendance(
        event,
        await uow.attendance.find(event.id, event.occurrence, user_id),
        user_id=user_id,
        by=by,
        cause=a_cause(by),
        message_id=a_message_id(),
    )
    await uow.attendance.save(change)
    return change


async def noted(store: Store, event: Event, user_id: UserId) -> None:
    """Note that a move is to be told, and remember a nonce of a mark; commit both."""
    later = evolve(event, version=event.version + 1)
    seen = Attendance(event.id, event.occurrence, user_id, user_id, event.updated_at)
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.notices.note(step_between(event, later), NoticeKind.CHANGED)
        await uow.attendance.remember(f"{user_id}/1", Reply(seen, made=True))
        await uow.commit()


async def unmarked(store: Store, event: Event, user_id: UserId, by: UserId) -> None:
    """Take the mark of a person back and commit it."""
    async with store.unit_of_work(event.tenant_id) as uow:
        change = undo_attendance(
            event,
            await uow.attendance.find(event.id, event.occurrence, user_id),
            by=by,
            cause=a_cause(by),
            message_id=a_message_id(),
        )
        await uow.attendance.save(change)
        await uow.commit()


async def marked(
    store: Store, event: Event, user_id: UserId, by: UserId
) -> Change[Attendance]:
    """Mark a person as present and commit it."""
    async with store.unit_of_work(event.tenant_id) as uow:
        change = await mark(uow, event, user_id, by)
        await uow.commit()
    return change
