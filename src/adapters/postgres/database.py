"""The way to the database: a bounded pool, and transactions bound to one tenant."""

import asyncio
from collections.abc import (
    AsyncGenerator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any, Self

from attrs import define, field, frozen
from sqlalchemy import (
    BindParameter,
    Executable,
    Insert,
    Table,
    Uuid,
    bindparam,
    insert,
)

from adapters.postgres.failures import DatabaseFault, translated
from adapters.postgres.pool import SPELLING, Connection, Pool
from adapters.postgres.statements import Found, Prepared, prepared
from adapters.readings import Reading
from adapters.tracing import PASSING_ON, Kind, Tracer
from events_core.domain.identity import TenantId
from events_core.errors import ConcurrentChange, Unavailable

# What is asked is short and comes often: it is planned once for all values, since that
# takes longer than to answer it, and by one process, uncompiled.
_PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}

# In seconds: to the driver no time at all would be no limit.
_AT_ONCE = 0.001

#: In every condition of every statement, beside row-level security: whose rows.
TENANT: BindParameter[Any] = bindparam("of_tenant", type_=Uuid)


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
    _connection: Connection
    _pool: Pool
    statements: list[str] = field(factory=list, init=False)
    _is_over: bool = field(default=False, init=False)
    _has_lost: bool = field(default=False, init=False)

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
        """Make it last. Again does nothing."""
        if self._is_over:
            return
        if self._has_lost:
            raise ConcurrentChange
        self._is_over = True
        with translated():
            try:
                told = await self._connection.execute("COMMIT")
            except TimeoutError:
                self._doubt()
                raise
        if told != "COMMIT":
            raise DatabaseFault("committed what had failed before")

    async def end(self) -> None:
        """Undo what is not committed, and give the connection back."""
        self._is_over = True
        await self._pool.put_back(self._connection)

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


@frozen
class Database:
    """A pool of connections. Safe to share within one event loop."""

    _pool: Pool
    patience: Patience = Patience()
    _tracer: Tracer = PASSING_ON
    _settings: str = ""
    _watchers: list[Callable[[Transaction], None]] = field(factory=list, init=False)

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
        always = {**SPELLING, **_limits(patience)}
        arguments: dict[str, object] = {
            "dsn": url,
            "timeout": patience.connect.total_seconds(),
            # The server gives up first, as long as it is there to do so.
            "command_timeout": (patience.statement + patience.spare).total_seconds(),
        }
        if pooled:
            arguments |= {"statement_cache_size": 0}
            settings = "".join(f"SET LOCAL {n} = {v};" for n, v in always.items())
        else:
            session = {"application_name": "events-core", **_PLANS, **always}
            arguments |= {
                "server_settings": session,
                "statement_cache_size": 500,
                "max_cached_statement_lifetime": 0,
            }
            settings = ""
        pool = Pool(arguments, connections, patience.turn.total_seconds())
        return cls(pool, patience, tracer, settings)

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
            try:
                with translated():
                    connection = await self._open(tenant_id)
                transaction = Transaction(tenant_id, connection, self._pool)
                for watcher in self._watchers:
                    watcher(transaction)
                try:
                    yield transaction
                finally:
                    span.note("events_core.statements", len(transaction.statements))
                    await transaction.end()
            except Unavailable as error:  # what a use case refuses is no failure of it
                span.fail(error.code)
                raise

    @contextmanager
    def watching(self) -> Iterator[list[Transaction]]:
        """Collect the transactions that are opened while the block runs."""
        opened: list[Transaction] = []
        self._watchers.append(opened.append)
        try:
            yield opened
        finally:
            self._watchers.remove(opened.append)

    def readings(self) -> Iterable[Reading]:
        """Tell how the pool does."""
        return self._pool.readings()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def _open(self, tenant_id: TenantId | None) -> Connection:
        """Return a connection in a transaction of the tenant.

        One that had died in the pool is replaced: nothing has happened yet.
        """
        # In one message, unprepared: a number in hexadecimal breaks out of nothing.
        tenant = "" if tenant_id is None else f"{tenant_id.int:032x}"
        opening = (
            "BEGIN ISOLATION LEVEL READ COMMITTED;"
            f"SET LOCAL app.tenant_id = '{tenant}';{self._settings}"
        )
        now = asyncio.get_running_loop().time
        by = now() + self.patience.opening.total_seconds()
        for tries_left in (1, 0):
            connection = await self._pool.take(by)
            try:
                await connection.execute(opening, timeout=max(by - now(), _AT_ONCE))
            except BaseException as error:
                await self._pool.put_back(connection)
                if isinstance(error, TimeoutError):
                    self._pool.doubt()
                if not (connection.is_closed() and tries_left):
                    raise
            else:
                return connection
        raise AssertionError


@lru_cache(64)
def _into(table: Table) -> Insert:
    return insert(table)


def _limits(patience: Patience) -> Mapping[str, str]:
    """Return the server's own limits, in milliseconds."""
    limits = {
        "statement_timeout": patience.statement,
        "lock_timeout": patience.lock,
        "idle_in_transaction_session_timeout": patience.idle,
    }
    return {n: f"{time.total_seconds() * 1000:.0f}" for n, time in limits.items()}
