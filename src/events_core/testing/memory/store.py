"""The store: one world of tables for each tenant, and units of work on them."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import field, frozen

from events_core.domain.identity import TenantId
from events_core.ports.store import Store, UnitOfWork
from events_core.testing.memory.answers import MemoryRosters
from events_core.testing.memory.attendance import MemoryAttendanceBook, MemoryNotices
from events_core.testing.memory.audit import MemoryAuditTrail
from events_core.testing.memory.events import MemoryEvents, MemoryRecord, MemoryRoles
from events_core.testing.memory.persons import MemoryPersons
from events_core.testing.memory.tables import Tables, Transaction


@frozen
class MemoryUnitOfWork:
    """``UnitOfWork`` in memory. Using it when it is over is an error."""

    _transaction: Transaction

    @property
    def events(self) -> MemoryEvents:
        """The events."""
        return MemoryEvents(self._transaction)

    @property
    def roles(self) -> MemoryRoles:
        """The roles."""
        return MemoryRoles(self._transaction)

    @property
    def rosters(self) -> MemoryRosters:
        """The answers."""
        return MemoryRosters(self._transaction)

    @property
    def attendance(self) -> MemoryAttendanceBook:
        """The marks."""
        return MemoryAttendanceBook(self._transaction)

    @property
    def notices(self) -> MemoryNotices:
        """What people are to hear."""
        return MemoryNotices(self._transaction)

    @property
    def record(self) -> MemoryRecord:
        """History and facts."""
        return MemoryRecord(self._transaction)

    @property
    def persons(self) -> MemoryPersons:
        """Export and erasure."""
        return MemoryPersons(self._transaction)

    @property
    def audit(self) -> MemoryAuditTrail:
        """Who did what."""
        return MemoryAuditTrail(self._transaction)

    async def commit(self) -> None:
        """See ``UnitOfWork.commit``."""
        await self._transaction.commit()


@frozen
class MemoryStore:
    """``Store`` in memory, for one event loop."""

    _tables: defaultdict[TenantId, Tables] = field(
        factory=lambda: defaultdict(Tables), init=False
    )

    @asynccontextmanager
    async def unit_of_work(
        self, tenant_id: TenantId
    ) -> AsyncGenerator[MemoryUnitOfWork, None]:
        """See ``Store.unit_of_work``."""
        transaction = Transaction(tenant_id, self._tables[tenant_id])
        try:
            yield MemoryUnitOfWork(transaction)
        finally:
            transaction.end()


def _satisfies_ports(
    store: MemoryStore, unit_of_work: MemoryUnitOfWork
) -> tuple[Store, UnitOfWork]:
    return store, unit_of_work
