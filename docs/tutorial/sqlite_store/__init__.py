"""A store over SQLite that keeps every promise of ``events_core.ports.store``.

For one process with one event loop; SQLite keeps any other out of the file.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from attrs import field, frozen

from events_core import TenantId
from events_core.ports.store import Store, UnitOfWork

from .answers import SqliteRosters
from .attendance import SqliteAttendanceBook, SqliteNotices
from .audit import SqliteAuditTrail
from .events import SqliteEvents, SqliteRecord, SqliteRoles
from .persons import SqlitePersons
from .transaction import SCHEMA, Row, Transaction, translated

__all__ = ["SqliteStore"]


@frozen
class SqliteUnitOfWork:
    """``UnitOfWork`` over SQLite."""

    _transaction: Transaction
    events: SqliteEvents
    roles: SqliteRoles
    rosters: SqliteRosters
    attendance: SqliteAttendanceBook
    notices: SqliteNotices
    record: SqliteRecord
    persons: SqlitePersons
    audit: SqliteAuditTrail

    async def commit(self) -> None:
        self._transaction.commit()


@frozen
class SqliteStore:
    """``Store`` over one SQLite file, for one event loop."""

    _connection: sqlite3.Connection
    _holders: dict[Row, Transaction] = field(factory=dict, init=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the store in this file, made if there is none.

        Raises:
            StoreUnavailable: another process has the file.
        """
        with translated():
            connection = sqlite3.connect(path, timeout=0)
            connection.executescript(SCHEMA)
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @asynccontextmanager
    async def unit_of_work(
        self, tenant_id: TenantId
    ) -> AsyncGenerator[SqliteUnitOfWork, None]:
        transaction = Transaction(tenant_id, self._connection, self._holders)
        try:
            yield SqliteUnitOfWork(
                transaction,
                SqliteEvents(transaction),
                SqliteRoles(transaction),
                SqliteRosters(transaction),
                SqliteAttendanceBook(transaction),
                SqliteNotices(transaction),
                SqliteRecord(transaction),
                SqlitePersons(transaction),
                SqliteAuditTrail(transaction),
            )
        finally:
            transaction.end()


def _satisfies_ports(
    store: SqliteStore, unit_of_work: SqliteUnitOfWork
) -> tuple[Store, UnitOfWork]:
    return store, unit_of_work
