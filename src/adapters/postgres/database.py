"""The way to the database: a bounded pool, and transactions bound to one tenant."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Self

from attrs import field, frozen

from adapters.postgres.pool import SPELLING, Connection, Pool
from adapters.postgres.transaction import Transaction
from adapters.readings import Reading
from adapters.tracing import PASSING_ON, Kind, Tracer
from events_core.domain.identity import TenantId

# What is asked is short and comes often: it is planned once for all values, since that
# takes longer than to answer it, and by one process, uncompiled.
_PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}

# In seconds: to the driver no time at all would be no limit.
_AT_ONCE = 0.001


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

    def transaction(self, tenant_id: TenantId | None) -> Transaction:
        """Return a transaction of a tenant, to be opened by entering it.

        One of no tenant sees no tenant's rows.
        """
        recording = self._tracer.span("transaction", Kind.CLIENT)
        transaction = Transaction(tenant_id, self._open, self._pool, recording)
        for watcher in self._watchers:
            watcher(transaction)
        return transaction

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


def _limits(patience: Patience) -> Mapping[str, str]:
    """Return the server's own limits, in milliseconds."""
    limits = {
        "statement_timeout": patience.statement,
        "lock_timeout": patience.lock,
        "idle_in_transaction_session_timeout": patience.idle,
    }
    return {n: f"{time.total_seconds() * 1000:.0f}" for n, time in limits.items()}
