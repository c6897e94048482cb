"""Where events live: the unit of work and what can be done in one.

A unit of work is bound to one tenant when it is opened; nothing in it can touch, see
or count another tenant's. What it changes is there for others after ``commit`` and
not before; leaving without a commit undoes it all.

This is the door: what the parts hold is imported from here.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from events_core.domain.identity import TenantId
from events_core.ports.store.attendance import AttendanceBook
from events_core.ports.store.audit import AuditTrail, Chained, Loose
from events_core.ports.store.events import Events, Page, PagePosition, PageQuery, Places
from events_core.ports.store.notices import Notices
from events_core.ports.store.persons import Erased, PersonalData, Persons
from events_core.ports.store.record import Entries, Entry, Record
from events_core.ports.store.roles import Roles
from events_core.ports.store.rosters import Rosters

__all__ = [
    "AttendanceBook",
    "AuditTrail",
    "Chained",
    "Entries",
    "Entry",
    "Erased",
    "Events",
    "Loose",
    "Notices",
    "Page",
    "PagePosition",
    "PageQuery",
    "PersonalData",
    "Persons",
    "Places",
    "Record",
    "Roles",
    "Rosters",
    "Store",
    "UnitOfWork",
]


class UnitOfWork(Protocol):
    """One transaction in one tenant. It sees its own changes."""

    @property
    def events(self) -> Events:
        """The events."""
        ...

    @property
    def roles(self) -> Roles:
        """The roles."""
        ...

    @property
    def rosters(self) -> Rosters:
        """The answers."""
        ...

    @property
    def attendance(self) -> AttendanceBook:
        """The marks."""
        ...

    @property
    def notices(self) -> Notices:
        """What people are to hear."""
        ...

    @property
    def record(self) -> Record:
        """History and facts."""
        ...

    @property
    def persons(self) -> Persons:
        """Export and erasure."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Who did what."""
        ...

    async def commit(self) -> None:
        """Make every change of this unit of work last, all or none.

        Once it returns, no crash can undo them. A second call does nothing.

        Raises:
            ConcurrentChange: another unit of work won; nothing has lasted.
            StoreUnavailable: whether it lasted is not known.
        """
        ...


class Store(Protocol):
    """Where events live."""

    def unit_of_work(
        self, tenant_id: TenantId
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work in a tenant; leaving it without a commit undoes it.

        Any number may be open side by side; READ COMMITTED is promised between
        them and no more: a second read may see what others committed meanwhile.
        Any method may raise StoreUnavailable, and everything is undone then.
        """
        ...
