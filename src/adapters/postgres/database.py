"""The way to the database: a bounded pool, and transactions bound to one tenant."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any, Self

from attrs import define, field, frozen
from sqlalchemy import (
    BindParameter,
    CursorResult,
    Executable,
    Table,
    Uuid,
    bindparam,
    insert,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.failures import reaching, translated
from adapters.postgres.pool import Turns, make_engine
from adapters.readings import Reading
from adapters.tracing import PASSING_ON, Kind, Span, Tracer
from events_core.domain.identity import TenantId
from events_core.errors import ConcurrentChange, Unavailable

#: In every condition of every statement, beside row-level security: whose rows.
TENANT: BindParameter[Any] = bindparam("of_tenant", type_=Uuid)

_OPENING = (
    "SELECT set_config('app.tenant_id', $1, true),"
    " set_config('statement_timeout', $2, true),"
    " set_config('lock_timeout', $3, true),"
    " set_config('idle_in_transaction_session_timeout', $4, true)"
)

#: In seconds: how long anybody waits for a connection to be given back.
_PARTING = 0.5
_returning: set[asyncio.Task[None]] = set()


@frozen(kw_only=True)
class Patience:
    """How long anything may take before the store counts as unavailable.

    ``turn`` is the wait for one of the pool's connections, ``opening`` all it takes
    until a transaction is open, its turn and a new connection included; ``idle`` how
    long a transaction may do nothing. The server keeps to ``statement`` and ``lock``
    itself; ``spare`` is how much longer it is waited for, as it may be gone.
    """

    connect: timedelta = timedelta(seconds=3)
    turn: timedelta = timedelta(seconds=8)
    opening: timedelta = timedelta(seconds=10)
    statement: timedelta = timedelta(seconds=5)
    lock: timedelta = timedelta(seconds=3)
    idle: timedelta = timedelta(seconds=15)
    spare: timedelta = timedelta(seconds=2)


@define
class Transaction:
    """One transaction of one tenant. All statements go through it.

    They are committed together or not at all. Once it has lost against another, or
    is over, it runs none.
    """

    tenant_id: TenantId | None
    _connection: AsyncConnection
    statements: int = field(default=0, init=False)
    _is_over: bool = field(default=False, init=False)
    _has_lost: bool = field(default=False, init=False)

    async def run(
        self, statement: Executable, values: Mapping[str, object] | None = None
    ) -> CursorResult[Any]:
        """Run a statement, its ``TENANT`` bound, and return its buffered result."""
        return await self._execute(
            statement, {"of_tenant": self.tenant_id, **(values or {})}
        )

    async def insert(self, table: Table, *rows: Mapping[str, object]) -> None:
        """Insert rows into a table; they are the tenant's."""
        if rows:
            await self.write(insert(table), rows)

    async def write(
        self, statement: Executable, rows: Sequence[Mapping[str, object]]
    ) -> CursorResult[Any]:
        """Run an insert of rows; they are the tenant's."""
        owned = [{"tenant_id": self.tenant_id, **row} for row in rows]
        return await self._execute(statement, owned if len(owned) > 1 else owned[0])

    def lose(self) -> ConcurrentChange:
        """Return the error to raise; nothing of this transaction will last."""
        self._has_lost = True
        return ConcurrentChange()

    async def commit(self) -> None:
        """Make it last. Again does nothing."""
        if self._is_over:
            return
        if self._has_lost:
            raise ConcurrentChange
        self._is_over = True
        with translated():
            await self._connection.commit()

    async def end(self) -> None:
        """Undo what is not committed, and give the connection back."""
        self._is_over = True
        await _give_back(self._connection)

    async def _execute(
        self,
        statement: Executable,
        values: Mapping[str, object] | Sequence[Mapping[str, object]],
    ) -> CursorResult[Any]:
        if self._is_over:
            raise RuntimeError("this transaction is over")
        if self._has_lost:
            raise ConcurrentChange
        self.statements += 1
        with translated():
            return await self._connection.execute(statement, values)


@frozen
class Database:
    """A pool of connections. Safe to share within one event loop."""

    engine: AsyncEngine
    patience: Patience = Patience()
    _tracer: Tracer = PASSING_ON
    _turns: Turns = field(factory=Turns, init=False, eq=False, repr=False)

    @classmethod
    def at(
        cls,
        url: str,
        *,
        connections: int = 20,
        patience: Patience = Patience(),
        pooled: bool = False,
        tracer: Tracer = PASSING_ON,
    ) -> Self:
        """Return the database at a ``postgresql://`` URL, not connected yet.

        ``pooled`` says that a transaction-mode pooler is in between: then nothing is
        prepared for a later transaction, and nothing set for a session.
        """
        engine = make_engine(
            url,
            connections=connections,
            pooled=pooled,
            connect=patience.connect,
            turn=patience.turn,
            statement=patience.statement + patience.spare,
        )
        return cls(engine, patience, tracer)

    @asynccontextmanager
    async def transaction(
        self, tenant_id: TenantId | None
    ) -> AsyncGenerator[Transaction, None]:
        """Open a transaction of a tenant; leaving it without a commit undoes it.

        One of no tenant sees no tenant's rows.

        Raises:
            StoreUnavailable: the database cannot be reached, or no connection was
                to be had in time.
        """
        with self._tracer.span("transaction", Kind.CLIENT) as span:
            span.note("db.system.name", "postgresql")
            with _telling(span), translated():
                async with asyncio.timeout(self.patience.opening.total_seconds()):
                    connection = await self._open(tenant_id)
            transaction = Transaction(tenant_id, connection)
            try:
                with _telling(span):
                    yield transaction
            finally:
                span.note("events_core.statements", transaction.statements)
                await transaction.end()

    def readings(self) -> Iterable[Reading]:
        """Tell how the pool does."""
        return self._turns.readings(self.engine)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def _open(self, tenant_id: TenantId | None) -> AsyncConnection:
        """Return a connection in a transaction of the tenant.

        One that had died in the pool is replaced: nothing has happened yet.
        """
        patience = self.patience
        opening = (
            "" if tenant_id is None else str(tenant_id),
            *map(_milliseconds, (patience.statement, patience.lock, patience.idle)),
        )
        for tries_left in (1, 0):
            with reaching():
                connection = await self._turns.take(self.engine)
            try:
                await connection.exec_driver_sql(_OPENING, opening)
            except BaseException as error:
                await _give_back(connection)
                died = isinstance(error, DBAPIError) and error.connection_invalidated
                if not (died and tries_left):
                    raise
            else:
                return connection
        raise AssertionError


@contextmanager
def _telling(span: Span) -> Iterator[None]:
    """Tell of the database's failures; what a use case refuses is none of them."""
    try:
        yield
    except Unavailable as error:
        span.fail(error.code)
        raise


async def _give_back(connection: AsyncConnection) -> None:
    """Undo what is open on a connection and return it to its pool, if it is alive.

    That is done whoever is cancelled, and waited for a moment only: a server that
    hangs holds up nobody's answer.
    """
    returning = asyncio.create_task(_return(connection))
    _returning.add(returning)
    returning.add_done_callback(_returning.discard)
    await asyncio.wait({returning}, timeout=_PARTING)


async def _return(connection: AsyncConnection) -> None:
    # Died, it goes to no pool, and the server has undone everything.
    with suppress(DBAPIError, OSError):
        await connection.close()


def _milliseconds(time: timedelta) -> str:
    return str(int(time.total_seconds() * 1000))
