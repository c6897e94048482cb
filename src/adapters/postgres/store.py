"""The store: units of work on PostgreSQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from types import TracebackType
from typing import Self

from attrs import frozen

from adapters.postgres.attendance import PostgresAttendanceBook
from adapters.postgres.audit import PostgresAuditTrail
from adapters.postgres.database import Database
from adapters.postgres.events import PostgresEvents
from adapters.postgres.notices import PostgresNotices
from adapters.postgres.persons import PostgresPersons
from adapters.postgres.record import PostgresRecord
from adapters.postgres.roles import PostgresRoles
from adapters.postgres.rosters import PostgresRosters
from adapters.postgres.transaction import Transaction
from events_core.domain.identity import TenantId
from events_core.ports.store import Store, UnitOfWork


def _tell_nobody() -> None:
    """Announce nothing: whoever waits for facts finds them when she looks."""


@frozen
class PostgresUnitOfWork(AbstractAsyncContextManager["PostgresUnitOfWork"]):
    """``UnitOfWork`` in one transaction, open as long as that; then it is an error."""

    _transaction: Transaction
    _announce: Callable[[], None] = _tell_nobody

    async def __aenter__(self) -> Self:
        """Open the transaction."""
        await self._transaction.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the transaction."""
        await self._transaction.__aexit__(kind, error, traceback)

    @cached_property
    def events(self) -> PostgresEvents:
        """See ``UnitOfWork.events``."""
        return PostgresEvents(self._transaction)

    @cached_property
    def roles(self) -> PostgresRoles:
        """See ``UnitOfWork.roles``."""
        return PostgresRoles(self._transaction)

    @cached_property
    def rosters(self) -> PostgresRosters:
        """See ``UnitOfWork.rosters``."""
        return PostgresRosters(self._transaction)

    @cached_property
    def attendance(self) -> PostgresAttendanceBook:
        """See ``UnitOfWork.attendance``."""
        return PostgresAttendanceBook(self._transaction)

    @cached_property
    def notices(self) -> PostgresNotices:
        """See ``UnitOfWork.notices``."""
        return PostgresNotices(self._transaction)

    @cached_property
    def record(self) -> PostgresRecord:
        """See ``UnitOfWork.record``."""
        return PostgresRecord(self._transaction)

    @cached_property
    def persons(self) -> PostgresPersons:
        """See ``UnitOfWork.persons``."""
        return PostgresPersons(self._transaction)

    @cached_property
    def audit(self) -> PostgresAuditTrail:
        """See ``UnitOfWork.audit``."""
        return PostgresAuditTrail(self._transaction)

    async def commit(self) -> None:
        """See ``UnitOfWork.commit``."""
        await self._transaction.commit()
        self._announce()


@frozen
class PostgresStore:
    """``Store`` on a database whose migrations are current.

    ``announce`` is called after each commit; it returns at once and never fails.
    """

    _database: Database
    _announce: Callable[[], None] = _tell_nobody

    def unit_of_work(self, tenant_id: TenantId) -> PostgresUnitOfWork:
        """See ``Store.unit_of_work``."""
        transaction = self._database.transaction(tenant_id)
        return PostgresUnitOfWork(transaction, self._announce)


def _satisfies_ports(
    store: PostgresStore, unit_of_work: PostgresUnitOfWork
) -> tuple[Store, UnitOfWork]:
    return store, unit_of_work
