"""One transaction, bound to one tenant."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import define, field
from sqlalchemy import BindParameter, Executable, Insert, Table, Uuid, bindparam, insert

from adapters.postgres.failures import DatabaseFault, translated
from adapters.postgres.pool import Connection, Pool
from adapters.postgres.statements import Found, Prepared, prepared
from adapters.tracing import Span
from events_core.domain.identity import TenantId
from events_core.errors import ConcurrentChange, Unavailable

T = TypeVar("T")

#: In seconds: how much longer a commit may take once whoever waits has no more time.
COMMITTED_WITHIN = 1.0

#: In every condition of every statement, beside row-level security: whose rows.
TENANT: BindParameter[Any] = bindparam("of_tenant", type_=Uuid)


@define
class Transaction(AbstractAsyncContextManager["Transaction"]):
    """One transaction of one tenant, open within its block. All statements go through.

    They are committed together or not at all; leaving it without a commit undoes
    them. Once it has lost against another, or is over, it runs none.
    """

    # No generator makes one: every request opens some, and the loop lists those.

    tenant_id: TenantId | None
    _open: Callable[[TenantId | None], Awaitable[Connection]]
    _pool: Pool
    _recording: AbstractContextManager[Span]
    statements: list[str] = field(factory=list, init=False)
    _connection: Connection = field(init=False)
    _span: Span = field(init=False)
    _is_over: bool = field(default=False, init=False)
    _has_lost: bool = field(default=False, init=False)

    async def __aenter__(self) -> Self:
        """Open it.

        Raises:
            StoreUnavailable: the database cannot be reached, or no connection was
                to be had in time.
        """
        self._span = self._recording.__enter__()
        self._span.note("db.system.name", "postgresql")
        try:
            with translated():
                self._connection = await self._open(self.tenant_id)
        except BaseException as error:
            self._recorded(error)
            raise
        return self

    async def __aexit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        """Undo what is not committed, and give the connection back."""
        self._is_over = True
        self._span.note("events_core.statements", len(self.statements))
        try:
            await self._pool.put_back(self._connection)
        finally:
            self._recorded(error)

    async def run(
        self, statement: Executable, values: Mapping[str, object] | None = None
    ) -> Found:
        """Run a statement, its ``TENANT`` bound, and return what it brought."""
        bound = {"of_tenant": self.tenant_id, **(values or {})}
        names = tuple(bound) if statement.is_dml else ()
        return await self._send(prepared(statement, names), [bound])

    async def insert(self, table: Table, *rows: Mapping[str, object]) -> None:
        """Insert rows into a table; they are the tenant's."""
        if rows:
            await self.write(_into(table), rows)

    async def write(
        self, statement: Executable, rows: Sequence[Mapping[str, object]]
    ) -> Found:
        """Run an insert of rows; they are the tenant's. Of several none is returned."""
        owned = [{"tenant_id": self.tenant_id, **row} for row in rows]
        return await self._send(prepared(statement, tuple(owned[0])), owned)

    def lose(self) -> ConcurrentChange:
        """Return the error to raise; nothing of this transaction will last."""
        self._has_lost = True
        return ConcurrentChange()

    async def commit(self) -> None:
        """Make it last. Again does nothing.

        Cancelled while it is being made, as by a deadline, it ends as if it were not,
        if it ends in a second: nobody else could tell any more what became of it.
        """
        if self._is_over:
            return
        if self._has_lost:
            raise ConcurrentChange
        self._is_over = True
        with translated():
            try:
                told = await _to_its_end(self._connection.execute("COMMIT"))
            except TimeoutError:
                self._doubt()
                raise
        if told != "COMMIT":
            raise DatabaseFault("committed what had failed before")

    async def _send(
        self, what: Prepared, each: Sequence[Mapping[str, object]]
    ) -> Found:
        if self._is_over:
            raise RuntimeError("this transaction is over")
        if self._has_lost:
            raise ConcurrentChange
        self.statements.append(what.text)
        values = [what.bound(one) for one in each]
        with translated():
            try:
                if len(values) > 1:
                    await self._connection.executemany(what.text, values)
                    return Found((), len(values))
                if what.changes:
                    status = await self._connection.execute(what.text, *values[0])
                    return Found((), int(status.rpartition(" ")[2]))
                rows: Any = await self._connection.fetch(what.text, *values[0])
                return Found(rows, len(rows))
            except TimeoutError:
                self._doubt()
                raise

    def _doubt(self) -> None:
        self._connection.terminate()
        self._pool.doubt()

    def _recorded(self, error: BaseException | None) -> None:
        if isinstance(error, Unavailable):  # a use case's refusal is no failure of it
            self._span.fail(error.code)
        self._recording.__exit__(None, None, None)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=COMMITTED_WITHIN)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait({task})
        raise


@lru_cache(64)
def _into(table: Table) -> Insert:
    return insert(table)
