"""The store, and units of work on its documents."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import field, frozen

from events_core.documents.attendance import DocumentAttendanceBook
from events_core.documents.audit import DocumentAuditTrail
from events_core.documents.events import DocumentEvents
from events_core.documents.locks import Locks
from events_core.documents.notices import DocumentNotices
from events_core.documents.persons import DocumentPersons
from events_core.documents.record import DocumentRecord
from events_core.documents.roles import DocumentRoles
from events_core.documents.rosters import DocumentRosters
from events_core.documents.transaction import Transaction
from events_core.domain.identity import TenantId
from events_core.ports.documents import Documents
from events_core.ports.store import Store, UnitOfWork


@frozen
class DocumentUnitOfWork:
    """``UnitOfWork`` over documents. Using it when it is over is an error."""

    _transaction: Transaction

    @property
    def events(self) -> DocumentEvents:
        """The events."""
        return DocumentEvents(self._transaction)

    @property
    def roles(self) -> DocumentRoles:
        """The roles."""
        return DocumentRoles(self._transaction)

    @property
    def rosters(self) -> DocumentRosters:
        """The answers."""
        return DocumentRosters(self._transaction)

    @property
    def attendance(self) -> DocumentAttendanceBook:
        """The marks."""
        return DocumentAttendanceBook(self._transaction)

    @property
    def notices(self) -> DocumentNotices:
        """What people are to hear."""
        return DocumentNotices(self._transaction)

    @property
    def record(self) -> DocumentRecord:
        """History and facts."""
        return DocumentRecord(self._transaction)

    @property
    def persons(self) -> DocumentPersons:
        """Export and erasure."""
        return DocumentPersons(self._transaction)

    @property
    def audit(self) -> DocumentAuditTrail:
        """Who did what."""
        return DocumentAuditTrail(self._transaction)

    async def commit(self) -> None:
        """See ``UnitOfWork.commit``."""
        await self._transaction.commit()


@frozen
class DocumentStore:
    """``Store`` over ``documents``, for one process with one event loop.

    Who waits for whom is kept in memory: a second store over the same documents would
    know nothing of it, and ruin what both decide. Not promised is what the ports say
    of cost: a list, and whatever else asks about many events, reads all of the
    tenant's. Facts are stored and delivered to nobody. What it has kept, later versions
    of this package read.
    """

    documents: Documents
    _locks: Locks = field(factory=Locks, init=False)

    @asynccontextmanager
    async def unit_of_work(
        self, tenant_id: TenantId
    ) -> AsyncGenerator[DocumentUnitOfWork, None]:
        """See ``Store.unit_of_work``."""
        transaction = Transaction(tenant_id, self.documents, self._locks)
        try:
            yield DocumentUnitOfWork(transaction)
        finally:
            transaction.end()


def _satisfies_ports(
    store: DocumentStore, unit_of_work: DocumentUnitOfWork
) -> tuple[Store, UnitOfWork]:
    return store, unit_of_work
