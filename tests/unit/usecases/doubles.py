"""Stores that get in the way, each for real."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from attrs import define, field, frozen

from events_core import (
    Actor,
    EventId,
    Listing,
    OccurrenceKey,
    Scope,
    TenantId,
    UserId,
)
from events_core.domain.attendance import Attendance
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.predicate import Predicate
from events_core.domain.roles import Bearer, Sharing
from events_core.domain.roster import Roster
from events_core.errors import StoreUnavailable
from events_core.ports.people import Access, Held, Membership, Memberships
from events_core.ports.store import (
    AttendanceBook,
    AuditTrail,
    Erased,
    Events,
    Notices,
    Persons,
    Record,
    Roles,
    Rosters,
    Store,
    UnitOfWork,
)

Rival = Callable[[], Awaitable[None]]


@frozen
class DeadStore:
    """A store that cannot be reached."""

    def unit_of_work(
        self, tenant_id: TenantId
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        raise StoreUnavailable


@define
class WatchedStore:
    """A store that knows how many units of work are open."""

    inner: Store
    open: int = field(default=0, init=False)

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: TenantId) -> AsyncGenerator[UnitOfWork]:
        async with self.inner.unit_of_work(tenant_id) as uow:
            self.open += 1
            try:
                yield uow
            finally:
                self.open -= 1


@frozen
class AskedOutside:
    """Authorities that fail when they are asked inside a unit of work.

    ``asked`` has the scopes that were asked about, and of whom.
    """

    memberships_: Memberships
    access: Access
    store: WatchedStore
    asked: list[tuple[str, Scope]] = field(factory=list)

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        assert not self.store.open
        self.asked.extend(("memberships", scope) for scope in scopes)
        return await self.memberships_.memberships(actor, scopes)

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        assert not self.store.open
        self.asked.extend(("access", scope) for scope in scopes)
        return await self.access.permissions(actor, scopes)


@define
class RivalStore:
    """A store in which a rival acts right before a change is saved.

    Or before an event is looked at, or a roster claimed, as ``before`` says.
    """

    inner: Store
    rival: Rival
    times: int = 1
    before: str = "save"

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: TenantId) -> AsyncGenerator[UnitOfWork]:
        async with self.inner.unit_of_work(tenant_id) as uow:
            yield _RivalledUnitOfWork(uow, self)

    async def be_late(self, moment: str) -> None:
        if self.times and moment == self.before:
            self.times -= 1
            await self.rival()


@frozen
class _RivalledUnitOfWork:
    _uow: UnitOfWork
    _store: RivalStore

    @property
    def events(self) -> Events:
        return _RivalledEvents(self._uow.events, self._store)

    @property
    def roles(self) -> Roles:
        return _RivalledRoles(self._uow.roles, self._store)

    @property
    def rosters(self) -> Rosters:
        return _RivalledRosters(self._uow.rosters, self._store)

    @property
    def attendance(self) -> AttendanceBook:
        return _RivalledAttendance(self._uow.attendance, self._store)

    @property
    def notices(self) -> Notices:
        return self._uow.notices

    @property
    def record(self) -> Record:
        return self._uow.record

    @property
    def persons(self) -> Persons:
        return _RivalledPersons(self._uow.persons, self._store)

    @property
    def audit(self) -> AuditTrail:
        return self._uow.audit

    async def commit(self) -> None:
        await self._uow.commit()


class _RivalledEvents:
    def __init__(self, events: Events, store: RivalStore) -> None:
        self.scope_of = events.scope_of
        self.places = events.places
        self.groups = events.groups
        self.get = events.get
        self.page = events.page
        self.counted = events.counted
        self._look = events.look
        self._save = events.save
        self._store = store

    async def look(
        self, event_id: EventId, where: Predicate, reader: Bearer
    ) -> Listing | None:
        await self._store.be_late("look")
        return await self._look(event_id, where, reader)

    async def save(self, change: Change[Event]) -> None:
        await self._store.be_late("save")
        await self._save(change)


class _RivalledRoles:
    def __init__(self, roles: Roles, store: RivalStore) -> None:
        self.save = roles.save
        self._claim = roles.claim
        self._store = store

    async def claim(self, event_id: EventId) -> Sharing | None:
        await self._store.be_late("claim")
        return await self._claim(event_id)


class _RivalledRosters:
    def __init__(self, rosters: Rosters, store: RivalStore) -> None:
        self.first_waiting = rosters.first_waiting
        self.last_confirmed = rosters.last_confirmed
        self.position = rosters.position
        self.page = rosters.page
        self.save = rosters.save
        self._claim = rosters.claim
        self._store = store

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        await self._store.be_late("claim")
        return await self._claim(event_id, occurrence, *people)


class _RivalledAttendance:
    def __init__(self, book: AttendanceBook, store: RivalStore) -> None:
        self.find = book.find
        self.page = book.page
        self.came = book.came
        self.answered = book.answered
        self.remember = book.remember
        self._save = book.save
        self._store = store

    async def save(self, change: Change[Attendance]) -> None:
        await self._store.be_late("save")
        await self._save(change)


class _RivalledPersons:
    def __init__(self, persons: Persons, store: RivalStore) -> None:
        self.export = persons.export
        self._erase = persons.erase
        self._store = store

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        await self._store.be_late("save")
        return await self._erase(user_id, at=at)
